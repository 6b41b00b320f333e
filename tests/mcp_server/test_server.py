import logging

import anyio
import httpx2
import pytest
from anyio.abc import TaskStatus

from mcp_shop_console.model.audit import AuditKind
from tests.mcp_server.stage import ANN, ERAS, SHIRT, Era, Stage, next_decision, open_stage
from tests.mcp_server.test_open_requests import call, open_stream

pytestmark = pytest.mark.anyio


async def test_both_eras_are_served_at_once(stage: Stage) -> None:
    async with stage.client("legacy") as one, stage.client("2026-07-28", "bob.claude") as other:
        results = [
            await one.call_tool("buyMcpShopItem", SHIRT),
            await other.call_tool("buyMcpShopItem", SHIRT),
            await one.call_tool("listMcpShopInventory", {}),
        ]

    assert not any(result.is_error for result in results)


async def test_the_server_tells_agents_how_to_behave(stage: Stage) -> None:
    async with stage.client("legacy") as client:
        assert "deputy" in (client.instructions or "")


async def test_the_screen_gets_no_log_handler() -> None:
    before = list(logging.getLogger().handlers)

    async with open_stage():
        assert logging.getLogger().handlers == before


async def test_a_stop_ends_streams_and_waiting_calls_without_an_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ended: list[httpx2.Response] = []
    with anyio.fail_after(8):
        async with anyio.create_task_group() as tasks, open_stage() as stage:
            await stage.authority.ban_human(ANN.id)
            with stage.feed.subscribe() as reader:
                for era in ERAS:
                    await tasks.start(keep_open, stage, era, ended)
                    tasks.start_soon(plead, stage, era, ended)
                await next_decision(reader, AuditKind.PLEA_OPENED)
                await next_decision(reader, AuditKind.PLEA_JOINED)

    assert len(ended) == 4
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_a_stop_says_goodbye_to_who_listens() -> None:
    ended: list[httpx2.Response] = []
    with anyio.fail_after(8):
        async with anyio.create_task_group() as tasks, open_stage() as stage:
            await tasks.start(keep_open, stage, "2026-07-28", ended)

    (stream,) = ended
    assert '"result":' in stream.text.split("data:")[-1]


async def keep_open(
    stage: Stage, era: Era, ended: list[httpx2.Response], *, task_status: TaskStatus[None]
) -> None:
    async with stage.http() as http, open_stream(stage, http, era) as response:
        task_status.started()
        await response.aread()
        ended.append(response)


async def plead(stage: Stage, era: Era, ended: list[httpx2.Response]) -> None:
    async with stage.http() as http:
        ended.append(await call(stage, http, era, "prettyPlease", {}))
