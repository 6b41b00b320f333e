"""What the control room knows: events in, rows and counters out. Pure, no Textual.

May import model.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace

from mcp_shop_console.control_room.call_log import CallLog
from mcp_shop_console.control_room.clipping import (
    clipped,
    clipped_agent,
    clipped_call,
    clipped_entry,
    clipped_human,
    clipped_session,
    clipped_texts,
)
from mcp_shop_console.control_room.rows import (
    UNKNOWN_SESSION,
    CallOutcome,
    CallRow,
    OrderRow,
    Service,
    Standings,
    Target,
    WaitingPlea,
)
from mcp_shop_console.control_room.session_book import SessionBook
from mcp_shop_console.model.audit import ALARMS, AuditEntry, AuditKind, Outcome
from mcp_shop_console.model.deputies import Call, Rank
from mcp_shop_console.model.events import (
    CallFinished,
    CallStarted,
    Event,
    ServerChanged,
    SessionEnded,
    SessionSeen,
    StoreChanged,
)
from mcp_shop_console.model.grants import program_count
from mcp_shop_console.model.refusals import RefusalCode

MOST_CALLS = 2_000
MOST_SESSIONS = 1_000
MOST_ORDERS = 500
MOST_ALARMS = 100
CANCELLED = "cancelled"
"""The code of a finished call whose client went away (model.events.CallFinished)."""

_ORDERS = frozenset({AuditKind.ORDER_PLACED, AuditKind.ORDER_REPLAYED})
_PLEAS = frozenset({AuditKind.PLEA_OPENED, AuditKind.PLEA_JOINED})
_ENDS_OF_GRANTS = frozenset(
    {AuditKind.GRANT_REVOKED, AuditKind.CODE_REPLAYED, AuditKind.TOKEN_REUSED}
)

LiveEvent = CallStarted | CallFinished | SessionSeen | SessionEnded | ServerChanged | StoreChanged
"""Events of what is under way: told once, never stored."""


class RoomState:
    """One reducer for stored entries (the rebuild at start) and for live events."""

    def __init__(self) -> None:
        self.sessions = SessionBook(MOST_SESSIONS)
        self.calls = CallLog(MOST_CALLS)
        self.orders: deque[OrderRow] = deque(maxlen=MOST_ORDERS)
        """The newest orders, oldest first."""
        self.pleas: dict[str, WaitingPlea] = {}
        """The open plea of each human, by the human's id; the oldest first."""
        self.alarms: deque[AuditEntry] = deque(maxlen=MOST_ALARMS)
        """Alarms that the presenter has not seen yet."""
        self.server = Service(works=None)
        self.store = Service(works=None)
        self.order_count = 0
        self.head_seq = 0
        """The newest entry of the audit that has been shown; 0 before the first."""
        self.head_hash = ""
        self.revision = 0
        """Grows with every change."""
        self._earlier_calls = 0
        """Calls of the audit that are too old to be known one by one."""
        self._human_bans: dict[str, Rank] = {}
        self._grant_bans: dict[str, AuditEntry] = {}
        """Of ended grants too: a ban waits for the next grant of its program."""
        self._banned_programs = 0
        self._ended_grants: set[str] = set()

    @classmethod
    def rebuilt(cls, history: Iterable[AuditEntry], call_count: int = 0) -> "RoomState":
        """The state after everything in ``history``, with nobody connected yet.

        ``call_count`` is how many calls there have been; history has the newest only.
        """
        state = cls()
        for entry in history:
            state.apply(entry)
        state._close_everything()
        state.count_calls(call_count)
        return state

    def count_calls(self, call_count: int) -> None:
        """Note how many calls there have been, of which not all are known one by one."""
        self._earlier_calls = max(self._earlier_calls, call_count - self.calls.end)

    def apply(self, event: Event) -> bool:
        """Take in one event. False if it is an entry that was known already."""
        if isinstance(event, AuditEntry):
            if event.seq <= self.head_seq:
                return False
            self._record(clipped_entry(event))
        else:
            self._note(event)
        self.revision += 1
        return True

    def misses_entries_before(self, event: Event) -> bool:
        """Whether entries of the audit got lost between what is known and ``event``."""
        return isinstance(event, AuditEntry) and self.head_seq + 1 < event.seq

    def standings(self, human_id: str, grant_id: str) -> Standings:
        grant_ban = self._grant_bans.get(grant_id)
        return Standings(
            human_ban=self._human_bans.get(human_id),
            grant_ban=grant_ban.actor if grant_ban else None,
            is_revoked=grant_id in self._ended_grants,
        )

    @property
    def banned_count(self) -> int:
        """How many bans stand, of humans and of single agents: as a reset counts them."""
        return len(self._human_bans) + self._banned_programs

    def namesakes(self, target: Target) -> Mapping[str, str]:
        """By live grant, the redirect hosts of this human's agents of this name."""
        hosts = self.sessions.hosts(target.human, target.agent)
        return {grant: host for grant, host in hosts.items() if grant not in self._ended_grants}

    @property
    def call_count(self) -> int:
        return self._earlier_calls + self.calls.end

    @property
    def has_open_calls(self) -> bool:
        return self.calls.open_count > 0

    def next_plea(self, selected: Target | None) -> WaitingPlea | None:
        """The plea that ``p`` answers: the selected human's, else the one that waits longest."""
        human_id = selected.human.id if selected and selected.human else ""
        return self.pleas.get(human_id) or next(iter(self.pleas.values()), None)

    def _note(self, event: LiveEvent) -> None:
        match event:
            case CallStarted():
                self._start(event)
            case CallFinished():
                self._finish(event)
            case SessionSeen():
                self._see(event)
            case SessionEnded():
                self.sessions.end(event.session_id)
            case ServerChanged():
                self.server = Service(event.is_listening, clipped(event.reason))
                if not event.is_listening:
                    self._close_everything()
            case StoreChanged():
                self.store = Service(event.is_available, clipped(event.reason))

    def _start(self, event: CallStarted) -> None:
        if self.calls.find(event.call.id) is not None:
            return
        call, deputy = clipped_call(event.call), event.deputy
        row = CallRow(
            serial=self.calls.end,
            id=call.id,
            at_ms=call.started_at_ms,
            tool=call.tool,
            human=clipped_human(deputy.human),
            agent=clipped_agent(deputy.agent),
            grant_id=deputy.grant_id,
            consent_id=deputy.consent_id,
            session=call.session,
            arguments=clipped_texts(event.arguments),
        )
        self._add_call(row, is_live=True)

    def _finish(self, event: CallFinished) -> None:
        row = self.calls.find(event.call_id)
        if row is not None:
            outcome = _outcome_at_end(row, event)
            code = event.code if outcome in (CallOutcome.REFUSED, CallOutcome.FAILED) else row.code
            self.calls.replace(
                replace(row, outcome=outcome, code=code, duration_ms=event.duration_ms)
            )

    def _see(self, event: SessionSeen) -> None:
        deputy = event.deputy
        key = self.sessions.meet(
            clipped_human(deputy.human),
            clipped_agent(deputy.agent),
            deputy.grant_id,
            deputy.consent_id,
            clipped_session(event.session),
            event.at_ms,
        )
        self.sessions.connect(key, event.session.id)

    def _add_call(self, row: CallRow, *, is_live: bool) -> None:
        self.calls.add(row)
        key = self.sessions.meet(
            row.human, row.agent, row.grant_id, row.consent_id, row.session, row.at_ms
        )
        self.sessions.count_call(key)
        if is_live:
            self.sessions.connect(key, row.session.id)

    def _record(self, entry: AuditEntry) -> None:
        self.head_seq, self.head_hash = entry.seq, entry.hash
        self._record_standing(entry)
        self._record_plea(entry)
        self._record_alarm(entry)
        if entry.call is not None:
            self._record_call(entry, entry.call)
        elif entry.grant_id:
            self.sessions.meet(
                entry.human,
                entry.agent,
                entry.grant_id,
                entry.consent_id,
                UNKNOWN_SESSION,
                entry.at_ms if entry.actor <= Rank.HUMAN else 0,
            )
        if entry.kind is AuditKind.ORDER_PLACED:
            self._record_order(entry)
        if entry.kind is AuditKind.SERVER_STARTED:
            self._close_everything()

    def _record_standing(self, entry: AuditEntry) -> None:
        human_id = entry.human.id if entry.human else ""
        match entry.kind:
            case AuditKind.HUMAN_BANNED:
                known = self._human_bans.get(human_id, entry.actor)
                self._human_bans[human_id] = max(entry.actor, known)
            case AuditKind.HUMAN_PARDONED:
                self._human_bans.pop(human_id, None)
            case AuditKind.GRANT_BANNED | AuditKind.GRANT_PARDONED:
                self._record_grant_ban(entry)
            case AuditKind.AUTHORITY_RESET:
                self._human_bans.clear()
                self._grant_bans.clear()
                self._banned_programs = 0
            case _ if entry.kind in _ENDS_OF_GRANTS and entry.grant_id:
                self._ended_grants.add(entry.grant_id)
            case _:
                pass

    def _record_grant_ban(self, entry: AuditEntry) -> None:
        if entry.kind is AuditKind.GRANT_BANNED:
            self._grant_bans[entry.grant_id] = entry
        else:
            self._grant_bans.pop(entry.grant_id, None)
        self._banned_programs = program_count(
            (ban.human.id, ban.agent)
            for ban in self._grant_bans.values()
            if ban.human and ban.agent
        )

    def _record_alarm(self, entry: AuditEntry) -> None:
        if entry.kind in ALARMS:
            self.alarms.append(entry)
        if entry.kind is AuditKind.ALARMS_SEEN:
            while self.alarms and self.alarms[0].seq <= _number(entry, "up_to"):
                self.alarms.popleft()

    def _record_plea(self, entry: AuditEntry) -> None:
        if entry.kind is AuditKind.AUTHORITY_RESET:
            self.pleas.clear()
        if entry.human is None:
            return
        if entry.kind is AuditKind.HUMAN_PARDONED:
            self.pleas.pop(entry.human.id, None)
        if entry.kind in _PLEAS:
            known = self.pleas.get(entry.human.id)
            self.pleas[entry.human.id] = (
                replace(known, asked=known.asked + 1)
                if known
                else WaitingPlea(entry.human, entry.agent, entry.grant_id, entry.at_ms, entry.seq)
            )

    def _record_call(self, entry: AuditEntry, call: Call) -> None:
        row = self.calls.find(call.id)
        if row is None:
            row = _call_from(entry, call, self.calls.end)
            self._add_call(row, is_live=False)
        number = _number(entry, "number") if entry.kind in _ORDERS else None
        self.calls.replace(
            replace(
                row,
                outcome=_outcome_of(entry),
                code=entry.code,
                order_number=number or row.order_number,
                is_replayed=entry.kind is AuditKind.ORDER_REPLAYED,
                entry=entry,
            )
        )

    def _record_order(self, entry: AuditEntry) -> None:
        number = _number(entry, "number")
        self.order_count = max(self.order_count + 1, number)
        self.orders.append(
            OrderRow(
                key=f"order-{entry.seq}",
                number=number or self.order_count,
                size=str(entry.facts.get("size", "")),
                company=entry.private.get("company", str(entry.facts.get("company", ""))),
                entry=entry,
            )
        )

    def _close_everything(self) -> None:
        """A call or connection of a process that is gone is gone with it."""
        self.sessions.end_all()
        self.calls.close_all()


def _call_from(entry: AuditEntry, call: Call, serial: int) -> CallRow:
    return CallRow(
        serial=serial,
        id=call.id,
        at_ms=call.started_at_ms,
        tool=call.tool,
        human=entry.human,
        agent=entry.agent,
        grant_id=entry.grant_id,
        consent_id=entry.consent_id,
        session=call.session,
    )


def _number(entry: AuditEntry, fact: str) -> int:
    number = entry.facts.get(fact)
    return number if isinstance(number, int) else 0


def _outcome_of(entry: AuditEntry) -> CallOutcome:
    if entry.kind in _PLEAS:
        return CallOutcome.PLEADING
    if entry.outcome is Outcome.ALLOWED:
        return CallOutcome.ANSWERED
    return _no(entry.code)


def _outcome_at_end(row: CallRow, event: CallFinished) -> CallOutcome:
    if event.code == CANCELLED:
        return CallOutcome.GONE if row.outcome.is_open else row.outcome
    return _no(event.code) if event.is_error else CallOutcome.ANSWERED


def _no(code: str) -> CallOutcome:
    is_failure = code in ("", RefusalCode.SERVICE_UNAVAILABLE)
    return CallOutcome.FAILED if is_failure else CallOutcome.REFUSED
