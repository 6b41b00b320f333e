"""The limit on legacy sessions: nobody takes up the room that everybody shares.

May import model.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcp_shop_console.mcp_server.session_tracker import mcp_session_id_of
from mcp_shop_console.mcp_server.token_verifier import deputy_of

_HEADER = b"mcp-session-id"

Principal = tuple[str, str]
"""Human and client: a session outlives a grant, as the SDK sees it."""


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How many legacy sessions there may be, and for how long."""

    of_deputy: int = 32
    """Sessions of one human's one agent. Agents that crash leave some behind."""
    idle_seconds: float = 1800
    """A session without a request and without an open stream ends after so long."""


@dataclass(frozen=True, slots=True)
class _Use:
    principal: Principal
    at: float
    """Monotonic seconds."""


class SessionLimit:
    """Ends the session that was unused longest when a deputy opens one too many.

    The SDK keeps 10,000 in all, and then opens none for anybody.
    """

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
        asked, method = mcp_session_id_of(scope), scope["method"]
        principal = _principal_of(scope)
        is_own = asked in self._uses and self._uses[asked].principal == principal
        if is_own:
            self._use(principal, asked)
        opened = ""

        async def watch(message: Message) -> None:
            nonlocal opened
            if message["type"] == "http.response.start":
                if not asked and (opened := _opened(message)):
                    self._use(principal, opened)
                elif is_own and _is_over(method, message["status"]):
                    self._uses.pop(asked, None)
            await send(message)

        await self._app(scope, receive, watch)
        if opened:
            self._forget_idle()
            for unused in self._too_many(principal):
                await self._end(scope, unused)

    def _use(self, principal: Principal, session_id: str) -> None:
        self._uses.pop(session_id, None)
        self._uses[session_id] = _Use(principal, self._monotonic())

    def _forget_idle(self) -> None:
        """Forget what the SDK has ended by itself, or keeps for nothing but an open stream."""
        latest = self._monotonic() - self._limits.idle_seconds
        while self._uses:
            oldest = next(iter(self._uses))
            if self._uses[oldest].at >= latest:
                break
            del self._uses[oldest]

    def _too_many(self, principal: Principal) -> list[str]:
        """The sessions to end, forgotten already."""
        own = [key for key, use in self._uses.items() if use.principal == principal]
        unused = own[: max(0, len(own) - self._limits.of_deputy)]
        for session_id in unused:
            del self._uses[session_id]
        return unused

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


def _is_over(method: str, status: int) -> bool:
    """Whether the answer to its owner tells that a session has ended."""
    return status == 404 or (method == "DELETE" and status == 200)


def _opened(start: Message) -> str:
    """The id of the session that an answer opens; empty if it opens none."""
    if start["status"] >= 400:
        return ""
    ids = [value for name, value in start["headers"] if name.lower() == _HEADER]
    return ids[0].decode("latin-1") if ids else ""
