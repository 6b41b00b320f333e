"""Limits: what is too much from outside, so that nobody else notices a flood.

May import the standard library only.
"""

from dataclasses import dataclass

from mcp_shop_console.settings import readers
from mcp_shop_console.settings.option import Option, Sources


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one of them, and all of them together, may take."""

    sockets: int
    """Sockets open at once."""
    sockets_per_address: int
    """Sockets that one address may hold open; a trusted proxy may hold them all."""


SOCKETS = Option("sockets", "sockets open at once", "1000", readers.count, "NUMBER")
SOCKETS_PER_ADDRESS = Option(
    "sockets-per-address",
    "sockets that one address may hold open; a trusted proxy may hold them all",
    "200",
    readers.count,
    "NUMBER",
)
OPTIONS: tuple[Option[object], ...] = (SOCKETS, SOCKETS_PER_ADDRESS)


def read_limits(sources: Sources) -> Limits:
    """The limits of the settings."""
    return Limits(
        sockets=sources.value(SOCKETS), sockets_per_address=sources.value(SOCKETS_PER_ADDRESS)
    )
