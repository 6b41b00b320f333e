"""What the room knows follows from the events alone, and from the audit alone after a restart."""

from collections.abc import Callable
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from mcp_shop_console.control_room.rows import CallOutcome
from mcp_shop_console.control_room.state import RoomState
from mcp_shop_console.model.audit import AuditEntry, AuditKind
from mcp_shop_console.model.deputies import Deputy, Rank, Session
from mcp_shop_console.model.events import Event, ServerChanged, SessionEnded, StoreChanged
from tests.control_room.story import (
    ADA,
    ADAS_CLAUDE,
    ADAS_INSPECTOR,
    CLAUDE_SESSION,
    GRACE,
    GRACES_CLAUDE,
    INSPECTOR_SESSION,
    Story,
    busy_story,
    told,
)
from tests.requirement import requirement


def test_server_and_store_say_how_they_are() -> None:
    state = RoomState()
    state.apply(ServerChanged(False, "the port is gone", 1))
    state.apply(StoreChanged(False, "the disk is full", 2))

    assert (state.server.works, state.server.reason) == (False, "the port is gone")
    assert (state.store.works, state.store.reason) == (False, "the disk is full")


@requirement("U10")
def test_a_server_that_died_leaves_no_session_and_no_open_call() -> None:
    story = busy_story()
    story.start(ADAS_CLAUDE, CLAUDE_SESSION, "buyMcpShopItem")
    state = told(story)
    assert (state.sessions.live_count, state.has_open_calls) == (3, True)

    state.apply(ServerChanged(False, "it died", story.now_ms))

    assert (state.sessions.live_count, state.has_open_calls) == (0, False)


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


# Laws that hold for every story.

HUMANS = (ADA, GRACE)

DEPUTIES = (ADAS_CLAUDE, ADAS_INSPECTOR, GRACES_CLAUDE)

ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *("arrive", "buy", "refuse", "ban", "pardon", "plead", "reset", "leave"),
                *("ban agent", "pardon agent", "revoke"),
            ]
        ),
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
            "ban agent": partial(story.entry, AuditKind.GRANT_BANNED, deputy, actor=Rank.PRESENTER),
            "pardon agent": partial(
                story.entry, AuditKind.GRANT_PARDONED, deputy, actor=Rank.PRESENTER
            ),
            "revoke": partial(story.entry, AuditKind.GRANT_REVOKED, deputy, actor=Rank.PRESENTER),
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
    assert rebuilt.banned_count == live.banned_count
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
