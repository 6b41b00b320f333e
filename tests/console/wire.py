"""A server that is spoken to byte by byte, and whose time is told."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import anyio
import anyio.lowlevel
import uvicorn
from anyio.abc import SocketStream
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from mcp_shop_console.console.http_protocol import hurry, patient
from mcp_shop_console.console.open_sockets import Network, OpenSockets, SocketLimits

HOST = "127.0.0.1"
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@dataclass(slots=True)
class Wire:
    """The server's end."""

    now: float = 0
    """Its monotonic clock, in seconds."""
    port: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    """Status and reason of each refusal that was counted."""
    state: ServerState = field(default_factory=ServerState)

    def count_refused(self, status: int, reason: str, address: str) -> None:
        assert address == HOST
        self.refused.append((status, reason))

    async def pass_time(self, seconds: float) -> None:
        """Let time pass, and the server look at its clock once."""
        await anyio.wait_all_tasks_blocked()
        self.now += seconds
        hurry(self.state.connections, self.now)

    @asynccontextmanager
    async def connected(self) -> AsyncGenerator[SocketStream, None]:
        async with await anyio.connect_tcp(HOST, self.port) as stream:
            yield stream

    async def until_connections_are(self, number: int) -> None:
        with anyio.fail_after(5):
            while len(self.state.connections) != number:
                await anyio.lowlevel.checkpoint()


@asynccontextmanager
async def open_wire(
    app: ASGIApp,
    limits: SocketLimits | None = None,
    proxies: tuple[Network, ...] = (),
) -> AsyncGenerator[Wire, None]:
    """Serve ``app`` on a free port."""
    wire = Wire()
    opened = OpenSockets(
        limits or SocketLimits(),
        count_refused=wire.count_refused,
        monotonic=lambda: wire.now,
        proxies=proxies,
    )
    config = uvicorn.Config(
        app,
        http=patient(opened),
        interface="asgi3",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
    )
    config.load()
    protocol = partial(patient(opened), config, wire.state, {})
    server = await asyncio.get_running_loop().create_server(protocol, HOST, 0)
    wire.port = server.sockets[0].getsockname()[1]
    async with server:
        try:
            yield wire
        finally:
            for task in tuple(wire.state.tasks):
                task.cancel()


async def said(stream: SocketStream) -> bytes:
    """All that comes until the server hangs up."""
    answer = b""
    with anyio.fail_after(5):
        try:
            while True:
                answer += await stream.receive()
        except (anyio.EndOfStream, anyio.BrokenResourceError):
            return answer


async def heard(stream: SocketStream, size: int = 65536) -> bytes:
    """What comes next."""
    with anyio.fail_after(5):
        return await stream.receive(size)


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the number of headers and bytes."""
    body = await Request(scope, receive).body()
    text = f"{len(scope['headers'])} {len(body)}"
    await PlainTextResponse(text)(scope, receive, send)
