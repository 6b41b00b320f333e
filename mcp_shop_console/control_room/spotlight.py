"""The spotlight: which moment has the big line now, and for how long.

May import model.
"""

from collections import deque

from mcp_shop_console.control_room.moments import Moment

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
        """The newest lighter moment, which waits until the weightier one had its time."""
        self._since_ms = 0
        self._shown: deque[int] = deque(maxlen=_REMEMBERED)

    def offer(self, moment: Moment, now_ms: int) -> None:
        """Show ``moment``, unless a weightier one has not had its time or it was shown already."""
        if moment.seq in self._shown:
            return
        standing = self.moment(now_ms)
        is_fresh = standing is not None and now_ms - self._since_ms < LEAST_MS
        if standing is None or not is_fresh or moment.weight >= standing.weight:
            self.show(moment, now_ms)
        else:
            self._next = moment

    def show(self, moment: Moment, now_ms: int) -> None:
        """Show ``moment`` at once: it answers a key."""
        self._moment, self._next, self._since_ms = moment, None, now_ms
        if moment.seq:
            self._shown.append(moment.seq)

    def moment(self, now_ms: int) -> Moment | None:
        """What to show now; None once the newest moment is over."""
        if self._next is not None and now_ms - self._since_ms >= LEAST_MS:
            self.show(self._next, now_ms)
        elif self._moment is not None and now_ms - self._since_ms > MOST_MS:
            self._moment = None
        return self._moment
