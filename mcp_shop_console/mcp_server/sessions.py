"""Who is connected: legacy sessions, and a sliding window for clients that have none.

May import feed and model.
"""

import hashlib
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from mcp_shop_console.feed import Feed
from mcp_shop_console.model.deputies import Deputy, Session
from mcp_shop_console.model.events import SessionEnded, SessionSeen

MODERN_WINDOW_SECONDS = 300
CLOSED_STREAM_SECONDS = 60
"""How long a session lives without a sign after its last notification stream was closed."""

_SEEN_EVERY_SECONDS = 1.0
_MAX_SESSIONS = 10_000
_MAX_MODERN_OF_GRANT = 20
_MAX_NAME_CHARACTERS = 200
_ID_DIGITS = 16
_PROBE = "mcp-remote-fallback-test"
"""mcp-remote opens a second session under this name and leaves it open. It is not shown."""


@dataclass(slots=True)
class _Known:
    session: Session
    deputy: Deputy
    is_legacy: bool
    patience_seconds: float
    """How long it lives without a sign."""
    seen_at: float = -1.0
    """Monotonic seconds."""
    told_at: float = field(default=float("-inf"))
    """When the feed last heard of it, monotonic seconds."""
    streams: int = 0

    def is_idle(self, now: float) -> bool:
        return not self.streams and now - self.seen_at > self.patience_seconds


class Sessions:
    """The sessions that show signs of life. The order is that of the last sign."""

    def __init__(
        self,
        feed: Feed,
        now_ms: Callable[[], int],
        *,
        legacy_idle_seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._feed = feed
        self._now_ms = now_ms
        self._legacy_idle_seconds = legacy_idle_seconds
        self._monotonic = monotonic
        self._known: dict[str, _Known] = {}

    def seen(
        self,
        deputy: Deputy,
        *,
        mcp_session_id: str,
        agent_name: str,
        agent_version: str,
        protocol_version: str,
    ) -> Session:
        """Note a sign of life. ``mcp_session_id`` is empty for the era that has none."""
        name, version = agent_name[:_MAX_NAME_CHARACTERS], agent_version[:_MAX_NAME_CHARACTERS]
        key = (
            shown_id(mcp_session_id)
            if mcp_session_id
            else shown_id(f"{deputy.grant_id}\0{name}\0{version}")
        )
        known = self._known.pop(key, None)
        if known is None:
            session = Session(key, name, version, protocol_version)
            if name == _PROBE:
                return session
            patience = self._legacy_idle_seconds if mcp_session_id else MODERN_WINDOW_SECONDS
            known = _Known(session, deputy, bool(mcp_session_id), patience)
            self._make_room(known)
        known.deputy = deputy
        known.seen_at = self._monotonic()
        self._known[key] = known
        self._tell(known)
        return known.session

    @contextmanager
    def streaming(self, session_id: str) -> Generator[None, None, None]:
        """Keep a session alive while a notification stream is open."""
        known = self._known.get(session_id)
        if known is None:
            yield
            return
        known.streams += 1
        known.patience_seconds = min(known.patience_seconds, CLOSED_STREAM_SECONDS)
        try:
            yield
        finally:
            known.streams -= 1
            known.seen_at = self._monotonic()

    def owner(self, session_id: str) -> Deputy | None:
        """The deputy last seen in a session, None if it is not known."""
        known = self._known.get(session_id)
        return known.deputy if known else None

    def end(self, session_id: str) -> None:
        if self._known.pop(session_id, None):
            self._feed.publish([SessionEnded(session_id, self._now_ms())])

    def end_grant(self, grant_id: str) -> None:
        """End the sessions of a grant that has ended. A legacy one may come back under another."""
        self._end_where(lambda known: known.deputy.grant_id == grant_id)

    def end_idle(self) -> None:
        now = self._monotonic()
        self._end_where(lambda known: known.is_idle(now))

    def end_all(self) -> None:
        self._end_where(lambda _: True)

    def _end_where(self, is_over: Callable[[_Known], bool]) -> None:
        for session_id in [key for key, known in self._known.items() if is_over(known)]:
            self.end(session_id)

    def _make_room(self, newcomer: _Known) -> None:
        """An agent may call itself something else in every request: it gets so many rows."""
        if len(self._known) >= _MAX_SESSIONS:
            self.end(next(iter(self._known)))
        if newcomer.is_legacy:
            return
        grant_id = newcomer.deputy.grant_id
        alike = [
            key
            for key, known in self._known.items()
            if not known.is_legacy and known.deputy.grant_id == grant_id
        ]
        if len(alike) >= _MAX_MODERN_OF_GRANT:
            self.end(alike[0])

    def _tell(self, known: _Known) -> None:
        if known.seen_at - known.told_at < _SEEN_EVERY_SECONDS:
            return
        known.told_at = known.seen_at
        self._feed.publish([SessionSeen(known.deputy, known.session, self._now_ms())])


def shown_id(secret: str) -> str:
    """A short digest: what may be shown of a session id that must not leave this process."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()[:_ID_DIGITS]
