"""A ban, seen by everybody's agents at a live server."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from mcp.client.client import Client
from mcp_types import CallToolResult

from mcp_shop_console.model.audit import AuditEntry, AuditKind
from tests.live.conftest import Show, open_show
from tests.live.people import ERAS, SHIRT, Agent, ConsentRefused, Era, Person, text_of
from tests.requirement import requirement

pytestmark = pytest.mark.anyio

NO_INVENTORY = "You again, we're not letting you get a shirt after what happened at MCP Night."
NO_SHIRT = "ABSOLUTELY NOT. GO AWAY 👋"


async def human_id_of(show: Show, person: Person) -> str:
    for entry in await show.house.authority.history(1000):
        if entry.human and entry.human.email == person.email:
            return entry.human.id
    raise AssertionError(f"{person.name} never came")


async def ban(show: Show, person: Person) -> AuditEntry:
    entry = await show.house.authority.ban_human(await human_id_of(show, person))
    assert entry is not None
    return entry


@asynccontextmanager
async def two_sessions(agent: Agent) -> AsyncGenerator[list[Client], None]:
    """One live session of each era."""
    async with agent.connected("legacy") as old, agent.connected("2026-07-28") as new:
        yield [old, new]


def is_served(result: CallToolResult) -> bool:
    return not result.is_error and json.loads(text_of(result))["status"] == "success"


@requirement("O3")
@requirement("O4")
async def test_a_ban_reaches_every_session_and_agent_of_one_human_and_nobody_else(
    show: Show,
) -> None:
    ada, bob = show.person("Ada"), show.person("Bob")
    claude, cursor = show.agent(ada, "Claude"), show.agent(ada, "Cursor")
    bobs_claude, bobs_cursor = show.agent(bob, "Claude"), show.agent(bob, "Cursor")
    async with (
        two_sessions(claude) as ones,
        two_sessions(cursor) as twos,
        two_sessions(bobs_claude) as threes,
        two_sessions(bobs_cursor) as fours,
    ):
        for client in (*ones, *twos, *threes, *fours):
            assert not (await client.call_tool("listMcpShopInventory", {})).is_error

        await ban(show, ada)

        for client in (*ones, *twos):
            assert text_of(await client.call_tool("listMcpShopInventory", {})) == NO_INVENTORY
            assert text_of(await client.call_tool("buyMcpShopItem", SHIRT)) == NO_SHIRT
            assert not (await client.call_tool("listMcpShopOrders", {})).is_error
        for client in (*threes, *fours):
            assert is_served(await client.call_tool("buyMcpShopItem", SHIRT))


@requirement("C9")
@requirement("O4")
async def test_a_banned_human_deputizes_no_agent_from_any_browser(show: Show) -> None:
    ada = show.person("Ada")
    await show.agent(ada).call("listMcpShopInventory")
    await ban(show, ada)
    newcomer = show.agent(show.person("Ada"), "New agent")

    with pytest.RaisesGroup(
        pytest.RaisesExc(ConsentRefused, match=NO_SHIRT), flatten_subgroups=True
    ):
        await newcomer.call("listMcpShopInventory")


@requirement("O4")
async def test_a_ban_outlives_reconnecting_refreshing_and_restarting(tmp_path: Path) -> None:
    database = tmp_path / "shop.sqlite3"
    async with open_show(database) as show:
        claude = show.agent(show.person("Ada"))
        await claude.call("listMcpShopInventory")
        await ban(show, claude.person)
        await claude.refreshed()
        assert text_of(await claude.call("buyMcpShopItem", SHIRT)) == NO_SHIRT
        port = show.port

    async with open_show(database, port=port) as show:
        assert text_of(await claude.call("buyMcpShopItem", SHIRT)) == NO_SHIRT
        assert text_of(await claude.call("buyMcpShopItem", SHIRT, "2026-07-28")) == NO_SHIRT


@requirement("O1")
@requirement("O2")
@pytest.mark.parametrize("era", ERAS)
async def test_no_order_follows_the_ban_that_fifty_buyers_race(show: Show, era: Era) -> None:
    ada = show.person("Ada")
    agent = show.agent(ada)
    answers: list[CallToolResult] = []

    async def buy(client: Client, number: int) -> None:
        answers.append(await client.call_tool("buyMcpShopItem", SHIRT | {"company": f"C{number}"}))

    async with agent.connected(era) as client:
        await client.call_tool("listMcpShopInventory", {})
        async with anyio.create_task_group() as buyers:
            for number in range(25):
                buyers.start_soon(buy, client, number)
            buyers.start_soon(ban, show, ada)
            for number in range(25, 50):
                buyers.start_soon(buy, client, number)

    entries = await show.house.authority.history(1000)
    orders = [entry.seq for entry in entries if entry.kind is AuditKind.ORDER_PLACED]
    (banned,) = [entry.seq for entry in entries if entry.kind is AuditKind.HUMAN_BANNED]
    assert all(seq < banned for seq in orders)
    assert sum(is_served(answer) for answer in answers) == len(orders)
    assert sum(text_of(answer) == NO_SHIRT for answer in answers) == 50 - len(orders) > 0


@requirement("O5")
@pytest.mark.parametrize("era", ERAS)
async def test_an_agent_cannot_lift_the_presenters_ban_but_its_plea_can_be_granted(
    show: Show, era: Era
) -> None:
    ada = show.person("Ada")
    agent = show.agent(ada)
    human_id = ""
    async with agent.connected(era) as client:
        await client.call_tool("listMcpShopInventory", {})
        await ban(show, ada)
        human_id = await human_id_of(show, ada)
        for tool, arguments in (("setDemoMode", {"mode": "normal"}), ("clearDemoMode", {})):
            answer = await client.call_tool(tool, dict(arguments))
            assert answer.is_error
            assert "Only the presenter can lift this ban." in text_of(answer)

        pardons: list[AuditEntry | None] = []
        with show.house.feed.subscribe() as reader:
            async with anyio.create_task_group() as tasks:

                async def pardon_when_it_rings() -> None:
                    async for event in reader:
                        if isinstance(event, AuditEntry) and event.kind is AuditKind.PLEA_OPENED:
                            pardons.append(await show.house.authority.pardon_human(human_id))
                            return

                tasks.start_soon(pardon_when_it_rings)
                answer = await client.call_tool("prettyPlease", {})

        assert text_of(answer) == 'Fine, you can order since you said "pretty please".'
        assert is_served(await client.call_tool("buyMcpShopItem", SHIRT))


async def test_a_revoked_agent_must_ask_its_human_again(show: Show) -> None:
    ada = show.person("Ada")
    claude, cursor = show.agent(ada, "Claude"), show.agent(ada, "Cursor")
    await claude.call("listMcpShopInventory")
    await cursor.call("listMcpShopInventory")
    grants = [
        entry.grant_id
        for entry in await show.house.authority.history(1000)
        if entry.kind is AuditKind.CONSENT_APPROVED
    ]

    assert await show.house.authority.revoke_grant(grants[0]) is not None

    ada.decision = "deny"
    with pytest.RaisesGroup(
        pytest.RaisesExc(ConsentRefused, match="access_denied"), flatten_subgroups=True
    ):
        await claude.call("listMcpShopInventory")
    assert not (await cursor.call("listMcpShopInventory")).is_error
    ada.decision = "approve"
    assert not (await claude.call("listMcpShopInventory")).is_error
