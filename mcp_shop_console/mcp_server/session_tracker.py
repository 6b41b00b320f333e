"""What HTTP alone shows of legacy sessions: an open stream, an end, a stranger at the door.

May import authority and model.
"""

from collections.abc import Callable

from anyio import BrokenResourceError, ClosedResourceError
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcp_shop_console.authority.refused_requests import RefusedRequests
from mcp_shop_console.mcp_server.sessions import Sessions, shown_id
from mcp_shop_console.mcp_server.token_verifier import address_of, deputy_of
from mcp_shop_console.model.deputies import Deputy

_SESSION_ENDED = b"Session terminated before the request completed"
"""The SDK's words to a request whose session was deleted before it had an answer."""
_NOT_FOUND = b'{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Session not found"}}'


class SessionTracker:
    """Tells ``sessions`` of what happens to them below the protocol's messages."""

    def __init__(self, app: ASGIApp, *, sessions: Sessions, refused: RefusedRequests) -> None:
        self._app = app
        self._sessions = sessions
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        mcp_session_id = mcp_session_id_of(scope)
        if not mcp_session_id:
            await self._app(scope, receive, send)
            return
        session_id = shown_id(mcp_session_id)

        answer = _Answer(send, on_status=lambda status: self._answered(session_id, status, scope))
        try:
            if scope["method"] == "GET":
                with self._sessions.streaming(session_id):
                    await self._app(_from_now_on(scope), receive, answer.send)
            else:
                await self._app(scope, receive, answer.send)
        except (BrokenResourceError, ClosedResourceError):
            # The session was deleted before the SDK could hand it the request, and it could not
            # even tell the session of that.
            await answer.end(is_session_over=True)
        else:
            await answer.end(is_session_over=answer.says_session_is_over)

    def _answered(self, session_id: str, status: int, scope: Scope) -> None:
        is_deleted = scope["method"] == "DELETE" and status == 200
        if not is_deleted and status != 404:
            return
        owner, caller = self._sessions.owner(session_id), deputy_of(scope)
        if owner is not None and not _is_same_principal(owner, caller):
            # The SDK answers a stranger as if there were no such session.
            self._refused.count(404, "foreign_session", address_of(scope))
            return
        self._sessions.end(session_id)


class _Answer:
    """Holds back a 500, which is a 404 if all that failed is that the session has ended."""

    __slots__ = ("_held", "_is_started", "_on_status", "_send")

    def __init__(self, send: Send, *, on_status: Callable[[int], None]) -> None:
        self._send = send
        self._on_status = on_status
        self._held: list[Message] = []
        self._is_started = False

    async def send(self, message: Message) -> None:
        is_start = message["type"] == "http.response.start"
        if self._held or (is_start and (self._is_started or message["status"] == 500)):
            self._held.append(message)
            return
        if is_start:
            self._is_started = True
            self._on_status(message["status"])
        await self._send(message)

    @property
    def says_session_is_over(self) -> bool:
        return any(_SESSION_ENDED in message.get("body", b"") for message in self._held)

    async def end(self, *, is_session_over: bool) -> None:
        """Send what was held back, as it is or as the 404 that it should be."""
        if self._is_started:
            return
        for message in _not_found() if is_session_over else self._held:
            if message["type"] == "http.response.start":
                self._on_status(message["status"])
            await self._send(message)


def _not_found() -> list[Message]:
    """The SDK's answer to a request for a session that it does not know."""
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(_NOT_FOUND)).encode("ascii")),
    ]
    return [
        {"type": "http.response.start", "status": 404, "headers": headers},
        {"type": "http.response.body", "body": _NOT_FOUND},
    ]


def mcp_session_id_of(scope: Scope) -> str:
    """The ``Mcp-Session-Id`` of a request, empty where there is none.

    In the era that has no sessions such a header says nothing (MCP transports, 2026-07-28).
    """
    headers = Headers(scope=scope)
    # As the SDK tells the eras apart: without this header a request is of the older one.
    version = headers.get("mcp-protocol-version")
    if version is not None and version not in HANDSHAKE_PROTOCOL_VERSIONS:
        return ""
    return headers.get("mcp-session-id", "")


def _from_now_on(scope: Scope) -> Scope:
    """``scope`` without a wish to resume: nothing is kept to send again, and nobody else's either.

    A server may do so (MCP transports, 2025-11-25); the SDK would leave the request unanswered.
    """
    headers = [header for header in scope["headers"] if header[0] != b"last-event-id"]
    return {**scope, "headers": headers}


def _is_same_principal(one: Deputy, other: Deputy) -> bool:
    """As the SDK compares: a session outlives a grant if human and client stay the same."""
    return one.human.id == other.human.id and one.agent.client_id == other.agent.client_id
