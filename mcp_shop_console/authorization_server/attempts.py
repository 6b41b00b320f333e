"""How often somebody may be wrong before they have to wait.

May import the standard library only.
"""

from collections import deque
from collections.abc import Callable, Hashable

_WINDOW_MS = 60_000
_MOST_KEYS = 10_000


class WrongAttempts:
    """Counts wrong attempts of the last minute, by whoever made them."""

    def __init__(self, limit: int, now_ms: Callable[[], int]) -> None:
        self._limit = limit
        self._now_ms = now_ms
        self._at_ms: dict[Hashable, deque[int]] = {}

    def wait_seconds(self, key: Hashable) -> int:
        """How long ``key`` has to wait before the next attempt; 0 if not at all."""
        attempts = self._recent(key)
        if len(attempts) < self._limit:
            return 0
        return max(1, -(-(attempts[0] + _WINDOW_MS - self._now_ms()) // 1000))

    def count(self, key: Hashable) -> None:
        """Note a wrong attempt of ``key``."""
        if key not in self._at_ms and len(self._at_ms) >= _MOST_KEYS:
            # The oldest goes: a crowd of made-up browsers is held by the limit of their address.
            del self._at_ms[next(iter(self._at_ms))]
        self._at_ms.setdefault(key, deque(maxlen=self._limit)).append(self._now_ms())

    def _recent(self, key: Hashable) -> deque[int]:
        attempts = self._at_ms.get(key, deque[int]())
        while attempts and attempts[0] <= self._now_ms() - _WINDOW_MS:
            attempts.popleft()
        return attempts
