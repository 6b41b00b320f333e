"""What HTTP alone shows of legacy sessions: an open stream, an end, a stranger at the door.

May import authority and model.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcp_shop_console.authority.refused_requests import RefusedRequests
from mcp_shop_console.mcp_server.sessions import Sessions, shown_id
from mcp_shop_console.mcp_server.token_verifier import address_of, deputy_of
from mcp_shop_console.model.deputies import Deputy

_SESSION_ENDED = b"Session terminated before the request completed"
"""The SDK's words to a request whose session was deleted meanwhile."""


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

        held: list[Message] = []

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 500:
                held.append(message)
                return
            for start in _judged(held, message):
                self._answered(session_id, start["status"], scope)
                await send(start)
            if message["type"] == "http.response.start":
                self._answered(session_id, message["status"], scope)
            await send(message)

        if scope["method"] == "GET":
            with self._sessions.streaming(session_id):
                await self._app(_from_now_on(scope), receive, watch)
        else:
            await self._app(scope, receive, watch)

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


def _judged(held: list[Message], body: Message) -> list[Message]:
    """The start of a 500, which is a 404 if all that failed is that its session has ended."""
    starts = held.copy()
    held.clear()
    for start in starts:
        if _SESSION_ENDED in body.get("body", b""):
            start["status"] = 404
    return starts


def mcp_session_id_of(scope: Scope) -> str:
    """The ``Mcp-Session-Id`` of a request, empty where there is none."""
    for name, value in scope["headers"]:
        if name == b"mcp-session-id":
            return value.decode("latin-1")
    return ""


def _from_now_on(scope: Scope) -> Scope:
    """``scope`` without a wish to resume: nothing is kept to send again, and nobody else's either.

    A server may do so (MCP transports, 2025-11-25); the SDK would leave the request unanswered.
    """
    headers = [header for header in scope["headers"] if header[0] != b"last-event-id"]
    return {**scope, "headers": headers}


def _is_same_principal(one: Deputy, other: Deputy) -> bool:
    """As the SDK compares: a session outlives a grant if human and client stay the same."""
    return one.human.id == other.human.id and one.agent.client_id == other.agent.client_id
