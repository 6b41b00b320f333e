"""A caller that goes away gets the whole operation or none, and hurts nobody else.

A write awaits once: while it waits for the thread, and while it runs there.
"""

import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from anyio import wait_all_tasks_blocked

from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Deputy
from mcp_shop_console.model.orders import PlacedOrder
from tests.caller import WAYS, Caller, Way
from tests.core import ANN, Core, Ids, held, open_core, placed
from tests.judge import judge
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


@dataclass(slots=True)
class _Gate:
    """Ids that are handed out only while the gate is open: it stops an order half written."""

    ids: Ids = field(default_factory=Ids)
    is_waiting: threading.Event = field(default_factory=threading.Event)
    is_open: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> str:
        if not self.is_open.is_set():
            self.is_waiting.set()
            assert self.is_open.wait(5)
        return self.ids()

    @asynccontextmanager
    async def closed(self) -> AsyncGenerator[None, None]:
        self.is_open.clear()
        try:
            yield
        finally:
            self.is_open.set()

    async def somebody_waits(self) -> None:
        assert await anyio.to_thread.run_sync(self.is_waiting.wait, 5)


@asynccontextmanager
async def _gated(path: str | Path) -> AsyncGenerator[tuple[Core, _Gate, Deputy], None]:
    gate = _Gate()
    gate.is_open.set()
    async with open_core(path, new_id=gate) as core:
        yield core, gate, await core.deputy()


@requirement("N14")
@pytest.mark.parametrize("way", WAYS)
async def test_a_buy_that_is_left_before_it_began_never_begins(way: Way) -> None:
    async with open_core() as core:
        deputy, caller = await core.deputy(), Caller()

        async with anyio.create_task_group() as tasks, held(core.database):
            tasks.start_soon(caller.ask, lambda: core.buy(deputy, "ACME", key="k"))
            await wait_all_tasks_blocked()
            caller.go_away(way)
            await wait_all_tasks_blocked()

        assert not caller.has_answer
        assert await core.orders(deputy) == ()
        assert not placed(await core.buy(deputy, "ACME", key="k")).is_replayed


@requirement("N14")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", [":memory:", "shop.sqlite3"])
async def test_a_buy_that_is_left_while_it_runs_is_whole(
    tmp_path: Path, way: Way, name: str
) -> None:
    path = name if name == ":memory:" else tmp_path / name
    async with _gated(path) as (core, gate, deputy):
        caller = Caller()
        with core.feed.subscribe() as reader:
            async with anyio.create_task_group() as tasks, gate.closed():
                tasks.start_soon(caller.ask, lambda: core.buy(deputy, "ACME", key="k"))
                await gate.somebody_waits()
                caller.go_away(way)
                await wait_all_tasks_blocked()
            retry = placed(await core.buy(deputy, "ACME", key="k"))
            echoed = reader.take()

        assert not caller.has_answer
        assert retry.is_replayed
        assert await core.orders(deputy) == (retry.order,)
        kinds = await core.kinds()
        assert kinds[-3:-1] == [AuditKind.ORDER_PLACED, AuditKind.ORDER_REPLAYED]
        assert len(echoed) == 2
        judge(await core.audit())


@requirement("N14")
@pytest.mark.parametrize("way", WAYS)
async def test_buyers_beside_one_who_goes_away_get_their_orders(way: Way) -> None:
    async with _gated(":memory:") as (core, gate, deputy):
        leaving = [Caller() for _ in range(10)]
        staying = [Caller() for _ in range(10)]
        async with anyio.create_task_group() as tasks, gate.closed():
            for pair in zip(leaving, staying, strict=True):
                for caller in pair:
                    tasks.start_soon(caller.ask, lambda: core.buy(deputy))
            await gate.somebody_waits()
            for caller in leaving:
                caller.go_away(way)
            await wait_all_tasks_blocked()

        assert [caller.has_answer for caller in leaving] == [False] * 10
        assert [caller.has_answer for caller in staying] == [True] * 10
        # Of those who left, only the very first had begun.
        assert len(await core.orders(deputy)) == 11


@requirement("N14")
@pytest.mark.parametrize("way", WAYS)
async def test_a_ban_that_is_left_while_it_waits_or_runs_leaves_a_working_database(
    way: Way,
) -> None:
    async with _gated(":memory:") as (core, gate, deputy):
        caller = Caller()
        async with anyio.create_task_group() as tasks, gate.closed():
            tasks.start_soon(core.buy, deputy)
            await gate.somebody_waits()
            tasks.start_soon(caller.ask, lambda: core.authority.ban_human(ANN.id))
            await wait_all_tasks_blocked()
            caller.go_away(way)
            await wait_all_tasks_blocked()

        assert AuditKind.HUMAN_BANNED not in await core.kinds()
        assert await core.is_served(deputy)


@requirement("N14")
@pytest.mark.parametrize("way", WAYS)
async def test_a_question_that_is_left_hurts_nobody(tmp_path: Path, way: Way) -> None:
    async with open_core(tmp_path / "shop.sqlite3") as core:
        await core.deputy()
        caller, is_asked, may_answer = Caller(), threading.Event(), threading.Event()

        def think() -> None:
            is_asked.set()
            assert may_answer.wait(5)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(caller.ask, lambda: core.database.read(lambda _: think()))
            assert await anyio.to_thread.run_sync(is_asked.wait, 5)
            caller.go_away(way)
            may_answer.set()

        assert not caller.has_answer
        assert len(await core.audit()) == 1


@requirement("N14")
async def test_a_caller_that_is_cancelled_over_and_over_never_holds_the_writer() -> None:
    async with open_core() as core:
        deputy = await core.deputy()
        for turn in range(50):
            caller = Caller()
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(caller.ask, lambda: core.buy(deputy))
                for _ in range(turn % 5):
                    await anyio.lowlevel.checkpoint()
                if caller.task:
                    caller.go_away(WAYS[turn % 2])

        with anyio.fail_after(5):
            assert isinstance(await core.buy(deputy), PlacedOrder)
        audit = await core.audit()
        judge(audit)
        placed_orders = [entry for entry in audit if entry.kind is AuditKind.ORDER_PLACED]
        assert len(await core.orders(deputy)) == len(placed_orders)
