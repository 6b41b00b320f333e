"""How the control room calls people, agents and calls: short, safe, and never a secret.

May import model and rich.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo

from rich.cells import cell_len

from mcp_shop_console.control_room.privacy import Veil
from mcp_shop_console.control_room.rows import CallOutcome, CallRow, SessionRow, Standings
from mcp_shop_console.control_room.safe_text import NO_TEXT, SafeText, safe_text
from mcp_shop_console.model.deputies import Agent, Human
from mcp_shop_console.model.refusals import RefusalCode

_SHORT_ID_CHARACTERS = 4
_LEAST_NAME_CELLS = 5
"""So much of an agent's name is kept beside what tells it from its namesakes."""
_SHORT_HASH_CHARACTERS = 8
_MASKED_CHARACTERS = 2_500
"""So much of a text is looked through for e-mails and addresses; the rest is only counted."""

_MOST_NAMED_ORDERS = 1_000
"""Larger numbers need the cells of the word."""

_NOES = {
    RefusalCode.BANNED: "BANNED",
    RefusalCode.INVALID_REQUEST: "bad input",
    RefusalCode.IDEMPOTENCY_CONFLICT: "key clash",
    RefusalCode.PERMISSION_DENIED: "no right",
    RefusalCode.PARDON_REQUIRES_HUMAN: "no pardon",
    RefusalCode.RATE_LIMIT_EXCEEDED: "too many",
}


def shown(text: str, veil: Veil, cells: int | None = None) -> SafeText:
    """Outside text as an audience may see it."""
    unseen = max(0, len(text) - _MASKED_CHARACTERS)
    return safe_text(veil.text(text[:_MASKED_CHARACTERS]), cells, unseen=unseen)


def short_id(full_id: str) -> SafeText:
    """The first characters of an id, to tell look-alikes apart: ``#3f2a``."""
    return safe_text(f"#{full_id[:_SHORT_ID_CHARACTERS]}")


def short_hash(full_hash: str) -> SafeText:
    """The first characters of an audit entry's hash, to be compared by eye."""
    return safe_text(full_hash[:_SHORT_HASH_CHARACTERS])


def human_name(human: Human | None, veil: Veil, cells: int = 30) -> SafeText:
    """Name and short id, as ``Ada Lovelace #3f2a``. The id is never what is cut.

    Where that does not fit, the first name stands for the whole: ``Ada… #3f2a``.
    """
    if human is None:
        return safe_text("nobody", cells)
    mark = short_id(human.id)
    room = max(1, cells - len(mark) - 1)
    name = shown(human.name or "(no name)", veil)
    if cell_len(name) > room:
        first, _, rest = name.partition(" ")
        is_short = bool(rest) and cell_len(first) < room
        name = SafeText(f"{first}…") if is_short else shown(human.name, veil, room)
    return SafeText(f"{name} {mark}")


def agent_mark(grant_id: str, hosts: Mapping[str, str], veil: Veil) -> SafeText:
    """What tells an agent from its human's others of that name; empty if it is the only one.

    Its redirect host, of those in ``hosts`` by grant; a short id where another has the same.
    """
    if grant_id not in hosts or len(hosts) == 1:
        return NO_TEXT
    own = shown(hosts[grant_id], veil)
    is_its_own = sum(shown(host, veil) == own for host in hosts.values()) == 1
    return own if is_its_own else short_id(grant_id)


def agent_name(
    agent: Agent | None, veil: Veil, cells: int = 30, mark: SafeText = NO_TEXT
) -> SafeText:
    """What the agent calls itself, and its ``mark`` if it has namesakes: ``Zed localhost:5000``."""
    return _marked((agent.name or "(no name)") if agent else "no agent", veil, cells, mark)


def program_name(row: SessionRow, veil: Veil, cells: int, mark: SafeText) -> SafeText:
    """The client program as it names itself, with its version where there is room."""
    session = row.session
    if not session.agent_name:
        return agent_name(row.agent, veil, cells, mark)
    whole = shown(f"{session.agent_name} {session.agent_version} {mark}".strip(), veil)
    return whole if cell_len(whole) <= cells else _marked(session.agent_name, veil, cells, mark)


def _marked(name: str, veil: Veil, cells: int, mark: SafeText) -> SafeText:
    if not mark:
        return shown(name, veil, cells)
    text = shown(name, veil)
    end = _end_of(mark, max(1, cells - min(_LEAST_NAME_CELLS, cell_len(text)) - 1))
    return SafeText(f"{_start_of(text, max(1, cells - cell_len(end) - 1))} {end}")


def _start_of(text: SafeText, cells: int) -> SafeText:
    if cell_len(text) <= cells:
        return text
    start = text[:cells]
    while cell_len(start) >= cells:
        start = start[:-1]
    return SafeText(f"{start}…")


def _end_of(text: SafeText, cells: int) -> SafeText:
    """The end of a host says most: its port, and whom its name belongs to."""
    if cell_len(text) <= cells:
        return text
    end = text[-cells:]
    while cell_len(end) >= cells:
        end = end[1:]
    return SafeText(f"…{end}")


def standing_words(standings: Standings) -> SafeText:
    """Mark and word of a standing. One of a single agent says so."""
    if standings.human_ban is not None:
        return SafeText("✗ BANNED")
    if standings.is_revoked:
        return SafeText("⊘ revoked")
    return SafeText("✗ agent ban" if standings.grant_ban is not None else "✓ normal")


def outcome_words(row: CallRow, now_ms: int) -> SafeText:
    """Mark and word of how a call went."""
    match row.outcome:
        case CallOutcome.RUNNING:
            return SafeText(f"◌ {duration_words(now_ms - row.at_ms)}")
        case CallOutcome.PLEADING:
            return SafeText(f"♥ {duration_words(now_ms - row.at_ms)}")
        case CallOutcome.ANSWERED if row.order_number is not None:
            mark = "↺" if row.is_replayed else "✓"
            name = "order " if row.order_number < _MOST_NAMED_ORDERS else "#"
            return SafeText(f"{mark} {name}{row.order_number}")
        case CallOutcome.ANSWERED:
            return SafeText("✓ answered")
        case CallOutcome.REFUSED:
            count = row.entry.facts.get("count") if row.entry else None
            return SafeText(f"✗ {count} calls" if count else f"✗ {refusal_words(row.code)}")
        case CallOutcome.FAILED:
            return SafeText("! FAILED")
        case CallOutcome.GONE:
            return SafeText("⌁ gone")


def refusal_words(code: str) -> SafeText:
    known = code in set(RefusalCode) and _NOES.get(RefusalCode(code))
    return SafeText(known) if known else safe_text(code, 11)


def duration_words(duration_ms: int | None) -> SafeText:
    """``12 ms``, ``3.4 s``, ``2 min``."""
    if duration_ms is None:
        return SafeText("")
    duration_ms = max(0, duration_ms)
    if duration_ms < 1_000:
        return SafeText(f"{duration_ms} ms")
    if duration_ms < 100_000:
        return SafeText(f"{duration_ms / 1_000:.1f} s")
    return SafeText(f"{duration_ms // 60_000} min")


def age_words(age_ms: int) -> SafeText:
    """How long ago, roughly: ``now``, ``12 s``, ``3 min``, ``5 h``, ``2 d``."""
    seconds = age_ms // 1_000
    for unit_seconds, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (3, "s")):
        if seconds >= unit_seconds:
            return SafeText(f"{seconds // (1 if unit == 's' else unit_seconds)} {unit}")
    return SafeText("now")


def clock_words(at_ms: int, zone: tzinfo | None) -> SafeText:
    """The time of day in ``zone``, or in this computer's zone if it is None."""
    try:
        at = datetime.fromtimestamp(at_ms / 1_000, tz=UTC).astimezone(zone)
    except (OverflowError, ValueError, OSError):
        return SafeText("--:--:--")
    return SafeText(at.strftime("%H:%M:%S"))


def counted(number: int, noun: str) -> SafeText:
    """``1 call``, ``2 calls``."""
    return SafeText(f"{number:,} {noun}" + ("" if number == 1 else "s"))
