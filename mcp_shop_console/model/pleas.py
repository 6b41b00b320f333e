"""Pleas: a deputy's requests for pardon.

May import the standard library only.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plea:
    """A request for pardon that the presenter has not answered yet."""

    id: str
    human_id: str
    grant_id: str
    """The grant whose agent asked first."""
    opened_at_ms: int
