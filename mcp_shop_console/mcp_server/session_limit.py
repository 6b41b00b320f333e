"""The limit on legacy sessions: nobody takes up the room that everybody shares.

May import model.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcp_shop_console.mcp_server.session_tracker import mcp_session_id_of
from mcp_shop_console.mcp_server.token_verifier import deputy_of

MOST_OF_DEPUTY = 32
"""Sessions of one human's one agent. Agents that crash leave some behind, for half an hour each."""
_HEADER = b"mcp-session-id"

Principal = tuple[str, str]
"""Human and client: a session outlives a grant, as the SDK sees it."""


class SessionLimit:
    """Ends the session that was unused longest when a deputy opens one too many.

    The SDK keeps 10,000 in all, and then opens none for anybody.
    """

    def __init__(self, app: ASGIApp, *, most: int = MOST_OF_DEPUTY) -> None:
        self._app = app
        self._most = most
        self._ids: dict[Principal, dict[str, None]] = {}
        """The ids of each deputy's sessions, the one used last at the end."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked, method = mcp_session_id_of(scope), scope["method"]
        principal = _principal_of(scope)
        if asked in self._ids.get(principal, {}):
            self._use(principal, asked)

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                if not asked and (opened := _opened(message)):
                    self._use(principal, opened)
                elif message["status"] == 404 or (method == "DELETE" and message["status"] == 200):
                    self._forget(principal, asked)
            await send(message)

        await self._app(scope, receive, watch)
        while too_many := self._too_many(principal):
            await self._end(scope, too_many)

    def _use(self, principal: Principal, session_id: str) -> None:
        ids = self._ids.setdefault(principal, {})
        ids.pop(session_id, None)
        ids[session_id] = None

    def _forget(self, principal: Principal, session_id: str) -> None:
        ids = self._ids.get(principal, {})
        ids.pop(session_id, None)
        if not ids:
            self._ids.pop(principal, None)

    def _too_many(self, principal: Principal) -> str:
        """The session to end; empty if there is room."""
        ids = self._ids.get(principal, {})
        if len(ids) <= self._most:
            return ""
        oldest = next(iter(ids))
        self._forget(principal, oldest)
        return oldest

    async def _end(self, scope: Scope, session_id: str) -> None:
        """End a session as its own agent would, with a DELETE."""
        headers = [(_HEADER, session_id.encode("latin-1"))]

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(_: Message) -> None:
            pass

        await self._app({**scope, "method": "DELETE", "headers": headers}, receive, send)


def _principal_of(scope: Scope) -> Principal:
    deputy = deputy_of(scope)
    return deputy.human.id, deputy.agent.client_id


def _opened(start: Message) -> str:
    """The id of the session that an answer opens; empty if it opens none."""
    if start["status"] >= 400:
        return ""
    ids = [value for name, value in start["headers"] if name.lower() == _HEADER]
    return ids[0].decode("latin-1") if ids else ""
