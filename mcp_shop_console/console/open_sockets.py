"""The sockets that strangers hold open: how many there may be, and how long each may take.

May import model.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address

from mcp_shop_console.model.rate_limit import neighbourhood

Network = IPv4Network | IPv6Network
CountRefused = Callable[[int, str, str], None]
"""Told of each refusal: HTTP status, reason in a word, address."""


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """What is too much. REQUIREMENTS.md N5."""

    of_address: int = 200
    """Sockets that one address may hold open."""
    in_all: int = 1000
    """Sockets open at once."""
    head_seconds: float = 10
    """From the first moment, or the first byte after an answer, to the last header."""
    body_seconds: float = 15
    """From the last header to the end of the body."""
    answer_seconds: float = 95
    """From there to the first byte of the answer: longer than any endpoint takes on purpose. As
    long may a reader leave an answer unread."""


class OpenSockets:
    """Counts the open sockets, by address and in all, and lets in only so many."""

    def __init__(
        self,
        limits: SocketLimits,
        *,
        count_refused: CountRefused,
        monotonic: Callable[[], float],
        proxies: Sequence[Network] = (),
    ) -> None:
        self.limits = limits
        self.count_refused = count_refused
        self.monotonic = monotonic
        self._proxies = tuple(proxies)
        self._open: Counter[str] = Counter()
        self._in_all = 0

    def enter(self, address: str) -> str:
        """Let in a socket from ``address``, or say in a word why it has to stay outside."""
        place = neighbourhood(address)
        if self._in_all >= self.limits.in_all:
            return "too_many_sockets"
        if self._open[place] >= self.limits.of_address and not self._is_proxy(address):
            return "too_many_sockets_of_address"
        self._open[place] += 1
        self._in_all += 1
        return ""

    def leave(self, address: str) -> None:
        """Note the end of a socket that was let in."""
        place = neighbourhood(address)
        self._in_all -= 1
        self._open[place] -= 1
        if not self._open[place]:
            del self._open[place]

    def _is_proxy(self, address: str) -> bool:
        """Whether all the world may come from ``address``."""
        return any(ip_address(address) in network for network in self._proxies)
