"""The spotlight: which moment has the big line now, and for how long.

May import model.
"""

from collections import deque

from mcp_shop_console.control_room.moments import Moment, Weight

LEAST_MS = 1_500
"""So long a moment stands before a lighter one may take its place."""
MOST_MS = 12_000
"""So long a moment stands if nothing else happens."""

_REMEMBERED = 64
"""A key's answer is shown at once, and its echo comes from the feed a little later."""


class Spotlight:
    """Shows one moment at a time, and lets none blink past unread."""

    def __init__(self) -> None:
        self._moment: Moment | None = None
        self._next: Moment | None = None
        """What waits until the moment before it had its time: newest of the weightiest."""
        self._since_ms = 0
        self._was_drawn = False
        self._shown: deque[int] = deque(maxlen=_REMEMBERED)

    def offer(self, moment: Moment, now_ms: int) -> None:
        """Show ``moment``, or let it wait until one as weighty has had its time.

        Not if it was shown already. No decision about authority waits for an earlier one.
        """
        if moment.seq in self._shown:
            return
        if self._yields_to(moment, now_ms):
            self.show(moment, now_ms)
        elif self._next is None or moment.weight >= self._next.weight:
            self._next = moment

    def show(self, moment: Moment, now_ms: int) -> None:
        """Show ``moment`` at once: it answers a key."""
        self._moment, self._next = moment, None
        self._since_ms, self._was_drawn = now_ms, False
        if moment.seq:
            self._shown.append(moment.seq)

    def moment(self, now_ms: int) -> Moment | None:
        """What to draw now; None once the newest moment is over."""
        if self._next is not None and self._had_its_time(now_ms):
            self.show(self._next, now_ms)
        self._was_drawn = True
        return self._standing(now_ms)

    def _standing(self, now_ms: int) -> Moment | None:
        is_over = now_ms - self._since_ms > MOST_MS
        return None if is_over else self._moment

    def _yields_to(self, moment: Moment, now_ms: int) -> bool:
        standing = self._standing(now_ms)
        if standing is None or moment.weight > standing.weight:
            return True
        if moment.weight == standing.weight:
            is_urgent = moment.weight >= Weight.AUTHORITY
            return is_urgent or not self._was_drawn or self._had_its_time(now_ms)
        return self._had_its_time(now_ms)

    def _had_its_time(self, now_ms: int) -> bool:
        return now_ms - self._since_ms >= LEAST_MS
