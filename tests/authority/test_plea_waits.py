"""Waiting for the presenter: a few calls of each human at once, however often they ask."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import pytest
from anyio import wait_all_tasks_blocked

from mcp_shop_console.authority.plea_waits import MOST_CALLS
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Deputy, Standing
from mcp_shop_console.model.refusals import Refusal, RefusalCode
from tests.caller import WAYS, Caller, Way
from tests.core import ANN, BOB, CURSOR, Core, held, next_entry, refused
from tests.requirement import requirement

pytestmark = pytest.mark.anyio

_PLEAS = (AuditKind.PLEA_OPENED, AuditKind.PLEA_JOINED)


class _Pleading(Caller):
    """A prettyPlease call that can be made to go away."""

    def __init__(self) -> None:
        super().__init__()
        self.answer: Standing | Refusal | None = None
        self.is_answered = anyio.Event()

    async def plead(self, core: Core, deputy: Deputy) -> None:
        async def question() -> None:
            self.answer = await core.authority.plead(deputy, core.call("prettyPlease"))
            self.is_answered.set()

        await self.ask(question)


@asynccontextmanager
async def _waiting(core: Core, *deputies: Deputy) -> AsyncGenerator[list[_Pleading], None]:
    """Calls that wait for the presenter; at the end of the block each has ended."""
    calls = [_Pleading() for _ in deputies]
    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            with core.feed.subscribe() as reader:
                for call, deputy in zip(calls, deputies, strict=True):
                    tasks.start_soon(call.plead, core, deputy)
                    await next_entry(reader, *_PLEAS)
            await wait_all_tasks_blocked()
            yield calls


@requirement("N8", "O5")
async def test_one_call_more_than_a_few_is_answered_at_once(core: Core) -> None:
    ann, again, bob = await core.deputy(), await core.deputy(ANN, CURSOR), await core.deputy(BOB)
    for human in (ANN, BOB):
        await core.authority.ban_human(human.id)

    async with _waiting(core, *[ann] * MOST_CALLS) as anns, _waiting(core, bob) as bobs:
        one_more = await core.authority.plead(again, core.call("prettyPlease"))
        answers = [call.answer for call in (*anns, *bobs)]
        for human in (ANN, BOB):
            await core.authority.pardon_human(human.id)

    assert refused(one_more) is RefusalCode.PARDON_REQUIRES_HUMAN
    assert (
        isinstance(one_more, Refusal) and one_more.message == "Asked. The human has not answered."
    )
    assert one_more.plea_id
    assert answers == [None] * (MOST_CALLS + 1)
    assert [call.answer for call in (*anns, *bobs)] == [Standing.NORMAL] * (MOST_CALLS + 1)


@requirement("N8")
async def test_a_call_that_went_away_makes_room_for_the_next(core: Core) -> None:
    deputy = await core.deputy()
    await core.authority.ban_human(ANN.id)

    async with _waiting(core, *[deputy] * MOST_CALLS) as calls:
        calls[0].go_away("anyio")
        await wait_all_tasks_blocked()
        async with _waiting(core, deputy) as (next_call,):
            await core.authority.pardon_human(ANN.id)

    assert next_call.answer is Standing.NORMAL


@requirement("N8")
async def test_calls_of_one_human_wait_behind_one_reader_of_the_feed(core: Core) -> None:
    one, other = await core.deputy(), await core.deputy(ANN, CURSOR)
    await core.authority.ban_human(ANN.id)

    async with _waiting(core, one, other, one):
        while_they_wait = len(core.feed)
        await core.authority.pardon_human(ANN.id)

    assert (while_they_wait, len(core.feed)) == (1, 0)


@requirement("O5", "N14")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("leaving", [0, 1])
async def test_calls_that_go_away_take_no_answer_from_those_that_wait_on(
    core: Core, way: Way, leaving: int
) -> None:
    deputy = await core.deputy()
    await core.authority.ban_human(ANN.id)

    async with _waiting(core, deputy, deputy, deputy) as calls:
        calls[leaving].go_away(way)
        await wait_all_tasks_blocked()
        await core.authority.pardon_human(ANN.id)

    staying = [call for call in calls if call is not calls[leaving]]
    assert [call.answer for call in staying] == [Standing.NORMAL] * 2
    assert not calls[leaving].has_answer


@requirement("O5")
@pytest.mark.parametrize("way", WAYS)
async def test_a_call_that_goes_away_amid_the_pardon_takes_no_answer_with_it(
    core: Core, way: Way
) -> None:
    deputy = await core.deputy()
    await core.authority.ban_human(ANN.id)

    async with _waiting(core, deputy, deputy) as calls:
        await core.authority.pardon_human(ANN.id)
        calls[0].go_away(way)

    assert calls[1].answer is Standing.NORMAL


@requirement("O5")
async def test_the_pardon_of_one_agent_lets_the_others_wait_on(core: Core) -> None:
    one, other = await core.deputy(), await core.deputy(ANN, CURSOR)
    for deputy in (one, other):
        await core.authority.ban_grant(deputy.grant_id)

    async with _waiting(core, one, other) as calls:
        await core.authority.pardon_grant(other.grant_id)
        await calls[1].is_answered.wait()
        await core.authority.pardon_grant(one.grant_id)

    assert [call.answer for call in calls] == [Standing.NORMAL] * 2


@requirement("O5")
async def test_a_pardon_right_after_the_asking_is_heard_while_another_call_reads(
    core: Core,
) -> None:
    one, other = await core.deputy(), await core.deputy(ANN, CURSOR)
    for deputy in (one, other):
        await core.authority.ban_grant(deputy.grant_id)

    second = _Pleading()
    async with _waiting(core, one) as (first,), anyio.create_task_group() as tasks:
        async with held(core.database):
            tasks.start_soon(second.plead, core, other)
            await wait_all_tasks_blocked()
            tasks.start_soon(core.authority.pardon_grant, other.grant_id)
            await wait_all_tasks_blocked()
        await second.is_answered.wait()
        await core.authority.pardon_grant(one.grant_id)

    assert [first.answer, second.answer] == [Standing.NORMAL] * 2


@requirement("O5")
async def test_what_another_agent_lifts_by_itself_is_no_answer(core: Core) -> None:
    banned, free = await core.deputy(), await core.deputy(ANN, CURSOR)
    await core.authority.ban_grant(banned.grant_id)

    async with _waiting(core, banned) as (call,):
        await core.authority.set_demo_mode(free, core.call(), Standing.BANNED)
        await core.authority.clear_demo_mode(free, core.call())
        await wait_all_tasks_blocked()
        await core.authority.pardon_grant(banned.grant_id)

    assert call.answer is Standing.NORMAL
