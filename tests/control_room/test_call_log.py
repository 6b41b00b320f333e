"""A call is one row from its start to its end, and says how it ended."""

from functools import partial

import pytest

from mcp_shop_console.control_room import state as state_module
from mcp_shop_console.control_room.phrases import outcome_words
from mcp_shop_console.control_room.rows import CallOutcome
from mcp_shop_console.control_room.state import RoomState
from mcp_shop_console.model.audit import AuditEntry, AuditKind
from mcp_shop_console.model.events import CallFinished, CallStarted
from tests.control_room.story import ADAS_CLAUDE, BOOK, CLAUDE_SESSION, Story, newest_call, told
from tests.requirement import requirement


def test_a_call_is_in_flight_until_it_is_decided() -> None:
    story = Story()
    story.start(ADAS_CLAUDE, CLAUDE_SESSION, "buyMcpShopItem", BOOK)

    state = told(story)

    assert newest_call(state).outcome is CallOutcome.RUNNING
    assert state.has_open_calls


def test_start_entry_and_end_of_one_call_are_one_row() -> None:
    story = Story()
    story.buy(ADAS_CLAUDE, CLAUDE_SESSION, 5)

    state = told(story)

    assert state.call_count == 1
    row = newest_call(state)
    assert (row.outcome, row.order_number, row.duration_ms) == (CallOutcome.ANSWERED, 5, 12)
    assert row.arguments == BOOK
    assert not state.has_open_calls


def test_a_row_is_made_of_the_entry_alone_where_nothing_else_is_known() -> None:
    story = Story()
    story.buy(ADAS_CLAUDE, CLAUDE_SESSION, 5)
    history = [event for event in story.events if isinstance(event, AuditEntry)]

    row = newest_call(RoomState.rebuilt(history))

    assert (row.tool, row.outcome, row.duration_ms) == (
        "buyMcpShopItem",
        CallOutcome.ANSWERED,
        None,
    )


def test_a_refusal_keeps_its_code() -> None:
    story = Story()
    story.refuse(ADAS_CLAUDE, CLAUDE_SESSION, "permission_denied")

    row = newest_call(told(story))

    assert (row.outcome, row.code) == (CallOutcome.REFUSED, "permission_denied")


def test_a_store_failure_is_a_failure_and_no_refusal() -> None:
    story = Story()
    call = story.start(ADAS_CLAUDE, CLAUDE_SESSION, "buyMcpShopItem")
    story.finish(call, code="service_unavailable")

    assert newest_call(told(story)).outcome is CallOutcome.FAILED


def test_a_client_that_goes_away_leaves_a_call_that_is_gone() -> None:
    story = Story()
    call = story.start(ADAS_CLAUDE, CLAUDE_SESSION, "buyMcpShopItem")
    story.events.append(CallFinished(call.id, 5, False, "cancelled"))

    assert newest_call(told(story)).outcome is CallOutcome.GONE


def test_a_client_that_goes_away_after_its_order_has_ordered() -> None:
    story = Story()
    call = story.start(ADAS_CLAUDE, CLAUDE_SESSION, "buyMcpShopItem")
    story.entry(AuditKind.ORDER_PLACED, ADAS_CLAUDE, call=call, facts={"number": 3, "size": "S"})
    story.events.append(CallFinished(call.id, 5, True, "cancelled"))

    row = newest_call(told(story))

    assert (row.outcome, row.order_number) == (CallOutcome.ANSWERED, 3)


def test_a_replayed_order_is_no_new_order() -> None:
    story = Story()
    story.buy(ADAS_CLAUDE, CLAUDE_SESSION, 1)
    call = story.start(ADAS_CLAUDE, CLAUDE_SESSION, "buyMcpShopItem")
    story.entry(AuditKind.ORDER_REPLAYED, ADAS_CLAUDE, call=call, facts={"number": 1, "size": "L"})

    state = told(story)

    assert (state.order_count, len(state.orders)) == (1, 1)
    assert newest_call(state).is_replayed


def test_no_more_calls_are_kept_than_the_log_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_module, "MOST_CALLS", 10)
    story = Story()
    for _ in range(25):
        story.browse(ADAS_CLAUDE, CLAUDE_SESSION)
    state = told(story)

    assert (state.calls.first, state.calls.end) == (15, 25)
    assert state.calls.get(14) is None
    assert state.calls.find("call-1") is None


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
    assert outcome_words(newest_call(told(story)), story.now_ms) == "✗ too many"

    refuse(facts={"count": 50})

    state = told(story)
    assert state.calls.end == 1
    assert outcome_words(newest_call(state), story.now_ms) == "✗ 50 calls"
