"""A row for each grant and program, bounded in number and length, and which of them are live."""

from dataclasses import replace

from mcp_shop_console.control_room import state as state_module
from mcp_shop_console.control_room.rows import CallOutcome
from mcp_shop_console.control_room.state import RoomState
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Agent, Human, Rank, Session
from mcp_shop_console.model.events import SessionEnded, SessionSeen
from tests.control_room.story import (
    ADA,
    ADAS_CLAUDE,
    CLAUDE_SESSION,
    INSPECTOR_SESSION,
    Story,
    deputy_of,
    newest_call,
    told,
)
from tests.requirement import requirement


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
    call = newest_call(state)
    assert row.human is not None and row.agent is not None
    kept = [row.human.name, row.human.email, row.agent.name, row.session.agent_name, call.tool]
    assert max(map(len, [*kept, *call.arguments, *call.arguments.values()])) < 3_000


def test_a_start_of_the_server_ends_what_was_under_way() -> None:
    story = Story()
    story.arrival(ADAS_CLAUDE, CLAUDE_SESSION)
    story.start(ADAS_CLAUDE, CLAUDE_SESSION, "buyMcpShopItem")
    story.entry(AuditKind.SERVER_STARTED, actor=Rank.SYSTEM)
    state = told(story)

    assert state.sessions.live_count == 0
    assert newest_call(state).outcome is CallOutcome.GONE
