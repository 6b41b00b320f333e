"""Bans that race buyers: no order is ever above the ban that forbids it."""

import threading
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from anyio import wait_all_tasks_blocked

from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.orders import PlacedOrder
from mcp_shop_console.model.refusals import Refusal, RefusalCode
from tests.core import ANN, BOB, Core, Ids, held, open_core, placed, refused
from tests.judge import judge
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


@requirement("O1")
@pytest.mark.parametrize("target", ["human", "grant"])
async def test_no_order_has_a_seq_above_the_ban_that_raced_it(tmp_path: Path, target: str) -> None:
    async with open_core(tmp_path / "shop.sqlite3") as core:
        for round_number in range(6):
            await _race(core, target, buys_before_the_ban=round_number)

        judge(await core.audit())
        kinds = await core.kinds()
        assert AuditKind.ORDER_PLACED in kinds and AuditKind.CALL_REFUSED in kinds


async def _race(core: Core, target: str, *, buys_before_the_ban: int) -> None:
    """Fifty buyers, and a ban that comes when some of them have been answered."""
    deputy, bystander = await core.deputy(ANN), await core.deputy(BOB)
    answers: list[PlacedOrder | Refusal] = []
    has_begun = anyio.Event()
    late_answers: list[PlacedOrder | Refusal] = []

    async def buyer() -> None:
        for _ in range(3):
            answers.append(await core.buy(deputy))
            if len(answers) > buys_before_the_ban:
                has_begun.set()

    async def ban() -> None:
        await has_begun.wait()
        if target == "human":
            assert await core.authority.ban_human(ANN.id)
        else:
            assert await core.authority.ban_grant(deputy.grant_id)
        late_answers.append(await core.buy(deputy))

    with anyio.fail_after(8):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ban)
            for _ in range(50):
                tasks.start_soon(buyer)
    assert len(answers) == 150
    assert [refused(answer) for answer in late_answers] == [RefusalCode.BANNED]
    assert await core.is_served(bystander)
    await core.authority.reset()


@requirement("O2")
async def test_a_call_that_a_ban_overtakes_gets_the_bans_refusal(core: Core) -> None:
    deputy = await core.deputy()
    answers: list[PlacedOrder | Refusal] = []

    async def buy() -> None:
        answers.append(await core.buy(deputy))

    async with anyio.create_task_group() as tasks, held(core.database):
        tasks.start_soon(core.authority.ban_human, ANN.id)
        await wait_all_tasks_blocked()
        tasks.start_soon(buy)
        await wait_all_tasks_blocked()

    assert [refused(answer) for answer in answers] == [RefusalCode.BANNED]


@requirement("O2")
async def test_an_order_that_a_ban_comes_too_late_for_stands(core: Core) -> None:
    deputy = await core.deputy()
    answers: list[PlacedOrder | Refusal] = []

    async def buy() -> None:
        answers.append(await core.buy(deputy))

    async with anyio.create_task_group() as tasks, held(core.database):
        tasks.start_soon(buy)
        await wait_all_tasks_blocked()
        tasks.start_soon(core.authority.ban_human, ANN.id)
        await wait_all_tasks_blocked()

    assert not placed(answers[0]).is_replayed
    assert (await core.kinds())[-2:] == [AuditKind.ORDER_PLACED, AuditKind.HUMAN_BANNED]


@requirement("O2")
async def test_a_ban_waits_for_an_order_that_is_being_written() -> None:
    is_writing, may_go_on = threading.Event(), threading.Event()
    ids = Ids()

    def slow_id() -> str:
        if is_ready:
            is_writing.set()
            assert may_go_on.wait(5)
        return ids()

    is_ready = False
    async with open_core(new_id=slow_id) as core:
        deputy = await core.deputy()
        is_ready = True
        answers: list[PlacedOrder | Refusal] = []
        bans: list[object] = []

        async def buy() -> None:
            answers.append(await core.buy(deputy))

        async def ban() -> None:
            bans.append(await core.authority.ban_human(ANN.id))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(buy)
            assert await anyio.to_thread.run_sync(is_writing.wait, 5)
            tasks.start_soon(ban)
            await wait_all_tasks_blocked()
            assert bans == []
            may_go_on.set()

        placed(answers[0])
        judge(await core.audit())
        assert (await core.kinds())[-1] is AuditKind.HUMAN_BANNED
