"""How often each browser, credential and address may come to the authorization server's doors.

May import model.
"""

from collections.abc import Callable
from dataclasses import dataclass

from mcp_shop_console.authorization_server.credentials import hash_of
from mcp_shop_console.authorization_server.errors import TooManyRequests
from mcp_shop_console.model.rate_limit import RateLimit, neighbourhood


@dataclass(frozen=True, slots=True)
class Rate:
    """So many times a minute. A hall of people shares one address, so that limit is wide."""

    narrow: int
    """For one browser, or whoever shows one credential."""
    wide: int
    """For all that come from one address."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a flood is, in settings."""

    registrations: int = 120
    """Registrations a minute from one address, and requests to manage one."""
    unused_clients: int = 500
    """Registered clients that nobody has deputized yet."""
    full_seconds: int = 60
    """When to come back while there are so many: each that is deputized makes room."""
    authorizations: Rate = Rate(60, 1200)
    """Authorization requests, by one browser."""
    forms: Rate = Rate(30, 2400)
    """Forms sent from the pages, by one browser: who someone is, and what they answer."""
    token_requests: Rate = Rate(60, 1200)
    """Requests for tokens and their revocation, with one client secret, code or token."""
    kept_requests: int = 20_000
    """Authorization requests that are kept, and browsers in which nobody signed in."""


class Door:
    """Lets in whoever does not come too often."""

    def __init__(self, name: str, rate: Rate, now_ms: Callable[[], int]) -> None:
        self._name = name
        self._by_visitor = RateLimit(rate.narrow, now_ms)
        self._by_address = RateLimit(rate.wide, now_ms)

    def let_in(self, visitor: str, address: str) -> None:
        """Count a visit from ``address``.

        Args:
            visitor: What nobody else can show, of whatever length; empty if nothing was shown.
            address: Where the visit comes from.

        Raises:
            TooManyRequests: This one has to wait. That is not counted as a visit.
        """
        place = neighbourhood(address)
        # From another address nobody can use up what a visitor may do. By its digest, as the number
        # of those that are kept is bounded, and their length is not.
        known = (hash_of(visitor), place) if visitor else None
        wait_seconds = max(
            self._by_visitor.wait_seconds(known) if known else 0,
            self._by_address.wait_seconds(place),
        )
        if wait_seconds:
            raise TooManyRequests(self._name, wait_seconds)
        if known:
            self._by_visitor.count(known)
        self._by_address.count(place)
