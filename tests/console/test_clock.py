"""Time goes on evenly, whatever somebody does to this computer's clock."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from mcp_shop_console.console.clock import SteadyClock, Timekeeper
from mcp_shop_console.model.audit import ALARMS, AuditEntry, AuditKind
from mcp_shop_console.model.faults import StoreUnavailable
from mcp_shop_console.store.database import Database, open_database
from tests.core import AT_MS, Clock
from tests.live.conftest import Clock as Passing
from tests.live.conftest import open_show
from tests.requirement import requirement

pytestmark = pytest.mark.anyio

HOUR_MS = 3_600_000


@dataclass
class Computer:
    """Its clock, which may be set, and how long it has been on."""

    wall: Clock = field(default_factory=Clock)
    elapsed: Clock = field(default_factory=lambda: Clock(77))

    def steady(self) -> SteadyClock:
        return SteadyClock(self.wall, self.elapsed)

    def pass_time(self, ms: int) -> None:
        self.wall.ms += ms
        self.elapsed.ms += ms


@dataclass
class Kept:
    database: Database
    clock: SteadyClock
    timekeeper: Timekeeper

    async def jumps(self) -> list[AuditEntry]:
        entries = await self.database.read(lambda tx: tx.audit.newest(100))
        return [entry for entry in entries if entry.kind is AuditKind.CLOCK_JUMPED]


@pytest.fixture
def computer() -> Computer:
    return Computer()


@asynccontextmanager
async def keeping(computer: Computer, path: Path) -> AsyncGenerator[Kept, None]:
    clock = computer.steady()
    async with open_database(
        path / "shop.sqlite3", now_ms=clock, new_id=lambda: "id", publish=lambda _: None
    ) as database:
        timekeeper = Timekeeper(database, clock)
        await timekeeper.begin()
        yield Kept(database, clock, timekeeper)


def test_a_clock_that_is_set_moves_nothing(computer: Computer) -> None:
    clock = computer.steady()

    computer.pass_time(5)
    computer.wall.ms -= HOUR_MS
    computer.pass_time(5)

    assert clock() == AT_MS + 10
    assert clock.lead_ms() == HOUR_MS


@requirement("O13")
async def test_a_jump_is_an_alarm_once_and_its_return_another(
    computer: Computer, tmp_path: Path
) -> None:
    async with keeping(computer, tmp_path) as kept:
        for by_ms in (-HOUR_MS, 0, 20_000, HOUR_MS):
            computer.wall.ms += by_ms
            await kept.timekeeper.look()
            await kept.timekeeper.look()
        jumps = await kept.jumps()

    assert [entry.facts for entry in jumps] == [{"by_ms": -HOUR_MS}, {"by_ms": HOUR_MS + 20_000}]
    assert {entry.kind for entry in jumps} <= ALARMS
    assert [entry.at_ms for entry in jumps] == [AT_MS, AT_MS]


@requirement("O13")
async def test_after_a_restart_no_time_comes_again_that_was_noted(
    computer: Computer, tmp_path: Path
) -> None:
    async with keeping(computer, tmp_path) as kept:
        computer.pass_time(5 * HOUR_MS)
        await kept.timekeeper.look()
    computer.wall.ms -= 3 * HOUR_MS
    computer.elapsed.ms = 0
    async with keeping(computer, tmp_path) as kept:
        assert kept.clock() == AT_MS + 5 * HOUR_MS
        computer.pass_time(10)
        assert kept.clock() == AT_MS + 5 * HOUR_MS + 10
        assert [entry.facts for entry in await kept.jumps()] == [{"by_ms": -3 * HOUR_MS}]


async def test_after_a_pause_the_time_is_the_computers(computer: Computer, tmp_path: Path) -> None:
    async with keeping(computer, tmp_path):
        pass
    computer.pass_time(HOUR_MS)
    async with keeping(computer, tmp_path) as kept:
        assert kept.clock() == AT_MS + HOUR_MS
        assert await kept.jumps() == []


async def test_a_jump_that_could_not_be_recorded_is_recorded_later(
    computer: Computer, tmp_path: Path
) -> None:
    async def fail(_: Database, __: object) -> None:
        raise StoreUnavailable("out of order")

    async with keeping(computer, tmp_path) as kept:
        computer.wall.ms += HOUR_MS
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Database, "note", fail)
            with pytest.raises(StoreUnavailable):
                await kept.timekeeper.look()
        await kept.timekeeper.look()

        assert len(await kept.jumps()) == 1


@requirement("O13")
async def test_an_expired_token_stays_expired_when_the_clock_is_set_back(tmp_path: Path) -> None:
    path, elapsed, wall = tmp_path / "shop.sqlite3", Passing(), Passing()

    async with open_show(path, "--access-token-hours", "1", elapsed=elapsed, wall=wall) as show:
        agent = show.agent(show.person("Ann"))
        assert not (await agent.call("listMcpShopOrders")).is_error
        assert agent.tokens is not None
        bearer = {"authorization": f"Bearer {agent.tokens.access_token}"}
        wall.advance(-48 * 3600)
        was_good = [await is_good(show.url, bearer)]
        elapsed.advance(2 * 3600)
        was_good.append(await is_good(show.url, bearer))
        await show.house.timekeeper.look()
    async with open_show(path, elapsed=elapsed, wall=wall, port=show.port) as again:
        was_good.append(await is_good(again.url, bearer))

    assert was_good == [True, False, False]


async def is_good(url: str, bearer: dict[str, str]) -> bool:
    async with httpx2.AsyncClient() as http:
        return (await http.post(url, headers=bearer, content=b"{")).status_code == 400
