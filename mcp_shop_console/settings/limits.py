"""Limits: what is too much from outside, so that nobody else notices a flood.

May import the standard library only.
"""

from dataclasses import dataclass

from mcp_shop_console.settings import readers
from mcp_shop_console.settings.option import Option, Sources


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one of them, and all of them together, may take."""

    calls_per_second: int
    """Tool calls of one grant, in the long run."""
    call_burst: int
    """Tool calls of one grant at once."""
    requests_per_second: int
    """HTTP requests of one address, which a hall may share."""
    sessions: int
    """Legacy sessions that may be open at once."""
    sessions_per_agent: int
    """Legacy sessions that one agent of one human may keep open."""
    session_idle_minutes: float
    """How long a legacy session is kept without a request and without a stream."""
    sockets: int
    """Sockets open at once."""
    sockets_per_address: int
    """Sockets that one address may hold open; a trusted proxy may hold them all."""


CALLS_PER_SECOND = Option(
    "calls-per-second",
    "tool calls that one agent of one human may make a second, in the long run",
    "5",
    readers.count,
    "NUMBER",
)
CALL_BURST = Option(
    "call-burst",
    "tool calls that it may make at once before that",
    "20",
    readers.count,
    "NUMBER",
)
REQUESTS_PER_SECOND = Option(
    "requests-per-second",
    "HTTP requests a second of one address, which a hall may share",
    "200",
    readers.count,
    "NUMBER",
)
SESSIONS = Option(
    "sessions",
    "sessions open at once; one more ends one of the agent that has the most",
    "2000",
    readers.count,
    "NUMBER",
)
SESSIONS_PER_AGENT = Option(
    "sessions-per-agent",
    "sessions that one agent of one human may keep; one more ends the one unused longest",
    "32",
    readers.count,
    "NUMBER",
)
SESSION_IDLE_MINUTES = Option(
    "session-idle-minutes",
    "how long a session stays without a request and without an open stream",
    "30",
    readers.minutes,
    "MINUTES",
)
SOCKETS = Option("sockets", "sockets open at once", "1000", readers.count, "NUMBER")
SOCKETS_PER_ADDRESS = Option(
    "sockets-per-address",
    "sockets that one address may hold open; a trusted proxy may hold them all",
    "200",
    readers.count,
    "NUMBER",
)
OPTIONS: tuple[Option[object], ...] = (
    CALLS_PER_SECOND,
    CALL_BURST,
    REQUESTS_PER_SECOND,
    SESSIONS,
    SESSIONS_PER_AGENT,
    SESSION_IDLE_MINUTES,
    SOCKETS,
    SOCKETS_PER_ADDRESS,
)


def read_limits(sources: Sources) -> Limits:
    """The limits of the settings."""
    return Limits(
        calls_per_second=sources.value(CALLS_PER_SECOND),
        call_burst=sources.value(CALL_BURST),
        requests_per_second=sources.value(REQUESTS_PER_SECOND),
        sessions=sources.value(SESSIONS),
        sessions_per_agent=sources.value(SESSIONS_PER_AGENT),
        session_idle_minutes=sources.value(SESSION_IDLE_MINUTES),
        sockets=sources.value(SOCKETS),
        sockets_per_address=sources.value(SOCKETS_PER_ADDRESS),
    )
