"""Live events: what the feed carries to its readers.

May import the standard library only.

A committed audit entry is itself an event. The others tell of what is under way and not decided:
they are never stored, and are gone with the process.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from mcp_shop_console.model.audit import AuditEntry
from mcp_shop_console.model.deputies import Call, Deputy, Session


@dataclass(frozen=True, slots=True)
class CallStarted:
    """A tool call arrived and is being worked on."""

    deputy: Deputy
    call: Call
    arguments: Mapping[str, str]
    """Those that matter, as text of at most 200 characters each. Outside text, may be private."""


@dataclass(frozen=True, slots=True)
class CallFinished:
    """A tool call was answered, or its client went away."""

    call_id: str
    duration_ms: int
    is_error: bool
    """Whether the answer was a refusal or a failure."""
    code: str
    """The refusal code; ``cancelled`` if the client went away; empty for an answer."""


@dataclass(frozen=True, slots=True)
class SessionSeen:
    """A session began or showed a sign of life."""

    deputy: Deputy
    session: Session
    at_ms: int


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A session is over: closed by the agent, idle too long, or its grant has ended."""

    session_id: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class ServerChanged:
    """The server began to listen, or is down."""

    is_listening: bool
    reason: str
    """Why it is down, in a sentence; empty while it listens."""
    at_ms: int


@dataclass(frozen=True, slots=True)
class StoreChanged:
    """The store failed, or works again."""

    is_available: bool
    reason: str
    """What failed, in a sentence; empty when it works."""
    at_ms: int


Event = (
    AuditEntry
    | CallStarted
    | CallFinished
    | SessionSeen
    | SessionEnded
    | ServerChanged
    | StoreChanged
)
