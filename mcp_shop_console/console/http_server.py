"""The HTTP server on a loop that it does not own, started and stopped in order.

May import mcp_server, feed and model.
"""

import asyncio
import logging
import socket
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager

import anyio
import uvicorn
from starlette.types import ASGIApp

from mcp_shop_console.console.http_protocol import hurry, patient
from mcp_shop_console.console.open_sockets import OpenSockets
from mcp_shop_console.feed import Feed
from mcp_shop_console.mcp_server.server import McpServer
from mcp_shop_console.model.events import ServerChanged

_DRAIN_SECONDS = 1
_HURRY_SECONDS = 1
_ACCEPTED_AT_ONCE = 64
_BACKLOG = 2048
_log = logging.getLogger(__name__)


class _Uvicorn(uvicorn.Server):
    """uvicorn that leaves the signals alone: they belong to the terminal's owner."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = anyio.Event()
        """Set once it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # asyncio takes one number for how many may wait and how many it accepts in a row.
        for listening in sockets or ():
            listening.listen(_BACKLOG)
        self.up.set()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class HttpServer:
    """Listens for as long as ``running`` is entered, and says on the feed when it is down."""

    def __init__(
        self,
        app: ASGIApp,
        mcp_server: McpServer,
        feed: Feed,
        now_ms: Callable[[], int],
        opened: OpenSockets,
    ) -> None:
        self._mcp_server = mcp_server
        self._feed = feed
        self._now_ms = now_ms
        self._opened = opened
        self._uvicorn = _Uvicorn(
            uvicorn.Config(
                app,
                http=patient(opened),
                ws="none",
                lifespan="off",
                backlog=_ACCEPTED_AT_ONCE,
                log_config=None,
                # A warning for each malformed request would be a flood; they are counted.
                log_level="error",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=_DRAIN_SECONDS,
            )
        )
        self._is_stopping = False
        self.down = anyio.Event()
        """Set once it no longer listens, whatever the reason."""

    @asynccontextmanager
    async def running(self, sockets: Sequence[socket.socket]) -> AsyncGenerator[None, None]:
        """Serve ``sockets`` until the block ends; open streams end before the server does."""
        async with anyio.create_task_group() as tasks:
            async with self._mcp_server.run():
                tasks.start_soon(self._serve, list(sockets))
                tasks.start_soon(self._keep_hurrying)
                await self._uvicorn.up.wait()
                self._feed.publish([ServerChanged(True, "", self._now_ms())])
                yield
                self._is_stopping = True
            self._uvicorn.should_exit = True

    async def _keep_hurrying(self) -> None:
        while not self.down.is_set():
            hurry(self._uvicorn.server_state.connections, self._opened.monotonic())
            with anyio.move_on_after(_HURRY_SECONDS):
                await self.down.wait()

    async def _serve(self, sockets: list[socket.socket]) -> None:
        reason = "The server stopped by itself."
        try:
            await self._uvicorn.serve(sockets=sockets)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - the screen outlives the server
            _log.exception("The HTTP server died")
            reason = f"The server died of {type(error).__name__}; the log has more."
            # It would go on accepting connections that nobody looks after.
            await self._uvicorn.shutdown(sockets)
        self._uvicorn.up.set()
        self.down.set()
        if not self._is_stopping:
            self._feed.publish([ServerChanged(False, reason, self._now_ms())])
