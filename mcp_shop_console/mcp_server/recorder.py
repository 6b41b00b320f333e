"""The recorder: every message is a session's sign of life, every tool call is told to the feed.

May import feed and model.
"""

import logging
import re
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, CallToolRequestParams
from starlette.requests import Request

from mcp_shop_console.feed import Feed
from mcp_shop_console.mcp_server import replies
from mcp_shop_console.mcp_server.call_floods import CallFloods
from mcp_shop_console.mcp_server.open_requests import OpenRequests
from mcp_shop_console.mcp_server.replies import Reply
from mcp_shop_console.mcp_server.session_tracker import mcp_session_id_of
from mcp_shop_console.mcp_server.sessions import Sessions
from mcp_shop_console.mcp_server.token_verifier import deputy_of
from mcp_shop_console.mcp_server.tools import ShopTool, ShopTools
from mcp_shop_console.model.deputies import Call, Deputy, Session
from mcp_shop_console.model.events import CallFinished, CallStarted
from mcp_shop_console.model.refusals import RefusalCode

_logger = logging.getLogger(__name__)
_MAX_ARGUMENT_CHARACTERS = 200
_CANCELLED = "cancelled"
_CRASHED = "internal_error"
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_SESSION_KEY = "mcp_shop_console.session"

Context = ServerRequestContext[dict[str, object], Request]


class Recorder:
    """Stands between the SDK and the tools."""

    def __init__(
        self,
        tools: ShopTools,
        floods: CallFloods,
        *,
        feed: Feed,
        sessions: Sessions,
        requests: OpenRequests,
        now_ms: Callable[[], int],
        new_id: Callable[[], str],
    ) -> None:
        self._tools = tools
        self._floods = floods
        self._feed = feed
        self._sessions = sessions
        self._requests = requests
        self._now_ms = now_ms
        self._new_id = new_id

    async def note_message(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        """MCP middleware: each message, whatever it asks, comes from a session."""
        scope = _http_request(ctx).scope
        if ctx.method == "initialize":
            # The session has no id yet: it shows itself with its next message.
            return await call_next(ctx)
        session = self._session(ctx, deputy_of(scope))
        scope[_SESSION_KEY] = session
        if ctx.method == "subscriptions/listen":
            with self._sessions.streaming(session.id):
                return await call_next(ctx)
        return await call_next(ctx)

    async def call_tool(self, ctx: Context, params: CallToolRequestParams) -> dict[str, object]:
        """The handler of ``tools/call``, for both eras.

        Raises:
            MCPError: An unknown tool, a bug in a tool, or a call that was cut short.
        """
        scope = _http_request(ctx).scope
        deputy, session = deputy_of(scope), scope[_SESSION_KEY]
        if not mcp_session_id_of(scope):
            return (await self._answer(params, deputy, session)).wire()
        # A legacy handler runs in its session's task, out of reach of its request's scope.
        with self._requests.open(deputy, is_stream=False):
            return (await self._answer(params, deputy, session)).wire()
        raise MCPError(INTERNAL_ERROR, replies.CALL_CUT)

    async def _answer(
        self, params: CallToolRequestParams, deputy: Deputy, session: Session
    ) -> Reply:
        tool, sent = self._tools.find(params.name), params.arguments or {}
        name = tool.wire.name if tool else _name_to_show(params.name)
        call = Call(self._new_id(), name, session, self._now_ms())
        wait_ms = self._floods.wait_ms(deputy)
        if wait_ms and self._floods.is_under_way(deputy):
            # One line on the screen is enough.
            return await self._floods.refuse(deputy, call, wait_ms)
        with self._told(deputy, call, _texts(tool, sent)) as told:
            if wait_ms:
                reply = await self._floods.refuse(deputy, call, wait_ms)
            else:
                reply = await self._call(tool, deputy, call, sent, told)
            told.code = reply.code
            return reply

    async def _call(
        self,
        tool: ShopTool | None,
        deputy: Deputy,
        call: Call,
        sent: dict[str, object],
        told: "_Outcome",
    ) -> Reply:
        if tool is None:
            told.code = RefusalCode.INVALID_REQUEST
            await self._tools.refuse_unknown(deputy, call)
            raise MCPError(INVALID_PARAMS, replies.UNKNOWN_TOOL)
        try:
            return await self._tools.call(tool, deputy, call, sent)
        except Exception as bug:
            told.code = _CRASHED
            _logger.exception("call %s of %s failed", call.id, call.tool)
            raise MCPError(INTERNAL_ERROR, replies.INTERNAL_ERROR) from bug

    @contextmanager
    def _told(
        self, deputy: Deputy, call: Call, arguments: Mapping[str, str]
    ) -> Generator["_Outcome", None, None]:
        """Tell the feed that a call began, and in any case that it ended."""
        self._feed.publish([CallStarted(deputy, call, arguments)])
        began = time.monotonic()
        outcome = _Outcome()
        try:
            yield outcome
        finally:
            duration_ms = round((time.monotonic() - began) * 1000)
            finished = CallFinished(call.id, duration_ms, bool(outcome.code), outcome.code)
            self._feed.publish([finished])

    def _session(self, ctx: Context, deputy: Deputy) -> Session:
        client = ctx.session.client_params
        return self._sessions.seen(
            deputy,
            mcp_session_id=mcp_session_id_of(_http_request(ctx).scope),
            agent_name=client.client_info.name if client else "",
            agent_version=client.client_info.version if client else "",
            protocol_version=ctx.protocol_version,
        )


class _Outcome:
    """How a call ended; until it has, its client went away."""

    __slots__ = ("code",)

    def __init__(self) -> None:
        self.code = _CANCELLED


def _http_request(ctx: Context) -> Request:
    if ctx.request is None:
        raise TypeError("this server is reached over HTTP only")
    return ctx.request


def _texts(tool: ShopTool | None, sent: Mapping[str, object]) -> dict[str, str]:
    """The known arguments, for the feed."""
    names = tool.argument_names if tool else ()
    return {name: _short(sent[name]) for name in names if sent.get(name) is not None}


def _short(value: object) -> str:
    """An argument for the feed. What is not text was refused: its type is all that matters."""
    if isinstance(value, str):
        return value[:_MAX_ARGUMENT_CHARACTERS]
    return f"({type(value).__name__})"


def _name_to_show(unknown_tool: str) -> str:
    return unknown_tool if _PLAIN_NAME.fullmatch(unknown_tool) else "(unknown)"
