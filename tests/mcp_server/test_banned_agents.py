"""What a banned agent reads, byte for byte, and what it can do about it by itself."""

import anyio
import pytest

from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Rank
from tests.mcp_server.stage import (
    ANN,
    BOB,
    NAMES,
    SHIRT,
    Era,
    Stage,
    error_of,
    next_decision,
    open_stage,
    text_of,
)
from tests.requirement import requirement

pytestmark = pytest.mark.anyio

BANNED_INVENTORY = "You again, we're not letting you get a shirt after what happened at MCP Night."


@requirement("O3")
async def test_a_banned_human_reads_the_contracts_noes(stage: Stage, era: Era) -> None:
    await stage.authority.ban_human(ANN.id)

    async with stage.client(era) as client:
        inventory = await client.call_tool("listMcpShopInventory", {})
        buy = await client.call_tool("buyMcpShopItem", SHIRT)
        orders = await client.call_tool("listMcpShopOrders", {})
        info = await client.call_tool("getUserInfo", {})

    assert text_of(inventory) == BANNED_INVENTORY
    assert text_of(buy) == "ABSOLUTELY NOT. GO AWAY 👋"
    assert error_of(inventory)["code"] == error_of(buy)["code"] == "banned"
    assert not orders.is_error
    assert not info.is_error


@requirement("O3")
async def test_a_ban_leaves_other_humans_alone(stage: Stage, era: Era) -> None:
    await stage.authority.ban_human(ANN.id)

    async with stage.client(era, "bob.claude") as client:
        result = await client.call_tool("buyMcpShopItem", SHIRT)

    assert not result.is_error


@requirement("O3")
async def test_a_banned_grant_leaves_the_humans_other_agents_alone(stage: Stage, era: Era) -> None:
    await stage.authority.ban_grant(stage.grants["ann.claude"].id)

    async with stage.client(era) as banned, stage.client(era, "ann.cursor") as other:
        refused = await banned.call_tool("buyMcpShopItem", SHIRT)
        served = await other.call_tool("buyMcpShopItem", SHIRT)

    assert text_of(refused) == "ABSOLUTELY NOT. GO AWAY 👋"
    assert not served.is_error


async def test_an_error_names_its_call_and_its_audit_entry(stage: Stage, era: Era) -> None:
    await stage.authority.ban_human(ANN.id)

    async with stage.client(era) as client:
        error = error_of(await client.call_tool("buyMcpShopItem", SHIRT))

    entry = (await stage.audit())[-1]
    assert entry.kind is AuditKind.CALL_REFUSED
    assert entry.call is not None
    assert error == {
        "type": "refusal",
        "code": "banned",
        "message": error["message"],
        "retryable": False,
        "audit_seq": entry.seq,
        "request_id": entry.call.id,
    }


@requirement("O6")
async def test_an_agent_bans_and_pardons_its_human_at_its_own_rank(stage: Stage, era: Era) -> None:
    async with stage.client(era) as client:
        banned = await client.call_tool("setDemoMode", {"mode": "banned"})
        refused = await client.call_tool("buyMcpShopItem", SHIRT)
        pleaded = await client.call_tool("prettyPlease", {})
        served = await client.call_tool("buyMcpShopItem", SHIRT)
        normal = await client.call_tool("setDemoMode", {"mode": "normal"})
        cleared = await client.call_tool("clearDemoMode", {})

    assert text_of(banned) == "Demo mode set to banned."
    assert refused.is_error
    assert text_of(pleaded) == 'Fine, you can order since you said "pretty please".'
    assert not served.is_error
    assert text_of(normal) == "Demo mode set to normal."
    assert text_of(cleared) == "You are back to normal, dude."


@requirement("O5")
async def test_an_agent_cannot_lift_the_presenters_ban(era: Era) -> None:
    async with open_stage(plea_wait_seconds=0.05) as stage, stage.client(era) as client:
        await stage.authority.ban_human(ANN.id)
        normal = await client.call_tool("setDemoMode", {"mode": "normal"})
        cleared = await client.call_tool("clearDemoMode", {})
        pleaded = await client.call_tool("prettyPlease", {})
        bought = await client.call_tool("buyMcpShopItem", SHIRT)

    only_the_presenter = "Only the presenter can lift this ban. prettyPlease asks."
    assert text_of(normal) == text_of(cleared) == only_the_presenter
    assert text_of(pleaded) == "Asked. The human has not answered."
    assert error_of(pleaded)["code"] == error_of(normal)["code"] == "pardon_requires_human"
    assert error_of(pleaded)["plea"]
    assert text_of(bought) == "ABSOLUTELY NOT. GO AWAY 👋"


@requirement("O5")
async def test_a_waiting_plea_is_answered_by_the_presenters_pardon(stage: Stage, era: Era) -> None:
    await stage.authority.ban_human(ANN.id)
    said: list[str] = []

    async with stage.client(era) as client, anyio.create_task_group() as tasks:

        async def plead() -> None:
            said.append(text_of(await client.call_tool("prettyPlease", {})))

        with stage.feed.subscribe() as reader, anyio.fail_after(5):
            tasks.start_soon(plead)
            await next_decision(reader, AuditKind.PLEA_OPENED)
            await stage.authority.pardon_human(ANN.id)

    assert said == ['Fine, you can order since you said "pretty please".']


@requirement("U8")
async def test_no_tool_reaches_the_presenters_controls(stage: Stage) -> None:
    async with stage.client("2026-07-28", "bob.claude") as client:
        for name in NAMES:
            await client.call_tool(name, SHIRT if name == "buyMcpShopItem" else {"mode": "banned"})

    ranks = {entry.actor for entry in await stage.audit() if entry.call is not None}
    assert ranks == {Rank.AGENT}
    assert not any(entry.human == ANN and entry.call for entry in await stage.audit())
    assert any(entry.human == BOB and entry.call for entry in await stage.audit())
