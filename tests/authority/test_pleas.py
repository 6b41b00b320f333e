"""Pleas: an agent asks, the presenter answers, and the waiting call hears of it at once."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio
import pytest
from anyio import wait_all_tasks_blocked

from mcp_shop_console.model.audit import AuditEntry, AuditKind
from mcp_shop_console.model.deputies import Deputy, Standing
from mcp_shop_console.model.refusals import Refusal, RefusalCode
from tests.core import ANN, BOB, CURSOR, Core, held, next_entry, open_core, refused
from tests.requirement import requirement

pytestmark = pytest.mark.anyio

_PLEAS = (AuditKind.PLEA_OPENED, AuditKind.PLEA_JOINED)
Decide = Callable[[Core, Deputy], Awaitable[AuditEntry | None]]


@dataclass(slots=True)
class _Call:
    """A prettyPlease call under way."""

    entry: AuditEntry | None = None
    answer: Standing | Refusal | None = None

    @property
    def plea(self) -> AuditEntry:
        assert self.entry
        return self.entry


@asynccontextmanager
async def _pleading(core: Core, deputy: Deputy) -> AsyncGenerator[_Call, None]:
    """A call that waits for the presenter; at the end of the block it has been answered."""
    call = _Call()

    async def plead() -> None:
        call.answer = await core.authority.plead(deputy, core.call("prettyPlease"))

    with anyio.fail_after(5), core.feed.subscribe() as reader:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(plead)
            call.entry = await next_entry(reader, *_PLEAS)
            yield call


async def _pardon_human(core: Core, deputy: Deputy) -> AuditEntry | None:
    return await core.authority.pardon_human(deputy.human.id)


async def _pardon_grant(core: Core, deputy: Deputy) -> AuditEntry | None:
    return await core.authority.pardon_grant(deputy.grant_id)


async def _reset(core: Core, _: Deputy) -> AuditEntry | None:
    return await core.authority.reset()


@requirement("O5")
async def test_a_pardon_answers_the_waiting_call_at_once(core: Core) -> None:
    deputy = await core.deputy()
    await core.authority.ban_human(ANN.id)

    async with _pleading(core, deputy) as call:
        pardon = await core.authority.pardon_human(ANN.id)

    assert call.answer is Standing.NORMAL
    assert pardon and pardon.facts == {"plea_id": call.plea.facts["plea_id"]}
    assert await core.is_served(deputy)


@requirement("O5", "O18")
async def test_a_reset_answers_the_waiting_call_at_once(core: Core) -> None:
    deputy = await core.deputy()
    await core.authority.ban_human(ANN.id)

    async with _pleading(core, deputy) as call:
        reset = await core.authority.reset()

    assert call.answer is Standing.NORMAL
    assert reset.facts == {"bans": 1, "pleas": 1}


@requirement("O5")
@pytest.mark.parametrize("decide", [_pardon_human, _pardon_grant, _reset])
async def test_a_banned_agent_asks_for_itself(core: Core, decide: Decide) -> None:
    deputy = await core.deputy()
    await core.authority.ban_grant(deputy.grant_id)

    async with _pleading(core, deputy) as call:
        assert await decide(core, deputy)

    assert call.answer is Standing.NORMAL
    assert await core.is_served(deputy)


@requirement("O5")
async def test_granting_a_plea_lifts_the_bans_of_the_agents_that_asked_only(core: Core) -> None:
    asking, silent = await core.deputy(ANN), await core.deputy(ANN, CURSOR)
    await core.authority.ban_grant(asking.grant_id)
    await core.authority.ban_grant(silent.grant_id)

    async with _pleading(core, asking):
        await core.authority.pardon_human(ANN.id)

    assert await core.is_served(asking)
    assert not await core.is_served(silent)


@requirement("O5")
async def test_further_calls_join_the_one_open_plea(core: Core) -> None:
    first, second = await core.deputy(ANN), await core.deputy(ANN, CURSOR)
    await core.authority.ban_human(ANN.id)

    async with (
        _pleading(core, first) as one,
        _pleading(core, second) as two,
        _pleading(core, first) as three,
    ):
        await core.authority.pardon_human(ANN.id)

    assert [call.answer for call in (one, two, three)] == [Standing.NORMAL] * 3
    assert [call.plea.kind for call in (one, two, three)] == [
        AuditKind.PLEA_OPENED,
        AuditKind.PLEA_JOINED,
        AuditKind.PLEA_JOINED,
    ]
    assert len({call.plea.facts["plea_id"] for call in (one, two, three)}) == 1


@requirement("O5")
async def test_a_plea_that_nobody_answers_is_refused_and_stays_open() -> None:
    async with open_core(plea_wait_seconds=0) as core:
        deputy = await core.deputy()
        await core.authority.ban_human(ANN.id)

        first = await core.authority.plead(deputy, core.call())
        second = await core.authority.plead(deputy, core.call())

        assert isinstance(first, Refusal) and isinstance(second, Refusal)
        assert first.code is RefusalCode.PARDON_REQUIRES_HUMAN
        assert first.message == "Asked. The human has not answered."
        assert first.plea_id == second.plea_id != ""
        assert (await core.kinds()).count(AuditKind.PLEA_OPENED) == 1
        lifted = await core.authority.clear_demo_mode(deputy, core.call())
        assert isinstance(lifted, Refusal) and lifted.plea_id == first.plea_id
        assert await core.authority.pardon_human(ANN.id)
        assert await core.is_served(deputy)


@requirement("O5")
async def test_the_pardon_of_someone_else_is_no_answer(core: Core) -> None:
    ann, bob = await core.deputy(ANN), await core.deputy(BOB)
    other_agent = await core.deputy(ANN, CURSOR)
    for human in (ANN, BOB):
        await core.authority.ban_human(human.id)
    for deputy in (bob, other_agent):
        await core.authority.ban_grant(deputy.grant_id)

    async with _pleading(core, ann) as call:
        await core.authority.pardon_human(BOB.id)
        await core.authority.pardon_grant(bob.grant_id)
        await core.authority.pardon_grant(other_agent.grant_id)
        answered_at = await core.authority.pardon_human(ANN.id)

    assert call.answer is Standing.NORMAL
    answer = (await core.audit())[-1]
    assert answered_at and answer.seq == answered_at.seq + 1


@requirement("O5")
async def test_a_pardon_from_just_before_the_plea_is_no_answer(core: Core) -> None:
    deputy = await core.deputy()
    await core.authority.ban_human(ANN.id)
    call = _Call()

    async def plead() -> None:
        call.answer = await core.authority.plead(deputy, core.call("prettyPlease"))

    async with anyio.create_task_group() as tasks:
        with core.feed.subscribe() as reader, anyio.fail_after(5):
            async with held(core.database):
                tasks.start_soon(core.authority.pardon_human, ANN.id)
                tasks.start_soon(core.authority.ban_human, ANN.id)
                tasks.start_soon(plead)
                await wait_all_tasks_blocked()
            await next_entry(reader, AuditKind.PLEA_OPENED)
            await wait_all_tasks_blocked()
            assert not await core.try_to_deputize(ANN)
            await wait_all_tasks_blocked()
            assert call.answer is None
            await core.authority.pardon_human(ANN.id)

    assert call.answer is Standing.NORMAL


@requirement("O5")
async def test_a_ban_right_after_the_pardon_wins(core: Core) -> None:
    deputy = await core.deputy()
    await core.authority.ban_human(ANN.id)

    async with _pleading(core, deputy) as call, anyio.create_task_group() as tasks:
        tasks.start_soon(core.authority.pardon_human, ANN.id)
        tasks.start_soon(core.authority.ban_human, ANN.id)

    assert refused(call.answer) is RefusalCode.PARDON_REQUIRES_HUMAN
    assert not await core.is_served(deputy)


async def test_an_agent_that_is_revoked_while_it_waits_gets_no_pardon() -> None:
    async with open_core(plea_wait_seconds=0.05) as core:
        deputy = await core.deputy()
        await core.authority.ban_human(ANN.id)

        async with _pleading(core, deputy) as call:
            await core.authority.revoke_grant(deputy.grant_id)

        assert refused(call.answer) is RefusalCode.PERMISSION_DENIED


async def test_a_human_has_one_open_plea_and_a_new_one_after_the_answer(core: Core) -> None:
    deputy = await core.deputy()
    plea_ids: set[object] = set()
    for _ in range(2):
        await core.authority.ban_human(ANN.id)
        async with _pleading(core, deputy) as call:
            await core.authority.pardon_human(ANN.id)
        plea_ids.add(call.plea.facts["plea_id"])

    assert len(plea_ids) == 2
    assert await core.authority.pardon_human(ANN.id) is None


@requirement("N14")
async def test_a_plea_whose_call_went_away_stays_open(core: Core) -> None:
    deputy = await core.deputy()
    await core.authority.ban_human(ANN.id)

    with core.feed.subscribe() as reader:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(core.authority.plead, deputy, core.call())
            with anyio.fail_after(5):
                await next_entry(reader, AuditKind.PLEA_OPENED)
            tasks.cancel_scope.cancel()

    pardon = await core.authority.pardon_human(ANN.id)
    assert pardon and "plea_id" in pardon.facts
