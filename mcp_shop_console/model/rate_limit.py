"""How often somebody may do something before they have to wait.

May import the standard library only.
"""

from collections import deque
from collections.abc import Callable, Hashable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

_MOST_KEYS = 10_000
_MOST_TIMES = 100_000
_IPV6_PREFIX = 64
_ROUNDING_MS = 0.001


class RateLimit:
    """At most so many times in any minute, or other window, for each key apart.

    In memory, and bounded: who was quiet for a whole window is forgotten, and of too many keys the
    one that was quiet longest.
    """

    def __init__(
        self, limit: int, now_ms: Callable[[], int], *, window_seconds: float = 60
    ) -> None:
        self._limit = limit
        self._now_ms = now_ms
        self._window_ms = round(window_seconds * 1000)
        self._at_ms: dict[Hashable, deque[int]] = {}
        self._times = 0

    def wait_seconds(self, key: Hashable) -> int:
        """How long ``key`` has to wait before the next time; 0 if not at all."""
        times = self._recent(key)
        if len(times) < self._limit:
            return 0
        return max(1, -(-(times[0] + self._window_ms - self._now_ms()) // 1000))

    def count(self, key: Hashable) -> None:
        """Note that ``key`` did it, whether or not it should have waited."""
        times = self._recent(key)
        if len(times) == self._limit:
            times.popleft()
            self._times -= 1
        times.append(self._now_ms())
        self._times += 1
        self._at_ms.pop(key, None)
        self._at_ms[key] = times
        while self._at_ms and (self._is_quiet(next(iter(self._at_ms))) or self._is_crowded):
            self._times -= len(self._at_ms.pop(next(iter(self._at_ms))))

    def take(self, key: Hashable) -> int:
        """Count ``key`` unless it has to wait. Returns for how long, in seconds."""
        wait_seconds = self.wait_seconds(key)
        if not wait_seconds:
            self.count(key)
        return wait_seconds

    @property
    def _is_crowded(self) -> bool:
        return len(self._at_ms) > _MOST_KEYS or self._times > _MOST_TIMES

    def _is_quiet(self, key: Hashable) -> bool:
        times = self._at_ms[key]
        return not times or times[-1] <= self._now_ms() - self._window_ms

    def _recent(self, key: Hashable) -> deque[int]:
        times = self._at_ms.get(key, deque[int]())
        now_ms = self._now_ms()
        # A clock that was set back would make everybody wait until it has caught up.
        while times and not now_ms - self._window_ms < times[0] <= now_ms:
            times.popleft()
            self._times -= 1
        return times


class BurstLimit:
    """So many times at once, then one after the other at a pace, for each key apart.

    Unlike a window, it lets whoever keeps to the pace go on right after a burst. In memory, and
    bounded: of too many keys the one that was quiet longest is forgotten.
    """

    def __init__(self, burst: int, per_second: float, now_ms: Callable[[], float]) -> None:
        self._pace_ms = 1000 / per_second
        self._burst_ms = burst * self._pace_ms
        self._now_ms = now_ms
        self._rested_at_ms: dict[Hashable, float] = {}
        """When a key, left alone, has its whole burst again."""

    def take(self, key: Hashable) -> int:
        """Count ``key`` unless it has to wait. Returns for how long, in milliseconds."""
        now_ms = self._now_ms()
        rested_at_ms = max(self._rested_at_ms.get(key, now_ms), now_ms) + self._pace_ms
        wait_ms = rested_at_ms - self._burst_ms - now_ms
        if wait_ms > _ROUNDING_MS:
            return ceil(wait_ms)
        self._rested_at_ms.pop(key, None)
        self._rested_at_ms[key] = rested_at_ms
        if len(self._rested_at_ms) > _MOST_KEYS:
            del self._rested_at_ms[next(iter(self._rested_at_ms))]
        return 0


@lru_cache(maxsize=1024)
def neighbourhood(address: str) -> str:
    """The key of an address: itself, or of IPv6 the /64, which is one customer's to use up."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ip_network((int(parsed), _IPV6_PREFIX), strict=False))
