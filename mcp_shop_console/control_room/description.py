"""What the detail screen says of a row: every fact with its name, masked and safe.

May import model.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo

from mcp_shop_console.control_room.phrases import (
    clock_words,
    counted,
    duration_words,
    outcome_words,
    short_hash,
    short_id,
    shown,
    standing_words,
)
from mcp_shop_console.control_room.privacy import Veil
from mcp_shop_console.control_room.rows import CallRow, OrderRow, SessionRow, Standings
from mcp_shop_console.control_room.safe_text import SafeText, safe_text
from mcp_shop_console.model.audit import AuditEntry
from mcp_shop_console.model.deputies import Agent, Human, Rank, Session

_MOST_CELLS = 1_000


@dataclass(frozen=True, slots=True)
class NamedFact:
    """One line: what it is, and its value."""

    label: SafeText
    text: SafeText
    is_main: bool = False
    short_text: SafeText | None = None
    """What stands for the value where a line has no room for it."""


@dataclass(frozen=True, slots=True)
class Description:
    """A row in full."""

    title: str
    """Our own words only: a title is where a widget takes markup."""
    facts: tuple[NamedFact, ...]


class Describer:
    """Describes rows for one veil, zone and moment."""

    def __init__(self, veil: Veil, zone: tzinfo | None, now_ms: int) -> None:
        self._veil = veil
        self._zone = zone
        self._now_ms = now_ms

    def call(self, row: CallRow, standings: Standings) -> Description:
        facts = [
            self._fact("tool", row.tool, is_main=True),
            self._fact("outcome", outcome_words(row, self._now_ms), is_main=True),
            *([self._fact("refusal code", row.code)] if row.code else []),
            *(self._fact(name, text) for name, text in self._veil.arguments(row.arguments).items()),
            NamedFact(SafeText("at"), clock_words(row.at_ms, self._zone)),
            NamedFact(SafeText("took"), duration_words(row.duration_ms)),
            *self._deputy(row.human, row.agent, standings),
            *self._proof(row.grant_id, row.consent_id, row.entry),
            *self._program(row.session),
            self._fact("call id", row.id),
        ]
        return Description("Call", tuple(facts))

    def session(self, row: SessionRow, standings: Standings) -> Description:
        connections = counted(len(row.live), "connection") if row.live else SafeText("away")
        facts = [
            *self._deputy(row.human, row.agent, standings),
            *self._program(row.session),
            NamedFact(SafeText("now"), connections),
            NamedFact(SafeText("last seen"), clock_words(row.seen_at_ms, self._zone)),
            NamedFact(SafeText("calls"), SafeText(f"{row.calls:,}")),
            *self._proof(row.grant_id, row.consent_id, None),
        ]
        return Description("Session", tuple(facts))

    def order(self, row: OrderRow, standings: Standings) -> Description:
        entry = row.entry
        address = entry.private.get("mailing_address", "")
        facts = [
            self._fact("order", str(row.number), is_main=True),
            self._fact("size", row.size, is_main=True),
            self._fact("company", row.company),
            self._fact("ships to", self._veil.address(address) if address else ""),
            NamedFact(SafeText("at"), clock_words(entry.at_ms, self._zone)),
            *self._deputy(entry.human, entry.agent, standings),
            *self._proof(entry.grant_id, entry.consent_id, entry),
            *(self._program(entry.call.session) if entry.call else ()),
            self._fact("call id", entry.call.id if entry.call else ""),
        ]
        return Description("Order", tuple(facts))

    def _deputy(
        self, human: Human | None, agent: Agent | None, standings: Standings
    ) -> Iterator[NamedFact]:
        if human is not None:
            vouched = "verified" if human.is_verified else "unverified"
            yield self._fact(
                "human", f"{human.name} {short_id(human.id)} ({vouched})", is_main=True
            )
            yield self._fact("e-mail", self._veil.email(human.email))
        if agent is not None:
            yield self._fact("agent", f"{agent.name} (what it calls itself)", is_main=True)
            yield self._fact("answers at", f"{agent.redirect_host} (where its codes go)")
        yield NamedFact(
            SafeText("standing"), SafeText(f"{standing_words(standings)}{_by(standings)}")
        )

    def _program(self, session: Session) -> Iterator[NamedFact]:
        if session.agent_name:
            yield self._fact("client", f"{session.agent_name} {session.agent_version}".strip())
        if session.protocol_version:
            yield self._fact("protocol", f"MCP {session.protocol_version}")

    def _proof(
        self, grant_id: str, consent_id: str, entry: AuditEntry | None
    ) -> Iterator[NamedFact]:
        yield self._fact("grant", grant_id)
        yield self._fact("consent", consent_id)
        if entry is not None:
            name = f"#{entry.seq} {entry.kind.value}  hash "
            yield NamedFact(
                SafeText("audit entry"),
                SafeText(f"{name}{safe_text(entry.hash)}"),
                short_text=SafeText(f"{name}{short_hash(entry.hash)}"),
            )

    def _fact(self, label: str, text: str, *, is_main: bool = False) -> NamedFact:
        return NamedFact(safe_text(label, 24), shown(text, self._veil, _MOST_CELLS), is_main)


def _by(standings: Standings) -> str:
    rank: Rank | None = standings.human_ban or standings.grant_ban
    if rank is None:
        return ""
    is_word_of_ban = standings.human_ban is not None or not standings.is_revoked
    return f" by {rank.word}" if is_word_of_ban else f", agent ban by {rank.word}"
