"""An agent that calls too often hears so; nobody else notices, and the audit does not fill."""

from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager

import anyio
import pytest
from mcp_types import CallToolResult

from mcp_shop_console.mcp_server import replies
from mcp_shop_console.mcp_server.call_floods import CallFloods
from mcp_shop_console.model.audit import AuditEntry, AuditKind
from mcp_shop_console.model.deputies import Call, Deputy, Session
from mcp_shop_console.model.events import CallFinished, CallStarted
from mcp_shop_console.model.faults import StoreUnavailable
from mcp_shop_console.model.rate_limit import BurstLimit
from mcp_shop_console.store.database import Database
from tests.core import Clock, Core, held
from tests.mcp_server.stage import Era, Stage, error_of, open_stage, text_of
from tests.requirement import requirement

pytestmark = pytest.mark.anyio

LIST = "listMcpShopInventory"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def stage(clock: Clock) -> AsyncGenerator[Stage, None]:
    async with open_stage(call_limit=BurstLimit(20, 5, clock)) as stage:
        yield stage


async def call_often(stage: Stage, times: int, era: Era = "2026-07-28") -> list[CallToolResult]:
    async with stage.client(era) as client:
        return [await client.call_tool(LIST, {}) for _ in range(times)]


async def refusals(stage: Stage) -> list[AuditEntry]:
    return [entry for entry in await stage.audit() if entry.kind is AuditKind.CALL_REFUSED]


@requirement("N8")
async def test_a_burst_is_served_and_then_the_pace(stage: Stage, era: Era, clock: Clock) -> None:
    burst = await call_often(stage, 21, era)
    async with stage.client(era, "ann.cursor") as other:
        assert not (await other.call_tool(LIST, {})).is_error
    async with stage.client(era, "bob.claude") as other:
        assert not (await other.call_tool(LIST, {})).is_error
    clock.ms += 200
    later = await call_often(stage, 2, era)

    assert [result.is_error for result in burst] == [False] * 20 + [True]
    assert [result.is_error for result in later] == [False, True]
    (entry,) = await refusals(stage)
    assert text_of(burst[-1]) == replies.TOO_MANY_CALLS
    assert error_of(burst[-1]) == {
        "type": "rate_limit_exceeded",
        "code": "rate_limit_exceeded",
        "message": replies.TOO_MANY_CALLS,
        "retryable": True,
        "audit_seq": entry.seq,
        "request_id": entry.call.id if entry.call else "",
        "retry_after_ms": 200,
    }


@requirement("N8")
async def test_unknown_tools_and_bad_arguments_count_too(stage: Stage, era: Era) -> None:
    async with stage.client(era) as client:
        for _ in range(20):
            await client.call_tool(LIST, {"no": "such"})

        assert error_of(await client.call_tool("noSuchTool", {}))["code"] == "rate_limit_exceeded"


@requirement("N8")
async def test_a_flood_is_one_line_on_the_screen_and_two_in_the_audit(stage: Stage) -> None:
    with stage.feed.subscribe() as reader:
        results = await call_often(stage, 70)
        events = reader.take()
    await stage.server.flush()
    await stage.server.flush()

    first, counted = await refusals(stage)
    assert (first.facts, counted.facts) == ({}, {"count": 50})
    assert first.call == counted.call
    assert counted.code == "rate_limit_exceeded"
    assert {error_of(result)["audit_seq"] for result in results[20:]} == {first.seq}
    assert len({error_of(result)["request_id"] for result in results[20:]}) == 50
    for kind in (CallStarted, CallFinished):
        assert len([event for event in events if isinstance(event, kind)]) == 21


async def test_the_next_minute_has_a_line_of_its_own_and_a_single_refusal_no_count(
    stage: Stage,
) -> None:
    await call_often(stage, 21)
    await stage.server.flush()
    await call_often(stage, 1)
    await stage.server.flush()

    assert [entry.facts for entry in await refusals(stage)] == [{}, {}]


async def a_call(core: Core, floods: CallFloods, deputy: Deputy, answers: list[str]) -> None:
    call = Call("call", LIST, Session("session", "", "", ""), core.clock.ms)
    answers.append((await floods.refuse(deputy, call, 200)).code)


async def test_whoever_joins_a_flood_waits_until_it_is_recorded(core: Core) -> None:
    floods = CallFloods(core.authority, BurstLimit(1, 1, core.clock))
    deputy, answers = await core.deputy(), list[str]()

    async with anyio.create_task_group() as tasks, held(core.database):
        for _ in range(3):
            tasks.start_soon(a_call, core, floods, deputy, answers)
        await anyio.wait_all_tasks_blocked()
        assert answers == []

    assert answers == ["rate_limit_exceeded"] * 3


@contextmanager
def broken_store() -> Generator[None, None, None]:
    async def fail(_: Database, __: object) -> None:
        raise StoreUnavailable("out of order")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "write", fail)
        patch.setattr(Database, "note", fail)
        yield


@requirement("O12")
async def test_a_refusal_that_cannot_be_recorded_is_a_failure_and_is_counted_later(
    core: Core,
) -> None:
    floods = CallFloods(core.authority, BurstLimit(1, 1, core.clock))
    deputy, answers = await core.deputy(), list[str]()

    with broken_store():
        await a_call(core, floods, deputy, answers)
    await a_call(core, floods, deputy, answers)
    await a_call(core, floods, deputy, answers)
    with broken_store():
        await floods.flush()
    await floods.flush()

    assert answers == ["service_unavailable", "rate_limit_exceeded", "rate_limit_exceeded"]
    assert [entry.facts for entry in (await core.audit())[-2:]] == [{}, {"count": 2}]
