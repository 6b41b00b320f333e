"""Requests that are being answered, so that they can be cut short.

May import model.
"""

from collections.abc import Callable
from enum import StrEnum
from types import TracebackType

import anyio
import anyio.lowlevel
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcp_shop_console.mcp_server.challenges import send_unauthorized, send_unavailable
from mcp_shop_console.mcp_server.token_verifier import deputy_of, origin_of
from mcp_shop_console.model.deputies import Deputy
from mcp_shop_console.model.origins import Origins

_MAX_ENDED_GRANTS = 10_000


class Cut(StrEnum):
    """Why a request was cut short."""

    REVOKED = "revoked"
    BANNED = "banned"
    STOPPED = "stopped"
    OVERDUE = "overdue"


class OpenRequest:
    """One request under way: a block that ends early if it is cut, and then ``scope`` says so."""

    __slots__ = ("_open", "deputy", "is_stream", "opened_at", "reason", "scope")

    def __init__(self, deputy: Deputy, open_requests: "OpenRequests", *, is_stream: bool) -> None:
        self.deputy = deputy
        self.is_stream = is_stream
        """Whether it stays open to carry notifications."""
        self.opened_at = anyio.current_time()
        self.scope = anyio.CancelScope()
        self.reason = Cut.OVERDUE
        self._open = open_requests

    def __enter__(self) -> "OpenRequest":
        self._open.enter(self)
        self.scope.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        self._open.leave(self)
        return self.scope.__exit__(kind, error, traceback)

    def cut(self, reason: Cut) -> None:
        self.reason = reason
        self.scope.cancel()


class OpenRequests:
    """Every request under way, by the grant it acts under."""

    def __init__(self) -> None:
        self._open: set[OpenRequest] = set()
        self._ended_grants: dict[str, None] = {}
        self._one_less = anyio.Event()
        self._is_over = False

    def open(self, deputy: Deputy, *, is_stream: bool) -> OpenRequest:
        """A request to hold open, with ``with``, while it is being answered."""
        return OpenRequest(deputy, self, is_stream=is_stream)

    def enter(self, request: OpenRequest) -> None:
        self._open.add(request)
        if self._is_over:
            request.cut(Cut.STOPPED)
        elif request.deputy.grant_id in self._ended_grants:
            # The token was checked a moment before its grant ended.
            request.cut(Cut.REVOKED)

    def leave(self, request: OpenRequest) -> None:
        self._open.discard(request)
        self._one_less.set()

    def end_grant(self, grant_id: str) -> None:
        """Cut every request under a grant that has ended, and any that is still to come."""
        self._ended_grants[grant_id] = None
        if len(self._ended_grants) > _MAX_ENDED_GRANTS:
            del self._ended_grants[next(iter(self._ended_grants))]
        self._cut(Cut.REVOKED, lambda request: request.deputy.grant_id == grant_id)

    def cut_streams_of_human(self, human_id: str) -> None:
        """Cut the notification streams of a banned human. Their calls hear the no instead."""
        self._cut(
            Cut.BANNED, lambda request: request.is_stream and request.deputy.human.id == human_id
        )

    def cut_streams_of_grant(self, grant_id: str) -> None:
        """Cut the notification streams of a banned grant."""
        self._cut(
            Cut.BANNED, lambda request: request.is_stream and request.deputy.grant_id == grant_id
        )

    def cut_overdue(self, seconds: float) -> None:
        """Cut what should have been answered long ago, as the SDK may never answer it.

        Two calls with one JSON-RPC id in one legacy session leave the second hanging.
        """
        latest = anyio.current_time() - seconds
        self._cut(Cut.OVERDUE, lambda request: not request.is_stream and request.opened_at < latest)

    def cut_all(self) -> None:
        """Cut every request, and any that is still to come: the server stops."""
        self._is_over = True
        self._cut(Cut.STOPPED, lambda _: True)

    async def drain(self, seconds: float) -> None:
        """Wait until no request is open, but not for long."""
        with anyio.move_on_after(seconds):
            while self._open:
                self._one_less = anyio.Event()
                await self._one_less.wait()

    def _cut(self, reason: Cut, is_meant: Callable[[OpenRequest], bool]) -> None:
        for request in [request for request in self._open if is_meant(request)]:
            request.cut(reason)


class CuttableRequests:
    """Answers each request inside its own cancel scope, and ends its response if it was cut."""

    def __init__(self, app: ASGIApp, *, requests: OpenRequests, origins: Origins) -> None:
        self._app = app
        self._requests = requests
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = _Response(send)
        with self._requests.open(deputy_of(scope), is_stream=is_stream(scope)) as request:
            if request.scope.cancel_called:
                # What it would be asked of may be gone, and answer with a fault before it waits.
                await anyio.lowlevel.checkpoint()
            await self._app(scope, receive, response.send)
        if request.scope.cancelled_caught:
            await self._end(response, request.reason, scope)

    async def _end(self, response: "_Response", reason: Cut, scope: Scope) -> None:
        if response.is_complete:
            return
        if response.is_started:
            await response.send({"type": "http.response.body", "body": b""})
        elif reason is Cut.REVOKED:
            origin = origin_of(scope, self._origins)
            await send_unauthorized(response.send, origin, error="invalid_token")
        else:
            await send_unavailable(response.send, 504 if reason is Cut.OVERDUE else 503)


def is_stream(scope: Scope) -> bool:
    """Whether this request opens a notification stream: GET, or ``subscriptions/listen``.

    The header is required for it, and the SDK compares it with the body (MCP 2026-07-28).
    """
    return scope["method"] == "GET" or (b"mcp-method", b"subscriptions/listen") in scope["headers"]


class _Response:
    """What was sent of a response."""

    __slots__ = ("_send", "is_complete", "is_started")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.is_started = False
        self.is_complete = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.is_started = True
        elif message["type"] == "http.response.body":
            self.is_complete = not message.get("more_body", False)
        await self._send(message)
