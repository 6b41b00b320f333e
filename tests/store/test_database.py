"""The database: whole transactions, in order, and told to the feed before anybody else."""

import os
import sqlite3
import threading
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from anyio import wait_all_tasks_blocked

from mcp_shop_console.model.audit import AuditEntry, AuditKind
from mcp_shop_console.model.deputies import Rank
from mcp_shop_console.model.events import StoreChanged
from mcp_shop_console.model.faults import StoreUnavailable
from mcp_shop_console.model.orders import PlacedOrder
from mcp_shop_console.store.transaction import Transaction
from tests.core import ANN, BOB, Core, held, open_core

pytestmark = pytest.mark.anyio


def _append(tx: Transaction) -> AuditEntry:
    return tx.audit.append(AuditKind.SERVER_STARTED, actor=Rank.SYSTEM)


async def test_the_feed_hears_of_a_commit_before_the_one_who_asked(core: Core) -> None:
    with core.feed.subscribe() as reader:
        entry = await core.database.write(_append)

        assert reader.take() == [entry]


async def test_feed_order_is_audit_order_with_many_writers(core: Core) -> None:
    with core.feed.subscribe() as reader:
        async with anyio.create_task_group() as tasks:
            for _ in range(200):
                tasks.start_soon(core.database.write, _append)
        echoed = reader.take()

    assert echoed == await core.audit()
    assert [entry.seq for entry in echoed if isinstance(entry, AuditEntry)] == [*range(1, 201)]


async def test_an_operation_that_raises_leaves_nothing_and_takes_no_other_with_it(
    core: Core,
) -> None:
    def fail(tx: Transaction) -> None:
        _append(tx)
        tx.humans.save(BOB, tx.now_ms)
        raise LookupError("a bug")

    runs: list[int] = []

    def succeed(tx: Transaction) -> None:
        runs.append(_append(tx).seq)

    async def expect_failure() -> None:
        with pytest.raises(LookupError, match="a bug"):
            await core.database.write(fail)

    with core.feed.subscribe() as reader:
        async with anyio.create_task_group() as tasks, held(core.database):
            for _ in range(10):
                tasks.start_soon(core.database.write, succeed)
                tasks.start_soon(expect_failure)
            await wait_all_tasks_blocked()
        echoed = reader.take()

    assert [entry.seq for entry in await core.audit()] == [*range(1, 11)]
    assert echoed == await core.audit()
    assert await core.database.read(lambda tx: tx.humans.get(BOB.id)) is None
    # However many fail, the others run once more only.
    assert runs == [1, *range(1, 11)]


async def test_what_breaks_a_rule_of_the_store_is_undone_and_is_no_outage(core: Core) -> None:
    def save_twice(tx: Transaction) -> None:
        _append(tx)
        tx.humans.save(ANN, tx.now_ms)
        tx.pleas.join("no such plea", "no such grant")
        tx.humans.save(BOB, tx.now_ms)

    with core.feed.subscribe() as reader:
        with pytest.raises(StoreUnavailable):
            await core.database.write(save_twice)

        assert await core.audit() == []
        assert reader.take() == []


async def test_a_reader_sees_one_state_and_nothing_that_is_not_committed(tmp_path: Path) -> None:
    async with open_core(tmp_path / "shop.sqlite3") as core:
        await core.database.write(_append)
        seen: list[list[int]] = []

        async def look() -> None:
            seen.append([entry.seq for entry in await core.audit()])

        async with held(core.database):
            with anyio.fail_after(5):
                await look()

        assert seen == [[1]]


async def test_nobody_waits_for_those_who_came_later(core: Core) -> None:
    is_first_running, may_first_end, may_second_end = (threading.Event() for _ in range(3))
    has_answer = anyio.Event()

    def first(_: Transaction) -> None:
        is_first_running.set()
        assert may_first_end.wait(5)

    def second(_: Transaction) -> None:
        assert may_second_end.wait(5)

    async def ask() -> None:
        await core.database.write(first)
        has_answer.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask)
        assert await anyio.to_thread.run_sync(is_first_running.wait, 5)
        tasks.start_soon(core.database.write, second)
        await wait_all_tasks_blocked()
        may_first_end.set()
        with anyio.fail_after(3):
            await has_answer.wait()
        may_second_end.set()


async def test_a_memory_database_outlives_a_failed_statement(core: Core) -> None:
    await core.deputy()

    def fail(tx: Transaction) -> None:
        raise sqlite3.ProgrammingError

    with pytest.raises(StoreUnavailable):
        await core.database.write(fail)

    assert await core.database.read(lambda tx: tx.humans.get(ANN.id)) == ANN


@pytest.mark.parametrize("name", [":memory:", "shop.sqlite3"])
async def test_a_closed_database_is_unavailable_and_stays_so(tmp_path: Path, name: str) -> None:
    path = name if name == ":memory:" else tmp_path / name
    async with open_core(path) as core:
        await core.database.write(_append)
    files = set(os.listdir(tmp_path))

    for ask in (core.database.write, core.database.read):
        with pytest.raises(StoreUnavailable):
            await ask(lambda tx: tx.audit.head())
    await core.database.close()
    assert set(os.listdir(tmp_path)) == files


async def test_closing_finishes_what_waits(tmp_path: Path) -> None:
    async with open_core(tmp_path / "shop.sqlite3") as core:
        deputy = await core.deputy()
        answers: list[object] = []

        async def buy() -> None:
            answers.append(await core.buy(deputy))

        async with anyio.create_task_group() as tasks:
            async with held(core.database):
                for _ in range(100):
                    tasks.start_soon(buy)
                tasks.start_soon(core.database.close)
                await wait_all_tasks_blocked()
            with anyio.fail_after(5):
                await core.database.close()
                await wait_all_tasks_blocked()

    assert len(answers) == 100
    assert all(isinstance(answer, PlacedOrder) for answer in answers)


async def test_a_bug_beside_the_store_hurts_only_the_call_it_meets(core: Core) -> None:
    core.clock.is_broken = True
    with core.feed.subscribe() as reader:
        with pytest.raises(ArithmeticError):
            await core.deputy()
        core.clock.is_broken = False

        assert await core.database.write(_append) == (await core.audit())[0]
        assert not any(isinstance(event, StoreChanged) for event in reader.take())
