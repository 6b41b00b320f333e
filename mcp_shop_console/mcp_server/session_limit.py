"""The limit on legacy sessions: nobody takes up the room that everybody shares.

May import model.
"""

import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcp_shop_console.mcp_server.session_tracker import mcp_session_id_of
from mcp_shop_console.mcp_server.token_verifier import DeputyUser, deputy_of
from mcp_shop_console.model.deputies import Deputy

_HEADER = b"mcp-session-id"

Principal = tuple[str, str]
"""Human and client: a session outlives a grant, as the SDK sees it."""


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How many legacy sessions there may be, and for how long."""

    of_deputy: int = 32
    """Sessions of one human's one agent. Agents that crash leave some behind."""
    in_all: int = 2000
    """Sessions of everybody. Humans and agents are free to make: a bound on each bounds nothing."""
    idle_seconds: float = 1800
    """A session without a request and without an open stream ends after so long."""


@dataclass(slots=True)
class _Use:
    """What is known of a session from the requests of its own deputy."""

    deputy: Deputy
    at: float = 0.0
    """When the last of them began or ended, in monotonic seconds."""
    under_way: int = 0
    """How many are not answered to the end yet, an open stream among them."""

    @property
    def principal(self) -> Principal:
        return _principal_of(self.deputy)


class SessionLimit:
    """Ends a session when one too many was opened, so that there is always room for the next."""

    def __init__(
        self,
        app: ASGIApp,
        limits: SessionLimits,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._limits = limits
        self._monotonic = monotonic
        self._uses: dict[str, _Use] = {}
        """By session id, the last use at the end."""

    def __len__(self) -> int:
        """The sessions that are counted."""
        return len(self._uses)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked, method, deputy = mcp_session_id_of(scope), scope["method"], deputy_of(scope)
        opened = ""

        async def watch(message: Message) -> None:
            nonlocal opened
            if message["type"] == "http.response.start":
                if not asked and (opened := _opened(message)):
                    self._use(opened, _Use(deputy))
                elif is_own and _is_over(method, message["status"]):
                    self._uses.pop(asked, None)
            await send(message)

        with self._in_use(asked, deputy) as is_own:
            await self._app(scope, receive, watch)
        if opened:
            self._forget_idle()
            while surplus := self._surplus(opened, deputy):
                await self._end(scope, surplus)

    @contextmanager
    def _in_use(self, session_id: str, deputy: Deputy) -> Generator[bool, None, None]:
        """Note a request from its beginning to its end, if it is of the session's own deputy."""
        use = self._uses.get(session_id)
        if use is None or use.principal != _principal_of(deputy):
            yield False
            return
        use.under_way += 1
        self._use(session_id, use)
        try:
            yield True
        finally:
            use.under_way -= 1
            if session_id in self._uses:
                self._use(session_id, use)

    def _use(self, session_id: str, use: _Use) -> None:
        use.at = self._monotonic()
        self._uses.pop(session_id, None)
        self._uses[session_id] = use

    def _forget_idle(self) -> None:
        """Forget what the SDK has ended by itself."""
        latest = self._monotonic() - self._limits.idle_seconds
        idle = [key for key, use in self._uses.items() if not use.under_way and use.at < latest]
        for session_id in idle:
            del self._uses[session_id]

    def _surplus(self, newest: str, deputy: Deputy) -> str:
        """The session to end, empty if there is room for all of them.

        Rather one without a request under way; then one of the deputy that holds the most; then
        the one unused longest. Never the newest.
        """
        held, own = Counter(use.principal for use in self._uses.values()), _principal_of(deputy)
        has_too_many = held[own] > self._limits.of_deputy
        if not has_too_many and len(self._uses) <= self._limits.in_all:
            return ""

        def worth(session_id: str) -> tuple[bool, int]:
            use = self._uses[session_id]
            return use.under_way > 0, -held[use.principal]

        choice = (
            session_id
            for session_id, use in self._uses.items()
            if session_id != newest and (use.principal == own or not has_too_many)
        )
        return min(choice, key=worth)

    async def _end(self, scope: Scope, session_id: str) -> None:
        """End a session as its own agent would, with a DELETE."""
        user = DeputyUser(self._uses[session_id].deputy)
        headers = [(_HEADER, session_id.encode("latin-1"))]

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(_: Message) -> None:
            pass

        request = {**scope, "method": "DELETE", "headers": headers, "user": user}
        await self._app(request, receive, send)
        self._uses.pop(session_id, None)


def _principal_of(deputy: Deputy) -> Principal:
    return deputy.human.id, deputy.agent.client_id


def _is_over(method: str, status: int) -> bool:
    """Whether the answer to its owner tells that a session has ended."""
    return status == 404 or (method == "DELETE" and status == 200)


def _opened(start: Message) -> str:
    """The id of the session that an answer opens; empty if it opens none."""
    if start["status"] >= 400:
        return ""
    ids = [value for name, value in start["headers"] if name.lower() == _HEADER]
    return ids[0].decode("latin-1") if ids else ""
