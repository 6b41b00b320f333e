"""Grants: a human's deputization of an agent, and the consent it rests on.

May import the standard library only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from mcp_shop_console.model.deputies import Agent

_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Consent:
    """What a human read and agreed to."""

    id: str
    text: str
    """The words of the page, as they were shown."""
    text_sha256: str
    """Hexadecimal."""
    at_ms: int


@dataclass(frozen=True, slots=True)
class Grant:
    """One human's deputization of one agent (RFC 6749 section 1.3: authorization grant)."""

    id: str
    human_id: str
    agent: Agent
    redirect_uri: str
    scopes: frozenset[str]
    consent_id: str
    created_at_ms: int
    ended_at_ms: int | None = None
    """When it was revoked; None while it lives."""


def is_same_program(one: Agent, other: Agent) -> bool:
    """Whether two registrations look like one program: the same client, or host and name.

    The port does not count: a program on this computer takes another one each time (RFC 8252
    section 7.3), and elsewhere it would be a way around the ban of a grant.
    """
    if one.client_id == other.client_id:
        return True
    return one.name == other.name and _host(one) == _host(other)


def program_count(agents: Iterable[tuple[str, Agent]]) -> int:
    """How many programs these are, each given with its human's id, by ``is_same_program``."""
    first_of: dict[tuple[str, ...], tuple[str, ...]] = {}

    def first(key: tuple[str, ...]) -> tuple[str, ...]:
        while (earlier := first_of.setdefault(key, key)) != key:
            key = earlier
        return key

    for human_id, agent in agents:
        of_client = first((human_id, agent.client_id))
        first_of[of_client] = first((human_id, agent.name, _host(agent)))
    return sum(key == earlier for key, earlier in first_of.items())


def _host(agent: Agent) -> str:
    try:
        hostname = urlsplit(f"//{agent.redirect_host}").hostname
    except ValueError:
        hostname = None
    host = (hostname or agent.redirect_host).rstrip(".")
    return "loopback" if host in _LOOPBACK_HOSTS else host
