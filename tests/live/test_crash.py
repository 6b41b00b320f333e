"""kill -9 in the middle of buying, at a live server on a real file."""

import json
from pathlib import Path

import anyio
import pytest
from mcp.client.client import Client
from mcp_types import CallToolResult

from mcp_shop_console.console.clock import wall_ms
from mcp_shop_console.console.house import new_id
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.store.database import open_database
from tests.console.program import serving
from tests.live.people import SHIRT, Agent, Person, text_of
from tests.requirement import requirement

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(60)]


async def read(_: str) -> None:
    """A person takes longer to read the page than the server asks for."""
    await anyio.sleep(0.8)


async def buy_on(client: Client, acknowledged: list[int], enough: anyio.Event) -> None:
    for number in range(1_000):
        answer = await client.call_tool("buyMcpShopItem", SHIRT | {"company": f"C{number}"})
        acknowledged.append(number_of(answer))
        if len(acknowledged) == 20:
            enough.set()


def number_of(answer: CallToolResult) -> int:
    return json.loads(text_of(answer))["order"]["number"]


@requirement("O11")
async def test_every_acknowledged_order_survives_a_kill(tmp_path: Path) -> None:
    database = tmp_path / "shop.sqlite3"
    acknowledged: list[int] = []
    with serving(tmp_path, "--database", str(database)) as server:
        agent = Agent(
            server.url, Person("Ada", "ada@example.com", server.stage_code, hesitate=read)
        )
        try:
            async with agent.connected() as client, anyio.create_task_group() as tasks:
                enough = anyio.Event()
                tasks.start_soon(buy_on, client, acknowledged, enough)
                with anyio.fail_after(20):
                    await enough.wait()
                server.process.kill()
                tasks.cancel_scope.cancel()
        except* Exception:  # noqa: BLE001 - the client's farewell meets nobody
            pass

    async with open_database(
        database, now_ms=wall_ms, new_id=new_id, publish=lambda events: None
    ) as store:
        entries = await store.read(lambda tx: tx.audit.newest(10_000))
        human = next(entry.human for entry in entries if entry.human)
        orders = await store.read(lambda tx: tx.orders.of_human(human.id))
        broken = await store.read(lambda tx: tx.audit.first_broken())

    placed = [entry.facts["number"] for entry in entries if entry.kind is AuditKind.ORDER_PLACED]
    numbers = [order.number for order in orders]
    assert set(acknowledged) <= set(numbers)
    assert numbers == placed == list(range(1, len(numbers) + 1))
    assert broken is None
