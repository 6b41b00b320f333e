"""The audit: one entry for everything that was decided.

May import the standard library only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mcp_shop_console.model.deputies import Agent, Call, Human, Rank


class AuditKind(StrEnum):
    """What was decided. The vocabulary of the audit, the feed and the control room."""

    SERVER_STARTED = "server.started"
    SERVER_STOPPED = "server.stopped"
    CLIENT_REGISTERED = "client.registered"
    CLIENT_UPDATED = "client.updated"
    """An agent changed its registration."""
    CLIENT_REMOVED = "client.removed"
    """An agent removed its registration, or one that nobody used expired."""
    HUMAN_SIGNED_IN = "human.signed_in"
    SIGN_IN_REFUSED = "sign_in.refused"
    ADMIN_REMOVED = "admin.removed"
    """A human lost the permission shop:admin: the settings of this start do not give it."""
    CONSENT_APPROVED = "consent.approved"
    """A human deputized an agent: a grant was made."""
    CONSENT_DENIED = "consent.denied"
    CONSENT_REFUSED = "consent.refused"
    """A banned human approved: no grant was made."""
    TOKEN_ISSUED = "token.issued"
    TOKEN_REFRESHED = "token.refreshed"
    CODE_VERIFIER_FAILED = "code.verifier_failed"
    CODE_REPLAYED = "code.replayed"
    """An authorization code came a second time: its grant was revoked. Alarm."""
    TOKEN_REUSED = "token.reused"
    """A rotated refresh token came again. Alarm."""
    GRANT_REVOKED = "grant.revoked"
    HUMAN_BANNED = "human.banned"
    HUMAN_PARDONED = "human.pardoned"
    GRANT_BANNED = "grant.banned"
    GRANT_PARDONED = "grant.pardoned"
    PLEA_OPENED = "plea.opened"
    PLEA_JOINED = "plea.joined"
    AUTHORITY_RESET = "authority.reset"
    CALL_ANSWERED = "call.answered"
    CALL_REFUSED = "call.refused"
    ORDER_PLACED = "order.placed"
    ORDER_REPLAYED = "order.replayed"
    REQUEST_REFUSED = "request.refused"
    """Requests turned away before a grant was known (401, 403, 413, 421, 429), counted."""
    CLOCK_JUMPED = "clock.jumped"
    """This computer's clock was set. Ours goes on as if it had not been. Alarm."""
    ALARMS_SEEN = "alarms.seen"
    """The presenter has seen the alarms up to entry ``up_to``: they leave the screen for good."""
    PRIVATE_DATA_REVEALED = "private_data.revealed"


class Outcome(StrEnum):
    """How a decision went."""

    ALLOWED = "allowed"
    REFUSED = "refused"


ALARMS = frozenset({AuditKind.CODE_REPLAYED, AuditKind.TOKEN_REUSED, AuditKind.CLOCK_JUMPED})
"""Kinds whose line stays on the screen until the presenter has seen it."""

Fact = str | int | bool


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One decision, as it is stored, and as the feed echoes it once it is committed."""

    seq: int
    """1, 2, 3 … without gaps."""
    at_ms: int
    """Milliseconds UTC of the decision."""
    kind: AuditKind
    actor: Rank
    """Who decided."""
    outcome: Outcome
    human: Human | None = None
    """On whose behalf, or of whom."""
    agent: Agent | None = None
    grant_id: str = ""
    consent_id: str = ""
    call: Call | None = None
    code: str = ""
    """The refusal code, empty for a yes."""
    facts: Mapping[str, Fact] = field(default_factory=dict[str, Fact])
    """What else was decided, under names of AuditKind's documentation. Hashed as it stands."""
    private: Mapping[str, str] = field(default_factory=dict[str, str])
    """Personal data: hashed with a salt, kept beside the entry, erasable."""
    hash: str = ""
    """Hexadecimal SHA-256 over the previous entry's hash and this entry's canonical form."""
