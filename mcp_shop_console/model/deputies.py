"""Humans, the agents they deputize, and the calls those deputies make.

May import the standard library only.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Rank(IntEnum):
    """Who decided something. Lifting a ban takes at least the rank that set it."""

    AGENT = 1
    HUMAN = 2
    PRESENTER = 3
    SYSTEM = 4

    @property
    def word(self) -> str:
        """The rank as it is stored in the audit and shown: ``agent``, ``presenter``."""
        return self.name.lower()


class Standing(StrEnum):
    """Whether tools serve a deputy. A ban leaves its token valid: the agent hears the no."""

    NORMAL = "normal"
    BANNED = "banned"


@dataclass(frozen=True, slots=True)
class Human:
    """The person whose authority is used (RFC 6749 section 1.1: resource owner)."""

    id: str
    """128 bits, hexadecimal."""
    name: str
    """As typed at sign-in, or as the identity provider says. Outside text."""
    email: str
    """Outside text, and private: masked wherever an audience can see it."""
    is_verified: bool = False
    """Whether an identity provider vouches for the person."""
    is_admin: bool = False
    """Whether the person holds the permission ``shop:admin``."""


@dataclass(frozen=True, slots=True)
class Agent:
    """The MCP client that acts (RFC 6749 section 1.1: client)."""

    client_id: str
    name: str
    """What the client calls itself at registration: a claim, and outside text."""
    redirect_host: str
    """Where its authorization codes go, as ``host`` or ``host:port``: the fact behind the claim."""


@dataclass(frozen=True, slots=True)
class Deputy:
    """An agent acting under a grant: what a live access token stands for."""

    human: Human
    agent: Agent
    grant_id: str
    consent_id: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Session:
    """One live connection of a deputy, as far as the protocol lets one be told from another."""

    id: str
    """A short digest, fit for the screen. The ``Mcp-Session-Id`` itself is never kept here."""
    agent_name: str
    """``clientInfo.name`` of the MCP handshake: outside text, empty where none was sent."""
    agent_version: str
    """``clientInfo.version``: outside text, empty where none was sent."""
    protocol_version: str
    """The MCP revision in use, as ``2025-11-25``."""


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call, from its arrival."""

    id: str
    tool: str
    session: Session
    started_at_ms: int
    """Milliseconds UTC."""
