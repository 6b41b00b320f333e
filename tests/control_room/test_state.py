from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_shop_console.control_room import state as state_module
from mcp_shop_console.control_room.phrases import outcome_words
from mcp_shop_console.control_room.rows import CallOutcome, CallRow
from mcp_shop_console.control_room.state import RoomState
from mcp_shop_console.model.audit import AuditEntry, AuditKind
from mcp_shop_console.model.deputies import Agent, Deputy, Human, Rank, Session
from mcp_shop_console.model.events import (
    CallFinished,
    CallStarted,
    Event,
    ServerChanged,
    SessionEnded,
    SessionSeen,
    StoreChanged,
)
from tests.control_room.story import (
    ADA,
    ADAS_CLAUDE,
    ADAS_INSPECTOR,
    BOOK,
    CLAUDE_SESSION,
    GRACE,
    GRACES_CLAUDE,
    INSPECTOR_SESSION,
    Story,
    busy_story,
    deputy_of,
)
from tests.requirement import requirement


def told(story: Story) -> RoomState:
    state = RoomState()
    for event in story.events:
        state.apply(event)
    return state


def only_call(state: RoomState) -> CallRow:
    row = state.calls.get(state.calls.end - 1)
    assert row is not None
    return row


def test_a_call_is_in_flight_until_it_is_decided() -> None:
    story = Story()
    story.start(ADAS_CLAUDE, CLAUDE_SESSION, "buyMcpShopItem", BOOK)

    state = told(story)

    assert only_call(state).outcome is CallOutcome.RUNNING
    assert state.has_open_calls


def test_start_entry_and_end_of_one_call_are_one_row() -> None:
    story = Story()
    story.buy(ADAS_CLAUDE, CLAUDE_SESSION, 5)

    state = told(story)

    assert state.call_count == 1
    row = only_call(state)
    assert (row.outcome, row.order_number, row.duration_ms) == (CallOutcome.ANSWERED, 5, 12)
    assert row.arguments == BOOK
    assert not state.has_open_calls


def test_a_row_is_made_of_the_entry_alone_where_nothing_else_is_known() -> None:
    story = Story()
    story.buy(ADAS_CLAUDE, CLAUDE_SESSION, 5)
    history = [event for event in story.events if isinstance(event, AuditEntry)]

    row = only_call(RoomState.rebuilt(history))

    assert (row.tool, row.outcome, row.duration_ms) == (
        "buyMcpShopItem",
        CallOutcome.ANSWERED,
        None,
    )


def test_a_refusal_keeps_its_code() -> None:
    story = Story()
    story.refuse(ADAS_CLAUDE, CLAUDE_SESSION, "permission_denied")

    row = only_call(told(story))

    assert (row.outcome, row.code) == (CallOutcome.REFUSED, "permission_denied")


def test_a_store_failure_is_a_failure_and_no_refusal() -> None:
    story = Story()
    call = story.start(ADAS_CLAUDE, CLAUDE_SESSION, "buyMcpShopItem")
    story.finish(call, code="service_unavailable")

    assert only_call(told(story)).outcome is CallOutcome.FAILED


def test_a_client_that_goes_away_leaves_a_call_that_is_gone() -> None:
    story = Story()
    call = story.start(ADAS_CLAUDE, CLAUDE_SESSION, "buyMcpShopItem")
    story.events.append(CallFinished(call.id, 5, False, "cancelled"))

    assert only_call(told(story)).outcome is CallOutcome.GONE


def test_a_client_that_goes_away_after_its_order_has_ordered() -> None:
    story = Story()
    call = story.start(ADAS_CLAUDE, CLAUDE_SESSION, "buyMcpShopItem")
    story.entry(AuditKind.ORDER_PLACED, ADAS_CLAUDE, call=call, facts={"number": 3, "size": "S"})
    story.events.append(CallFinished(call.id, 5, True, "cancelled"))

    row = only_call(told(story))

    assert (row.outcome, row.order_number) == (CallOutcome.ANSWERED, 3)


def test_a_replayed_order_is_no_new_order() -> None:
    story = Story()
    story.buy(ADAS_CLAUDE, CLAUDE_SESSION, 1)
    call = story.start(ADAS_CLAUDE, CLAUDE_SESSION, "buyMcpShopItem")
    story.entry(AuditKind.ORDER_REPLAYED, ADAS_CLAUDE, call=call, facts={"number": 1, "size": "L"})

    state = told(story)

    assert (state.order_count, len(state.orders)) == (1, 1)
    assert only_call(state).is_replayed


def test_a_session_is_live_until_it_ends() -> None:
    story = Story()
    story.arrival(ADAS_CLAUDE, CLAUDE_SESSION)
    state = told(story)
    assert state.sessions.live_count == 1

    state.apply(SessionEnded(CLAUDE_SESSION.id, story.now_ms))

    (row,) = state.sessions
    assert (state.sessions.live_count, row.live) == (0, frozenset[str]())


def test_a_deputy_known_from_the_audit_is_the_same_row_once_it_connects() -> None:
    story = Story()
    story.entry(AuditKind.CONSENT_APPROVED, ADAS_CLAUDE)
    state = told(story)
    (before,) = state.sessions

    state.apply(SessionSeen(ADAS_CLAUDE, CLAUDE_SESSION, story.now_ms))

    (after,) = state.sessions
    assert after.key == before.key
    assert (after.session.agent_name, after.human, after.consent_id) == (
        "claude-code",
        ADA,
        ADAS_CLAUDE.consent_id,
    )


def test_two_programs_under_one_grant_are_two_rows() -> None:
    story = Story()
    story.arrival(ADAS_CLAUDE, CLAUDE_SESSION)
    story.events.append(SessionSeen(ADAS_CLAUDE, INSPECTOR_SESSION, story.now_ms))

    assert len(told(story).sessions) == 2


def test_two_connections_of_one_program_are_one_row() -> None:
    story = Story()
    story.arrival(ADAS_CLAUDE, CLAUDE_SESSION)
    second = replace(CLAUDE_SESSION, id="s-second")
    story.events.append(SessionSeen(ADAS_CLAUDE, second, story.now_ms))

    state = told(story)

    assert (len(state.sessions), state.sessions.live_count) == (1, 2)


def test_an_agent_that_renames_itself_endlessly_fills_no_screen() -> None:
    state = RoomState()

    for number in range(5_000):
        session = Session(f"s{number}", f"name {number}", "1", "2025-11-25")
        state.apply(SessionSeen(ADAS_CLAUDE, session, number))

    assert len(state.sessions) <= 8


def test_no_flood_of_deputies_makes_more_rows_than_are_kept() -> None:
    state = RoomState()

    for number in range(state_module.MOST_SESSIONS + 50):
        deputy = replace(ADAS_CLAUDE, grant_id=f"grant {number}")
        state.apply(SessionSeen(deputy, replace(CLAUDE_SESSION, id=f"s{number}"), number))

    assert len(state.sessions) == state_module.MOST_SESSIONS
    assert state.sessions.live_count == state_module.MOST_SESSIONS


def test_a_ban_of_a_human_reaches_every_agent_of_theirs_and_nobody_else() -> None:
    story = busy_story()
    story.ban(ADA)
    state = told(story)

    assert state.standings(ADA.id, ADAS_CLAUDE.grant_id).is_banned
    assert state.standings(ADA.id, ADAS_INSPECTOR.grant_id).is_banned
    assert not state.standings(GRACE.id, GRACES_CLAUDE.grant_id).is_banned
    assert state.banned_count == 1


def test_a_ban_of_an_agent_is_of_that_agent_only() -> None:
    story = busy_story()
    story.entry(AuditKind.GRANT_BANNED, ADAS_CLAUDE, actor=Rank.PRESENTER)
    state = told(story)

    assert state.standings(ADA.id, ADAS_CLAUDE.grant_id).is_banned
    assert not state.standings(ADA.id, ADAS_INSPECTOR.grant_id).is_banned


def test_a_pardon_of_an_agent_reaches_its_earlier_grants() -> None:
    story = Story()
    earlier = replace(deputy_of(ADA, ADAS_CLAUDE.agent), grant_id="earlier")
    story.entry(AuditKind.GRANT_BANNED, earlier, actor=Rank.PRESENTER)
    story.entry(AuditKind.GRANT_BANNED, ADAS_CLAUDE, actor=Rank.PRESENTER)
    story.entry(AuditKind.GRANT_PARDONED, ADAS_CLAUDE, actor=Rank.PRESENTER)

    assert told(story).banned_count == 0


@requirement("O21")
def test_a_pardon_undoes_a_ban_as_a_new_entry() -> None:
    story = busy_story()
    story.ban(ADA)
    story.pardon(ADA)
    state = told(story)

    assert not state.standings(ADA.id, ADAS_CLAUDE.grant_id).is_banned
    assert state.head_seq == story.seq


def test_a_ban_keeps_the_highest_rank_that_set_it() -> None:
    story = Story()
    story.ban(ADA)
    story.entry(AuditKind.HUMAN_BANNED, ADAS_CLAUDE, actor=Rank.AGENT)

    assert told(story).standings(ADA.id, "").human_ban is Rank.PRESENTER


def test_a_reset_lifts_every_ban_and_plea() -> None:
    story = busy_story()
    story.ban(ADA)
    story.entry(AuditKind.GRANT_BANNED, GRACES_CLAUDE, actor=Rank.PRESENTER)
    story.plead(ADAS_CLAUDE, CLAUDE_SESSION)
    story.entry(AuditKind.AUTHORITY_RESET, actor=Rank.PRESENTER, facts={"bans": 2, "pleas": 1})
    state = told(story)

    assert (state.banned_count, dict(state.pleas), state.order_count) == (0, {}, 2)


def test_a_revoked_grant_stays_revoked() -> None:
    story = busy_story()
    story.entry(AuditKind.GRANT_REVOKED, ADAS_CLAUDE, actor=Rank.PRESENTER)

    assert told(story).standings(ADA.id, ADAS_CLAUDE.grant_id).is_revoked


def test_a_plea_waits_until_it_is_answered() -> None:
    story = Story()
    story.ban(ADA)
    call = story.plead(ADAS_CLAUDE, CLAUDE_SESSION)
    state = told(story)
    plea = state.next_plea()
    assert plea is not None and plea.human == ADA
    assert only_call(state).outcome is CallOutcome.PLEADING

    story.events.clear()
    story.pardon(ADA)
    story.finish(call, duration_ms=9_000)
    for event in story.events:
        state.apply(event)

    assert state.next_plea() is None
    assert only_call(state).outcome is CallOutcome.ANSWERED


def test_a_plea_outlives_the_call_that_made_it() -> None:
    story = Story()
    story.ban(ADA)
    call = story.plead(ADAS_CLAUDE, CLAUDE_SESSION)
    story.finish(call, code="pardon_requires_human", duration_ms=45_000)
    state = told(story)

    assert state.next_plea() is not None
    assert only_call(state).outcome is CallOutcome.REFUSED


def test_a_second_asker_joins_the_plea() -> None:
    story = Story()
    story.plead(ADAS_CLAUDE, CLAUDE_SESSION)
    call = story.start(ADAS_INSPECTOR, INSPECTOR_SESSION, "prettyPlease")
    story.entry(AuditKind.PLEA_JOINED, ADAS_INSPECTOR, actor=Rank.AGENT, call=call)
    state = told(story)

    (plea,) = state.pleas.values()
    assert plea.asked == 2


def test_the_selected_humans_plea_comes_before_an_older_one() -> None:
    story = Story()
    story.plead(ADAS_CLAUDE, CLAUDE_SESSION)
    story.plead(GRACES_CLAUDE, CLAUDE_SESSION)
    state = told(story)

    graces, oldest = state.next_plea(GRACE.id), state.next_plea("nobody's")
    assert graces is not None and graces.human == GRACE
    assert oldest is not None and oldest.human == ADA


@pytest.mark.parametrize("kind", [AuditKind.CODE_REPLAYED, AuditKind.TOKEN_REUSED])
def test_an_alarm_stays_until_it_is_seen(kind: AuditKind) -> None:
    story = busy_story()
    story.entry(kind, ADAS_CLAUDE, actor=Rank.SYSTEM)
    state = told(story)
    assert len(state.alarms) == 1
    assert state.standings(ADA.id, ADAS_CLAUDE.grant_id).is_revoked

    assert state.see_alarms() == 1

    assert not state.alarms


def test_server_and_store_say_how_they_are() -> None:
    state = RoomState()
    state.apply(ServerChanged(False, "the port is gone", 1))
    state.apply(StoreChanged(False, "the disk is full", 2))

    assert (state.server.works, state.server.reason) == (False, "the port is gone")
    assert (state.store.works, state.store.reason) == (False, "the disk is full")


def test_a_start_of_the_server_ends_what_was_under_way() -> None:
    story = Story()
    story.arrival(ADAS_CLAUDE, CLAUDE_SESSION)
    story.start(ADAS_CLAUDE, CLAUDE_SESSION, "buyMcpShopItem")
    story.entry(AuditKind.SERVER_STARTED, actor=Rank.SYSTEM)
    state = told(story)

    assert state.sessions.live_count == 0
    assert only_call(state).outcome is CallOutcome.GONE


def test_an_entry_that_is_known_changes_nothing() -> None:
    story = busy_story()
    state = told(story)
    entries = [event for event in story.events if isinstance(event, AuditEntry)]

    assert [state.apply(entry) for entry in entries] == [False] * len(entries)
    assert state.order_count == 2


def test_a_gap_in_the_audit_is_noticed() -> None:
    story = Story()
    first, _, third = (story.entry(AuditKind.HUMAN_SIGNED_IN, human=ADA) for _ in range(3))
    state = RoomState()
    assert not state.misses_entries_before(first)

    state.apply(first)

    assert state.misses_entries_before(third)


def test_no_more_calls_are_kept_than_the_log_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_module, "MOST_CALLS", 10)
    story = Story()
    for _ in range(25):
        story.browse(ADAS_CLAUDE, CLAUDE_SESSION)
    state = told(story)

    assert (state.calls.first, state.calls.end) == (15, 25)
    assert state.calls.get(14) is None
    assert state.calls.find("call-1") is None


@requirement("U4")
def test_a_name_of_a_megabyte_is_not_kept() -> None:
    huge = "x" * 1_000_000
    deputy = deputy_of(Human("h", huge, huge), Agent("c", huge, huge))
    story = Story()
    session = Session("s", huge, huge, huge)
    story.arrival(deputy, session)
    story.start(deputy, session, huge, {huge: huge})

    state = told(story)

    (row,) = state.sessions
    call = only_call(state)
    assert row.human is not None and row.agent is not None
    kept = [row.human.name, row.human.email, row.agent.name, row.session.agent_name, call.tool]
    assert max(map(len, [*kept, *call.arguments, *call.arguments.values()])) < 3_000


# Laws that hold for every story.

HUMANS = (ADA, GRACE)
DEPUTIES = (ADAS_CLAUDE, ADAS_INSPECTOR, GRACES_CLAUDE)
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["arrive", "buy", "refuse", "ban", "pardon", "plead", "reset", "leave"]),
        st.integers(0, 2),
    ),
    max_size=30,
)


def story_of(acts: list[tuple[str, int]]) -> Story:
    story = Story()
    for act, who in acts:
        deputy, session = DEPUTIES[who], (CLAUDE_SESSION, INSPECTOR_SESSION)[who % 2]
        play: dict[str, Callable[[], object]] = {
            "arrive": partial(story.arrival, deputy, session),
            "buy": partial(story.buy, deputy, session, story.seq + 1),
            "refuse": partial(story.refuse, deputy, session),
            "ban": partial(story.ban, deputy.human),
            "pardon": partial(story.pardon, deputy.human),
            "plead": partial(plead_in_vain, story, deputy, session),
            "reset": partial(story.entry, AuditKind.AUTHORITY_RESET, actor=Rank.PRESENTER),
            "leave": partial(story.events.append, SessionEnded(session.id, story.now_ms)),
        }
        play[act]()
    return story


def plead_in_vain(story: Story, deputy: Deputy, session: Session) -> None:
    story.finish(story.plead(deputy, session), code="pardon_requires_human")


def outcomes(state: RoomState) -> list[tuple[str, CallOutcome, int | None]]:
    rows = (state.calls.get(serial) for serial in range(state.calls.first, state.calls.end))
    return [(row.id, row.outcome, row.order_number) for row in rows if row]


@given(ACTS)
def test_a_rebuilt_room_knows_what_the_room_knew(acts: list[tuple[str, int]]) -> None:
    story = story_of(acts)
    live = told(story)

    rebuilt = RoomState.rebuilt(event for event in story.events if isinstance(event, AuditEntry))

    for deputy in DEPUTIES:
        ids = deputy.human.id, deputy.grant_id
        assert rebuilt.standings(*ids) == live.standings(*ids)
    assert rebuilt.pleas == live.pleas
    assert [order.number for order in rebuilt.orders] == [order.number for order in live.orders]
    assert (rebuilt.head_seq, rebuilt.head_hash) == (live.head_seq, live.head_hash)
    assert rebuilt.sessions.live_count == 0
    assert not rebuilt.has_open_calls


@given(ACTS)
def test_the_standing_is_what_the_last_word_about_it_says(acts: list[tuple[str, int]]) -> None:
    banned: set[str] = set()
    for act, who in acts:
        human_id = DEPUTIES[who].human.id
        if act == "ban":
            banned.add(human_id)
        elif act == "pardon":
            banned.discard(human_id)
        elif act == "reset":
            banned.clear()

    state = told(story_of(acts))

    assert {human.id for human in HUMANS if state.standings(human.id, "").is_banned} == banned


@given(ACTS.flatmap(lambda acts: st.permutations(story_of(acts).events)))
def test_events_in_any_order_break_nothing(events: list[Event]) -> None:
    state = RoomState()

    for event in events:
        state.apply(event)

    assert len(outcomes(state)) == len({call_id for call_id, _, _ in outcomes(state)})
    assert state.calls.open_count == sum(outcome.is_open for _, outcome, _ in outcomes(state))


def test_a_finish_of_an_unknown_call_is_ignored() -> None:
    state = RoomState()
    state.apply(CallFinished("unknown", 1, False, ""))

    assert state.call_count == 0


def test_a_call_that_starts_twice_is_one_row() -> None:
    story = Story()
    call = story.start(ADAS_CLAUDE, CLAUDE_SESSION, "getUserInfo")
    story.events.append(CallStarted(ADAS_CLAUDE, call, {}))

    assert told(story).call_count == 1


@requirement("N8")
def test_a_flood_of_calls_is_one_row_with_a_count() -> None:
    story, code = Story(), "rate_limit_exceeded"
    call = story.start(ADAS_CLAUDE, CLAUDE_SESSION, "buyMcpShopItem", BOOK)
    refuse = partial(story.entry, AuditKind.CALL_REFUSED, ADAS_CLAUDE, call=call, code=code)
    refuse()
    story.finish(call, code=code)
    assert outcome_words(only_call(told(story)), story.now_ms) == "✗ too many"

    refuse(facts={"count": 50})

    state = told(story)
    assert state.calls.end == 1
    assert outcome_words(only_call(state), story.now_ms) == "✗ 50 calls"
