"""The way in: from the feed to the state, so much at a time, and nothing of the audit left out.

May import authority, feed and model.
"""

import logging
from collections import deque

from mcp_shop_console.authority import Authority
from mcp_shop_console.control_room.state import RoomState
from mcp_shop_console.feed import Reader
from mcp_shop_console.model.audit import AuditEntry
from mcp_shop_console.model.events import Event
from mcp_shop_console.model.faults import StoreUnavailable

_LOG = logging.getLogger(__name__)

MOST_EVENTS_AT_ONCE = 2_000
MOST_WAITING_EVENTS = 20_000
HISTORY_ENTRIES = 2_000


class Intake:
    """Brings the state up to date with the feed, and from the audit where the feed lost some."""

    def __init__(self, reader: Reader, authority: Authority, state: RoomState) -> None:
        self._reader = reader
        self._authority = authority
        self._state = state
        self._waiting: deque[Event] = deque(maxlen=MOST_WAITING_EVENTS)

    async def take(self) -> list[AuditEntry]:
        """Take in what has come, within bounds. Returns the entries that were new."""
        self._waiting.extend(self._reader.take())
        news: list[AuditEntry] = []
        has_caught_up = False
        for _ in range(min(len(self._waiting), MOST_EVENTS_AT_ONCE)):
            event = self._waiting.popleft()
            if not has_caught_up and self._state.misses_entries_before(event):
                news += await self._catch_up()
                has_caught_up = True
            news += self._apply(event)
        return news

    async def _catch_up(self) -> list[AuditEntry]:
        try:
            call_count = await self._authority.call_count()
            history = await self._authority.history(HISTORY_ENTRIES)
        except StoreUnavailable:
            _LOG.warning("entries of the audit are missing on the screen")
            return []
        news = [entry for stored in history for entry in self._apply(stored)]
        self._state.count_calls(call_count)
        return news

    def _apply(self, event: Event) -> list[AuditEntry]:
        try:
            is_news = self._state.apply(event)
        except Exception:  # noqa: BLE001 - one bad event must not hold up the others (U10)
            _LOG.exception("an event could not be shown")
            return []
        return [event] if is_news and isinstance(event, AuditEntry) else []
