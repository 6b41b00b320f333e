"""The MCP server of the shop: both protocol eras on one endpoint, behind the bearer gate.

May import shop, authority, store, feed and model.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import anyio
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler
from mcp_types import CallToolRequestParams, ListToolsResult, PaginatedRequestParams
from starlette.types import ASGIApp

from mcp_shop_console import __version__
from mcp_shop_console.authority import Authority
from mcp_shop_console.authority.refused_requests import RefusedRequests
from mcp_shop_console.feed import Feed, Reader
from mcp_shop_console.mcp_server import replies
from mcp_shop_console.mcp_server.call_floods import CallFloods
from mcp_shop_console.mcp_server.message_gate import MessageGate
from mcp_shop_console.mcp_server.open_requests import CuttableRequests, OpenRequests
from mcp_shop_console.mcp_server.recorder import Context, Recorder
from mcp_shop_console.mcp_server.scope_gate import ScopeGate
from mcp_shop_console.mcp_server.sdk_log import filter_sdk_log
from mcp_shop_console.mcp_server.session_limit import SessionLimit, SessionLimits
from mcp_shop_console.mcp_server.session_tracker import SessionTracker
from mcp_shop_console.mcp_server.sessions import Sessions
from mcp_shop_console.mcp_server.token_verifier import BearerGate, Verify
from mcp_shop_console.mcp_server.tools import ShopTools
from mcp_shop_console.model.audit import AuditEntry, AuditKind
from mcp_shop_console.model.events import Event
from mcp_shop_console.model.origins import Origins
from mcp_shop_console.model.rate_limit import BurstLimit
from mcp_shop_console.shop import Shop

MAX_BODY_BYTES = 256 * 1024
REQUEST_SECONDS = 90.0
"""The longest that any answer may take; a waiting plea takes half of it."""

_SWEEP_SECONDS = 1.0
_FLUSH_SECONDS = 60.0
_FAREWELL_SECONDS = 0.25
"""How long open requests get to end by themselves when the server stops."""

_ENDS_GRANT = frozenset({AuditKind.GRANT_REVOKED, AuditKind.CODE_REPLAYED, AuditKind.TOKEN_REUSED})


class McpServer:
    """The resource server. ``app`` answers ``/mcp`` for as long as ``run()`` is entered."""

    def __init__(
        self,
        shop: Shop,
        authority: Authority,
        feed: Feed,
        *,
        verify: Verify,
        origins: Origins,
        refused: RefusedRequests,
        demo_tools: bool,
        call_limit: BurstLimit,
        session_limits: SessionLimits,
        now_ms: Callable[[], int],
        new_id: Callable[[], str],
    ) -> None:
        filter_sdk_log()
        self._feed = feed
        self._sessions = Sessions(feed, now_ms, legacy_idle_seconds=session_limits.idle_seconds)
        self._requests = OpenRequests()
        self.refused = refused
        """Requests turned away by anybody: recorded here, once a minute."""
        self._tools = ShopTools(shop, authority, demo_tools=demo_tools)
        self._floods = CallFloods(authority, call_limit)
        recorder = Recorder(
            self._tools,
            self._floods,
            feed=feed,
            sessions=self._sessions,
            requests=self._requests,
            now_ms=now_ms,
            new_id=new_id,
        )
        self._listeners = ListenHandler(InMemorySubscriptionBus())
        self._manager = StreamableHTTPSessionManager(
            self._server(recorder),
            json_response=True,
            max_request_body_size=MAX_BODY_BYTES,
            session_idle_timeout=session_limits.idle_seconds,
            # SessionLimit makes room in place of the SDK's 503 to everybody.
            max_sessions=None,
        )
        self.app: ASGIApp = self._app(verify, origins, session_limits)

    @asynccontextmanager
    async def run(self) -> AsyncGenerator[None, None]:
        """Serve until the block ends; then end every stream and call, in the SDK's clean order.

        Enter and leave it in one task, and stop the HTTP server after it.
        """
        async with anyio.create_task_group() as tasks:
            try:
                with self._feed.subscribe() as reader:
                    tasks.start_soon(self._follow, reader)
                    tasks.start_soon(self._keep_house)
                    async with self._manager.run():
                        try:
                            yield
                        finally:
                            await self._say_farewell()
            finally:
                tasks.cancel_scope.cancel()
                self._sessions.end_all()
                with anyio.CancelScope(shield=True):
                    await self.flush()

    async def flush(self) -> None:
        """Record what was only counted since the last time."""
        await self.refused.flush()
        await self._floods.flush()

    def _app(self, verify: Verify, origins: Origins, session_limits: SessionLimits) -> ASGIApp:
        app: ASGIApp = self._manager.handle_request
        app = SessionTracker(app, sessions=self._sessions, refused=self.refused)
        app = SessionLimit(app, session_limits)
        app = ScopeGate(
            app,
            scope_of_tool=self._tools.scope_of,
            origins=origins,
            refused=self.refused,
        )
        app = MessageGate(app, max_body_bytes=MAX_BODY_BYTES)
        app = CuttableRequests(app, requests=self._requests, origins=origins)
        return BearerGate(app, verify=verify, origins=origins, refused=self.refused)

    def _server(self, recorder: Recorder) -> Server[dict[str, object]]:
        server: Server[dict[str, object]] = Server(
            "mcp-shop-console",
            version=__version__,
            title="MCP Shop",
            instructions=replies.SERVER_INSTRUCTIONS,
            on_list_tools=self._list_tools,
            on_subscriptions_listen=self._listeners,
            # Else the SDK lists all tools for each call that has arguments (2026-07-28).
            get_tool_input_schema=self._tools.input_schema_of,
        )
        server.add_request_handler("tools/call", CallToolRequestParams, recorder.call_tool)
        # In place of OpenTelemetry's spans, for which nobody here is listening.
        server.middleware[:] = [recorder.note_message]
        return server

    async def _list_tools(self, _: Context, __: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=self._tools.listed)

    async def _say_farewell(self) -> None:
        with anyio.CancelScope(shield=True):
            self._listeners.close()
            await self._requests.drain(_FAREWELL_SECONDS)
            self._requests.cut_all()
            # A call still running when its session ends holds the SDK up for a second.
            await self._requests.drain(_FAREWELL_SECONDS)

    async def _follow(self, reader: Reader) -> None:
        """Cut what a ban or a revoke ends, before anybody else who reads the feed can answer."""
        async for event in reader:
            self._heed(event)

    def _heed(self, event: Event) -> None:
        if not isinstance(event, AuditEntry):
            return
        if event.kind in _ENDS_GRANT and event.grant_id:
            self._requests.end_grant(event.grant_id)
            self._sessions.end_grant(event.grant_id)
        elif event.kind is AuditKind.HUMAN_BANNED and event.human:
            self._requests.cut_streams_of_human(event.human.id)
        elif event.kind is AuditKind.GRANT_BANNED:
            self._requests.cut_streams_of_grant(event.grant_id)

    async def _keep_house(self) -> None:
        next_flush = anyio.current_time() + _FLUSH_SECONDS
        while True:
            await anyio.sleep(_SWEEP_SECONDS)
            self._sessions.end_idle()
            self._requests.cut_overdue(REQUEST_SECONDS)
            if anyio.current_time() >= next_flush:
                next_flush += _FLUSH_SECONDS
                await self.flush()
