"""An alarm stays until the presenter has seen it, and then for good."""

import pytest

from mcp_shop_console.authority import end_grant
from mcp_shop_console.control_room.state import RoomState
from mcp_shop_console.model.audit import AuditEntry, AuditKind
from mcp_shop_console.model.deputies import Rank
from mcp_shop_console.model.faults import StoreUnavailable
from tests.control_room.conftest import SIZE, Live
from tests.control_room.reading import screen_text
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


async def ring(live: Live, number: int, kind: AuditKind) -> AuditEntry:
    grant_id = live.deputies[number].grant_id
    entry = await live.database.write(
        lambda tx: end_grant(tx, grant_id, actor=Rank.SYSTEM, kind=kind)
    )
    assert entry is not None
    return entry


@requirement("A5")
async def test_an_alarm_stays_until_a_is_pressed_and_never_comes_back(live: Live) -> None:
    async with live.app.run_test(size=SIZE) as pilot:
        await ring(live, 2, AuditKind.CODE_REPLAYED)
        newest = await ring(live, 0, AuditKind.TOKEN_REUSED)
        live.clock.at_ms += 60_000
        await live.see(pilot)
        assert "▲ 2 ALARMS  a = seen  refresh token reused: Claude Code" in screen_text(live.app)
        assert len(RoomState.rebuilt(await live.audit()).alarms) == 2

        await pilot.press("a")
        await live.see(pilot)

        assert "ALARMS  a = seen" not in screen_text(live.app)
        assert "2 taken off the screen" in live.spotlight()
        seen = (await live.audit())[-1]
        assert (seen.kind, seen.actor) == (AuditKind.ALARMS_SEEN, Rank.PRESENTER)
        assert seen.facts == {"up_to": newest.seq}
        assert not RoomState.rebuilt(await live.audit()).alarms


async def test_a_without_an_alarm_decides_nothing(live: Live) -> None:
    async with live.app.run_test(size=SIZE) as pilot:
        await live.see(pilot)

        await pilot.press("a")

        assert "there are none" in live.spotlight()
        assert await live.kinds() == []


@requirement("O16")
async def test_an_alarm_stays_where_it_cannot_be_recorded_that_it_was_seen(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise StoreUnavailable("the disk is full")

    async with live.app.run_test(size=SIZE) as pilot:
        await ring(live, 2, AuditKind.CODE_REPLAYED)
        await live.see(pilot)
        monkeypatch.setattr(live.database, "write", fail)

        await pilot.press("a")
        await live.see(pilot)

        assert "FAILED, nothing changed" in live.spotlight()
        assert "▲ ALARM  a = seen" in screen_text(live.app)
