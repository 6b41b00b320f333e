import pytest

from mcp_shop_console.control_room.intake import MOST_EVENTS_AT_ONCE, Intake
from mcp_shop_console.control_room.state import RoomState
from mcp_shop_console.model.deputies import Deputy
from mcp_shop_console.model.events import CallFinished, ServerChanged, SessionSeen
from mcp_shop_console.model.faults import StoreUnavailable
from tests.control_room.conftest import Live
from tests.control_room.story import ADA, CLAUDE_SESSION, GRACE, START_MS
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


async def test_what_the_feed_lost_is_read_from_the_audit(live: Live) -> None:
    state = RoomState.rebuilt(await live.audit())
    await live.authority.ban_human(ADA.id)
    with live.feed.subscribe() as reader:
        last = await live.authority.ban_human(GRACE.id)
        news = await Intake(reader, live.authority, state).take()

    assert [entry.human for entry in news] == [ADA, GRACE]
    assert state.banned_count == 2
    assert last is not None and state.head_seq == last.seq


async def test_no_more_is_taken_in_at_once_than_can_be_drawn(live: Live) -> None:
    state = RoomState()
    with live.feed.subscribe() as reader:
        intake = Intake(reader, live.authority, state)
        live.feed.publish(CallFinished("x", 1, False, "") for _ in range(MOST_EVENTS_AT_ONCE + 1))

        await intake.take()
        assert state.revision == MOST_EVENTS_AT_ONCE

        await intake.take()
        assert state.revision == MOST_EVENTS_AT_ONCE + 1


@requirement("U10")
async def test_a_bad_event_does_not_hold_up_the_others(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> str:
        raise ValueError("a bad row")

    state = RoomState()
    monkeypatch.setattr(state.sessions, "meet", fail)
    with live.feed.subscribe() as reader:
        deputy: Deputy = live.deputies[0]
        live.feed.publish(
            [SessionSeen(deputy, CLAUDE_SESSION, START_MS), ServerChanged(True, "", START_MS)]
        )
        await Intake(reader, live.authority, state).take()

    assert state.server.works is True


async def test_a_store_that_cannot_be_read_leaves_a_gap_and_no_fault(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise StoreUnavailable("the disk is gone")

    state = RoomState.rebuilt(await live.audit())
    await live.authority.ban_human(ADA.id)
    with live.feed.subscribe() as reader:
        last = await live.authority.ban_human(GRACE.id)
        monkeypatch.setattr(live.database, "read", fail)
        news = await Intake(reader, live.authority, state).take()

    assert news == [last]
