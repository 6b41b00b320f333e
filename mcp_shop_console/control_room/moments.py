"""Moments: what of the audit deserves one big line on the stage, and in which words.

May import model.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from mcp_shop_console.control_room.phrases import (
    age_words,
    counted,
    refusal_words,
    shown,
)
from mcp_shop_console.control_room.privacy import Veil
from mcp_shop_console.control_room.rows import Target, WaitingPlea
from mcp_shop_console.control_room.safe_text import NO_TEXT, SafeText
from mcp_shop_console.control_room.sentence import (
    AgentName,
    HumanName,
    Part,
    Sentence,
    deputy,
    whole,
)
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
    sentence: Sentence
    tone: Tone
    weight: Weight
    seq: int = 0
    """The audit entry it tells of; 0 if it tells of none."""

    @property
    def text(self) -> SafeText:
        """The sentence where there is room for it."""
        return whole(self.sentence)


def moment_of(entry: AuditEntry, mark: SafeText = NO_TEXT) -> Moment | None:
    """The moment of an audit entry; None if it makes no noise.

    ``mark`` tells its agent from the human's others of that name.
    """
    match entry.kind:
        case AuditKind.ORDER_PLACED | AuditKind.CALL_REFUSED:
            return _of_traffic(entry)
        case (
            AuditKind.HUMAN_SIGNED_IN
            | AuditKind.ADMIN_REMOVED
            | AuditKind.CONSENT_APPROVED
            | AuditKind.CONSENT_DENIED
            | AuditKind.CONSENT_REFUSED
        ):
            return _of_people(entry)
        case AuditKind.CODE_REPLAYED | AuditKind.TOKEN_REUSED | AuditKind.CLOCK_JUMPED:
            return _moment("▲", "ALARM", alarm_sentence(entry), Tone.BAD, Weight.AUTHORITY, entry)
        case AuditKind.CLIENT_REMOVED | AuditKind.REQUEST_REFUSED:
            return _of_strangers(entry)
        case _:
            return _of_bans(entry, mark) or _of_pardons(entry, mark)


def alarm_sentence(entry: AuditEntry) -> Sentence:
    """What an alarm is about."""
    if entry.kind is AuditKind.CLOCK_JUMPED:
        by_ms = _number(entry.facts.get("by_ms"))
        way = "ahead" if by_ms > 0 else "back"
        return (f"this computer's clock was set {way} by {age_words(abs(by_ms))}, ours not",)
    is_code = entry.kind is AuditKind.CODE_REPLAYED
    what = "code came twice: " if is_code else "refresh token reused: "
    return what, *_deputy(entry), " is revoked"


def plea_moment(plea: WaitingPlea, others: int) -> Moment:
    """The plea that ``p`` answers now: only its line may name the key."""
    more = f" ({others} more wait)" if others else ""
    sentence = *deputy(plea.human, plea.agent), f" asks for pardon: press p{more}"
    return Moment("♥", "PRETTY PLEASE", sentence, Tone.PLEA, Weight.AUTHORITY, plea.seq)


def nothing_to(act: str) -> Moment:
    """A key that found nothing to act on."""
    return Moment(
        "○",
        f"Nothing to {act}",
        ("select a session, a call or an order first",),
        Tone.CALM,
        Weight.ANSWER,
    )


def said(mark: str, word: str, *sentence: Part, tone: Tone = Tone.CALM) -> Moment:
    """What a key of the presenter did."""
    return Moment(mark, word, sentence, tone, Weight.ANSWER)


def failed(why: str) -> Moment:
    return said("✗", "FAILED, nothing changed", why, tone=Tone.BAD)


def human_of(target: Target) -> Sentence:
    """Whom a key hits that reaches every agent of a human."""
    return (HumanName(target.human),)


def agent_of(target: Target, mark: SafeText) -> Sentence:
    """Whom a key hits that reaches one agent only."""
    return deputy(target.human, target.agent, mark)


def _of_traffic(entry: AuditEntry) -> Moment:
    tool = shown(entry.call.tool if entry.call else "", _VEIL, 24)
    whom = _deputy(entry)
    if entry.kind is AuditKind.ORDER_PLACED:
        ordered = *whom, f" ordered size {shown(_fact(entry, 'size'), _VEIL, 4)}"
        word = f"ORDER {_fact(entry, 'number')}"
        return _moment("✓", word, ordered, Tone.GOOD, Weight.ORDER, entry)
    times = f", and on: {count} times" if (count := entry.facts.get("count")) else ""
    called = f"{refusal_words(entry.code)}: ", *whom, f" called {tool}{times}"
    return _moment("✗", "REFUSED", called, Tone.BAD, Weight.REFUSAL, entry)


def _of_people(entry: AuditEntry) -> Moment:
    human, agent = HumanName(entry.human), AgentName(entry.agent)
    match entry.kind:
        case AuditKind.HUMAN_SIGNED_IN:
            vouched = "verified" if entry.human and entry.human.is_verified else "unverified"
            words = human, f" ({vouched})"
            return _moment("●", "SIGNED IN", words, Tone.NEWS, Weight.PEOPLE, entry)
        case AuditKind.ADMIN_REMOVED:
            words = human, " no longer holds shop:admin"
            return _moment("◇", "ADMIN NO MORE", words, Tone.WARNING, Weight.PEOPLE, entry)
        case AuditKind.CONSENT_APPROVED:
            host = shown(entry.agent.redirect_host if entry.agent else "", _VEIL, 30)
            words = human, " deputized ", agent, f" at {host}"
            return _moment("◆", "CONSENT", words, Tone.NEWS, Weight.PEOPLE, entry)
        case AuditKind.CONSENT_DENIED:
            words = human, " said no to ", agent
            return _moment("◇", "CONSENT DENIED", words, Tone.WARNING, Weight.PEOPLE, entry)
        case _:
            words = human, " is banned and can deputize nobody"
            return _moment("✗", "CONSENT REFUSED", words, Tone.BAD, Weight.PEOPLE, entry)


def _of_strangers(entry: AuditEntry) -> Moment | None:
    """Of a flood one line; of an agent that left, its name. What expires unused, nobody misses."""
    if entry.facts.get("status") in _FLOODS:
        requests = counted(_number(entry.facts.get("count")), "request")
        reason = shown(_fact(entry, "reason").replace("_", " "), _VEIL, 30)
        words = (f"{requests} turned away: {reason}",)
        return _moment("▲", "FLOOD", words, Tone.WARNING, Weight.REFUSAL, entry)
    if entry.facts.get("reason") == "asked":
        gone = AgentName(entry.agent), " removed its registration"
        return _moment("◇", "AGENT GONE", gone, Tone.NEWS, Weight.PEOPLE, entry)
    return None


def _of_bans(entry: AuditEntry, mark: SafeText) -> Moment | None:
    by = "" if entry.actor is Rank.PRESENTER else f", by {entry.actor.word}"
    match entry.kind:
        case AuditKind.HUMAN_BANNED:
            words = HumanName(entry.human), f": every agent, every session{by}"
            return _moment("✗", "BANNED", words, Tone.BAD, Weight.AUTHORITY, entry)
        case AuditKind.GRANT_BANNED:
            inherited = ", as before" if entry.facts.get("is_inherited") else by
            words = *_deputy(entry, mark), f": this agent only{inherited}"
            return _moment("✗", "AGENT BANNED", words, Tone.BAD, Weight.AUTHORITY, entry)
        case AuditKind.GRANT_REVOKED:
            words = *_deputy(entry, mark), f": the grant is over{by}"
            return _moment("⊘", "REVOKED", words, Tone.WARNING, Weight.AUTHORITY, entry)
        case _:
            return None


def _of_pardons(entry: AuditEntry, mark: SafeText) -> Moment | None:
    by = "" if entry.actor is Rank.PRESENTER else f", by {entry.actor.word}"
    match entry.kind:
        case AuditKind.PLEA_OPENED:
            words = *_deputy(entry), " asks for pardon"
            return _moment("♥", "PRETTY PLEASE", words, Tone.PLEA, Weight.AUTHORITY, entry)
        case AuditKind.HUMAN_PARDONED:
            words = HumanName(entry.human), f" may shop again{by}"
            return _moment("✓", "PARDONED", words, Tone.GOOD, Weight.AUTHORITY, entry)
        case AuditKind.GRANT_PARDONED:
            words = *_deputy(entry, mark), f" may shop again{by}"
            return _moment("✓", "AGENT PARDONED", words, Tone.GOOD, Weight.AUTHORITY, entry)
        case AuditKind.AUTHORITY_RESET:
            bans, pleas = _number(entry.facts.get("bans")), _number(entry.facts.get("pleas"))
            text = f"{counted(bans, 'ban')} lifted, {counted(pleas, 'plea')} closed; orders stay"
            return _moment("↺", "RESET", (text,), Tone.GOOD, Weight.AUTHORITY, entry)
        case _:
            return None


def _moment(
    mark: str, word: str, sentence: Sentence, tone: Tone, weight: Weight, entry: AuditEntry
) -> Moment:
    return Moment(mark, word, sentence, tone, weight, entry.seq)


def _deputy(entry: AuditEntry, mark: SafeText = NO_TEXT) -> Sentence:
    return deputy(entry.human, entry.agent, mark)


def _fact(entry: AuditEntry, name: str) -> str:
    return str(entry.facts.get(name, "?"))


def _number(fact: Fact | None) -> int:
    return fact if isinstance(fact, int) else 0
