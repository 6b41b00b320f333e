"""Moments: what of the audit deserves one big line on the stage, and in which words.

May import model.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from mcp_shop_console.control_room.phrases import (
    age_words,
    agent_name,
    counted,
    deputy_name,
    human_name,
    refusal_words,
    shown,
)
from mcp_shop_console.control_room.privacy import Veil
from mcp_shop_console.control_room.rows import Target, WaitingPlea
from mcp_shop_console.control_room.safe_text import SafeText
from mcp_shop_console.model.audit import AuditEntry, AuditKind, Fact
from mcp_shop_console.model.deputies import Rank

_FLOODS = frozenset({429, 503})
"""What is answered to too many requests, and to too many sockets."""
_VEIL = Veil()
"""A moment is for everyone in the hall: it is always masked."""


class Tone(StrEnum):
    """The colour of a moment. Its mark and its word say the same without colour."""

    CALM = "calm"
    NEWS = "news"
    GOOD = "good"
    BAD = "bad"
    WARNING = "warning"
    PLEA = "plea"


class Weight(IntEnum):
    """Which moment yields to which."""

    ORDER = 1
    REFUSAL = 2
    PEOPLE = 3
    """Sign-ins and consents."""
    AUTHORITY = 4
    """Bans, pardons, pleas, alarms."""
    ANSWER = 5
    """What a key of the presenter did."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One big line: mark, word, and whom it is about."""

    mark: str
    word: str
    text: SafeText
    tone: Tone
    weight: Weight
    seq: int = 0
    """The audit entry it tells of; 0 if it tells of none."""


def moment_of(entry: AuditEntry) -> Moment | None:
    """The moment of an audit entry; None if it makes no noise."""
    match entry.kind:
        case AuditKind.ORDER_PLACED | AuditKind.CALL_REFUSED:
            return _of_traffic(entry)
        case (
            AuditKind.HUMAN_SIGNED_IN
            | AuditKind.CONSENT_APPROVED
            | AuditKind.CONSENT_DENIED
            | AuditKind.CONSENT_REFUSED
        ):
            return _of_people(entry)
        case AuditKind.CODE_REPLAYED | AuditKind.TOKEN_REUSED | AuditKind.CLOCK_JUMPED:
            return _moment("▲", "ALARM", alarm_words(entry), Tone.BAD, Weight.AUTHORITY, entry)
        case AuditKind.CLIENT_REMOVED | AuditKind.REQUEST_REFUSED:
            return _of_strangers(entry)
        case _:
            return _of_bans(entry) or _of_pardons(entry)


def alarm_words(entry: AuditEntry) -> SafeText:
    """What an alarm is about, in a sentence."""
    if entry.kind is AuditKind.CLOCK_JUMPED:
        by_ms = _number(entry.facts.get("by_ms"))
        way = "ahead" if by_ms > 0 else "back"
        return SafeText(f"this computer's clock was set {way} by {age_words(abs(by_ms))}, ours not")
    what = (
        "an authorization code came twice"
        if entry.kind is AuditKind.CODE_REPLAYED
        else "an old refresh token came again"
    )
    return SafeText(f"{what}: {_deputy(entry)} is revoked")


def plea_moment(plea: WaitingPlea, others: int) -> Moment:
    """What the spotlight rests on while nothing else happens and a plea waits."""
    more = f" ({others} more wait)" if others else ""
    whom = deputy_name(plea.human, plea.agent, _VEIL)
    text = SafeText(f"{whom} asks for pardon: press p{more}")
    return Moment("♥", "PRETTY PLEASE", text, Tone.PLEA, Weight.AUTHORITY)


def nothing_to(act: str) -> Moment:
    """A key that found nothing to act on."""
    return Moment(
        "○",
        f"Nothing to {act}",
        SafeText("select a session, a call or an order first"),
        Tone.CALM,
        Weight.ANSWER,
    )


def said(mark: str, word: str, text: str, tone: Tone = Tone.CALM) -> Moment:
    """What a key of the presenter did. ``text`` is our own or safe already."""
    return Moment(mark, word, SafeText(text), tone, Weight.ANSWER)


def failed(why: str) -> Moment:
    return said("✗", "FAILED, nothing changed", why, Tone.BAD)


def target_words(target: Target, *, is_agent_only: bool = False) -> SafeText:
    """Whom a key hits."""
    if is_agent_only:
        return deputy_name(target.human, target.agent, _VEIL)
    return human_name(target.human, _VEIL)


def _of_traffic(entry: AuditEntry) -> Moment:
    tool = shown(entry.call.tool if entry.call else "", _VEIL, 24)
    if entry.kind is AuditKind.ORDER_PLACED:
        text = SafeText(f"{_deputy(entry)} ordered size {shown(_fact(entry, 'size'), _VEIL, 4)}")
        word = f"ORDER {_fact(entry, 'number')}"
        return _moment("✓", word, text, Tone.GOOD, Weight.ORDER, entry)
    times = f", and on: {count} times" if (count := entry.facts.get("count")) else ""
    text = SafeText(f"{refusal_words(entry.code)}: {_deputy(entry)} called {tool}{times}")
    return _moment("✗", "REFUSED", text, Tone.BAD, Weight.REFUSAL, entry)


def _of_people(entry: AuditEntry) -> Moment:
    human = human_name(entry.human, _VEIL)
    match entry.kind:
        case AuditKind.HUMAN_SIGNED_IN:
            vouched = "verified" if entry.human and entry.human.is_verified else "unverified"
            text = SafeText(f"{human} ({vouched})")
            return _moment("●", "SIGNED IN", text, Tone.NEWS, Weight.PEOPLE, entry)
        case AuditKind.CONSENT_APPROVED:
            host = shown(entry.agent.redirect_host if entry.agent else "", _VEIL, 30)
            text = SafeText(f"{human} deputized {agent_name(entry.agent, _VEIL)} at {host}")
            return _moment("◆", "CONSENT", text, Tone.NEWS, Weight.PEOPLE, entry)
        case AuditKind.CONSENT_DENIED:
            text = SafeText(f"{human} said no to {agent_name(entry.agent, _VEIL)}")
            return _moment("◇", "CONSENT DENIED", text, Tone.WARNING, Weight.PEOPLE, entry)
        case _:
            text = SafeText(f"{human} is banned and can deputize nobody")
            return _moment("✗", "CONSENT REFUSED", text, Tone.BAD, Weight.PEOPLE, entry)


def _of_strangers(entry: AuditEntry) -> Moment | None:
    """Of a flood one line; of an agent that left, its name. What expires unused, nobody misses."""
    if entry.facts.get("status") in _FLOODS:
        requests = counted(_number(entry.facts.get("count")), "request")
        reason = shown(_fact(entry, "reason").replace("_", " "), _VEIL, 30)
        text = SafeText(f"{requests} turned away: {reason}")
        return _moment("▲", "FLOOD", text, Tone.WARNING, Weight.REFUSAL, entry)
    if entry.facts.get("reason") == "asked":
        text = SafeText(f"{agent_name(entry.agent, _VEIL)} removed its registration")
        return _moment("◇", "AGENT GONE", text, Tone.NEWS, Weight.PEOPLE, entry)
    return None


def _of_bans(entry: AuditEntry) -> Moment | None:
    by = "" if entry.actor is Rank.PRESENTER else f", by {entry.actor.word}"
    match entry.kind:
        case AuditKind.HUMAN_BANNED:
            text = SafeText(f"{human_name(entry.human, _VEIL)}: every agent, every session{by}")
            return _moment("✗", "BANNED", text, Tone.BAD, Weight.AUTHORITY, entry)
        case AuditKind.GRANT_BANNED:
            inherited = ", as before" if entry.facts.get("is_inherited") else by
            text = SafeText(f"{_deputy(entry)}: this agent only{inherited}")
            return _moment("✗", "AGENT BANNED", text, Tone.BAD, Weight.AUTHORITY, entry)
        case AuditKind.GRANT_REVOKED:
            text = SafeText(f"{_deputy(entry)}: the grant is over{by}")
            return _moment("⊘", "REVOKED", text, Tone.WARNING, Weight.AUTHORITY, entry)
        case _:
            return None


def _of_pardons(entry: AuditEntry) -> Moment | None:
    by = "" if entry.actor is Rank.PRESENTER else f", by {entry.actor.word}"
    match entry.kind:
        case AuditKind.PLEA_OPENED:
            text = SafeText(f"{_deputy(entry)} asks for pardon: press p")
            return _moment("♥", "PRETTY PLEASE", text, Tone.PLEA, Weight.AUTHORITY, entry)
        case AuditKind.HUMAN_PARDONED:
            text = SafeText(f"{human_name(entry.human, _VEIL)} may shop again{by}")
            return _moment("✓", "PARDONED", text, Tone.GOOD, Weight.AUTHORITY, entry)
        case AuditKind.GRANT_PARDONED:
            text = SafeText(f"{_deputy(entry)} may shop again{by}")
            return _moment("✓", "AGENT PARDONED", text, Tone.GOOD, Weight.AUTHORITY, entry)
        case AuditKind.AUTHORITY_RESET:
            bans, pleas = _number(entry.facts.get("bans")), _number(entry.facts.get("pleas"))
            text = f"{counted(bans, 'ban')} lifted, {counted(pleas, 'plea')} closed; orders stay"
            return _moment("↺", "RESET", SafeText(text), Tone.GOOD, Weight.AUTHORITY, entry)
        case _:
            return None


def _moment(
    mark: str, word: str, text: SafeText, tone: Tone, weight: Weight, entry: AuditEntry
) -> Moment:
    return Moment(mark, word, text, tone, weight, entry.seq)


def _deputy(entry: AuditEntry) -> SafeText:
    return deputy_name(entry.human, entry.agent, _VEIL)


def _fact(entry: AuditEntry, name: str) -> str:
    return str(entry.facts.get(name, "?"))


def _number(fact: Fact | None) -> int:
    return fact if isinstance(fact, int) else 0
