"""What the control room shows, one noun a row: sessions, calls, orders, pleas.

May import model.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mcp_shop_console.model.audit import AuditEntry
from mcp_shop_console.model.deputies import Agent, Human, Rank, Session

UNKNOWN_SESSION = Session(id="", agent_name="", agent_version="", protocol_version="")


class CallOutcome(StrEnum):
    """How a call went, as far as is known."""

    RUNNING = "running"
    PLEADING = "pleading"
    """Waits for the presenter's answer to its plea."""
    ANSWERED = "answered"
    REFUSED = "refused"
    FAILED = "failed"
    GONE = "gone"
    """The client went away before it was answered."""

    @property
    def is_open(self) -> bool:
        return self in (CallOutcome.RUNNING, CallOutcome.PLEADING)


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a key acts on."""

    human: Human | None
    agent: Agent | None
    grant_id: str


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One deputy with one client program, connected now or not."""

    key: str
    human: Human | None
    agent: Agent | None
    grant_id: str
    consent_id: str
    session: Session
    """Who the client says it is; ``UNKNOWN_SESSION`` before it ever connected."""
    live: frozenset[str]
    """Ids of its connections of this moment."""
    calls: int
    seen_at_ms: int

    @property
    def target(self) -> Target:
        return Target(self.human, self.agent, self.grant_id)


@dataclass(frozen=True, slots=True)
class CallRow:
    """One tool call."""

    serial: int
    """0, 1, 2 … in the order in which the control room heard of them."""
    id: str
    at_ms: int
    tool: str
    human: Human | None
    agent: Agent | None
    grant_id: str
    consent_id: str
    session: Session
    arguments: Mapping[str, str] = field(default_factory=dict[str, str])
    outcome: CallOutcome = CallOutcome.RUNNING
    code: str = ""
    """The refusal code, empty for a yes."""
    duration_ms: int | None = None
    order_number: int | None = None
    is_replayed: bool = False
    """Whether the order was an earlier call's."""
    entry: AuditEntry | None = None
    """The newest entry of the audit about it."""

    @property
    def target(self) -> Target:
        return Target(self.human, self.agent, self.grant_id)


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One placed order."""

    key: str
    number: int
    size: str
    company: str
    entry: AuditEntry

    @property
    def target(self) -> Target:
        return Target(self.entry.human, self.entry.agent, self.entry.grant_id)


@dataclass(frozen=True, slots=True)
class WaitingPlea:
    """A plea that the presenter has not answered."""

    human: Human
    agent: Agent | None
    grant_id: str
    at_ms: int
    seq: int
    """The audit entry that opened it."""
    asked: int = 1
    """How many calls have asked."""


@dataclass(frozen=True, slots=True)
class Standings:
    """What a deputy's tools answer with: its own ban, its human's, or none."""

    human_ban: Rank | None
    grant_ban: Rank | None
    is_revoked: bool

    @property
    def is_banned(self) -> bool:
        return self.human_ban is not None or self.grant_ban is not None

    @property
    def is_agent_ban_only(self) -> bool:
        return self.human_ban is None and self.grant_ban is not None


@dataclass(frozen=True, slots=True)
class Service:
    """Whether a part of the house works, and why not."""

    works: bool | None
    """None before the first word about it."""
    reason: str = ""
