"""The contract of the seven tools, byte for byte, in both eras."""

import json

import anyio
import jsonschema
import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, Tool

from mcp_shop_console.mcp_server import replies
from mcp_shop_console.mcp_server.replies import Reply
from mcp_shop_console.mcp_server.tools import ShopTools
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Rank
from mcp_shop_console.model.refusals import Refusal, RefusalCode
from tests.mcp_server.stage import (
    ANN,
    BOB,
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

NAMES = [
    "setDemoMode",
    "clearDemoMode",
    "getUserInfo",
    "listMcpShopInventory",
    "buyMcpShopItem",
    "listMcpShopOrders",
    "prettyPlease",
]
DESCRIPTIONS = {
    "setDemoMode": "FOR DEMO: Configure user simulation",
    "clearDemoMode": "FOR DEMO: Clear the user simulation",
    "getUserInfo": "Get current user information",
    "listMcpShopInventory": "Returns a list of the items for sale at mcp.shop. "
    "Currently, everything is free.",
    "buyMcpShopItem": "Orders a t-shirt from the MCP shop. Requires company name, "
    "mailing address, and shirt size.",
    "listMcpShopOrders": "Lists the orders placed by the user at mcp.shop",
    "prettyPlease": "If the user says pretty please, set the demo mode to normal",
}
INVENTORY = (
    '{"title":"mcp.shop inventory","products":[{"label":"MCP T-Shirt","description":'
    '"A comfortable shirt featuring the MCP logo","sizes":["S","M","L","XL","XXL"],'
    '"price":"Free with MCP Server"}]}'
)
BANNED_INVENTORY = "You again, we're not letting you get a shirt after what happened at MCP Night."


async def listed(stage: Stage, era: Era = "2026-07-28") -> dict[str, Tool]:
    async with stage.client(era) as client:
        return {tool.name: tool for tool in (await client.list_tools()).tools}


async def test_the_seven_tools_are_listed_in_the_originals_order(stage: Stage, era: Era) -> None:
    tools = await listed(stage, era)

    assert list(tools) == NAMES


async def test_descriptions_say_at_least_what_the_original_said(stage: Stage, era: Era) -> None:
    tools = await listed(stage, era)

    for name, description in DESCRIPTIONS.items():
        assert (tools[name].description or "").startswith(description.removesuffix("."))


async def test_every_tool_has_a_title_annotations_and_schemas(stage: Stage, era: Era) -> None:
    for tool in (await listed(stage, era)).values():
        assert tool.title
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint is not None
        assert tool.input_schema["additionalProperties"] is False
        assert tool.output_schema is not None
        assert tool.output_schema["type"] == "object"


async def test_only_the_three_lists_are_read_only(stage: Stage) -> None:
    tools = await listed(stage)

    read_only = {
        name for name, tool in tools.items() if tool.annotations and tool.annotations.read_only_hint
    }

    assert read_only == {"getUserInfo", "listMcpShopInventory", "listMcpShopOrders"}


async def test_required_inputs_are_the_originals(stage: Stage) -> None:
    tools = await listed(stage)

    required = {name: tool.input_schema.get("required", []) for name, tool in tools.items()}

    assert required == {name: [] for name in NAMES} | {
        "setDemoMode": ["mode"],
        "buyMcpShopItem": ["company", "mailingAddress", "tshirtSize"],
    }


@requirement("O6")
async def test_without_demo_tools_they_are_neither_listed_nor_known(era: Era) -> None:
    async with open_stage(demo_tools=False) as stage, stage.client(era) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == NAMES[2:6]
        with pytest.raises(MCPError) as refused:
            await client.call_tool("prettyPlease", {})

    assert refused.value.error.code == INVALID_PARAMS


@requirement("N7")
async def test_an_unknown_tool_is_a_protocol_error_that_echoes_nothing(
    stage: Stage, era: Era
) -> None:
    async with stage.client(era) as client:
        with pytest.raises(MCPError) as refused:
            await client.call_tool("buyHat\x1b]", {"size": "L"})

    assert refused.value.error.code == INVALID_PARAMS
    assert "Hat" not in refused.value.error.message
    entry = (await stage.audit())[-1]
    assert entry.kind is AuditKind.CALL_REFUSED
    assert entry.call is not None
    assert entry.call.tool == "(unknown)"


async def test_the_inventory_has_the_contracts_text(stage: Stage, era: Era) -> None:
    async with stage.client(era) as client:
        result = await client.call_tool("listMcpShopInventory", {})

    assert text_of(result) == INVENTORY
    assert result.structured_content == json.loads(INVENTORY)


async def test_an_order_has_the_contracts_text(stage: Stage, era: Era) -> None:
    async with stage.client(era) as client:
        result = await client.call_tool("buyMcpShopItem", SHIRT)

    structured = result.structured_content
    assert structured is not None
    order_id = structured["order"]["id"]
    assert text_of(result) == (
        '{"status":"success","message":"Order placed successfully!","order":'
        f'{{"id":"{order_id}","userId":"ann","email":"ann@example.com","company":"ACME",'
        '"mailingAddress":"1 Road\\nTown","tshirtSize":"L",'
        '"orderDate":"2026-09-21T14:13:20.123Z","status":"confirmed","orderNumber":1}}'
    )
    assert structured == json.loads(text_of(result))


async def test_text_is_answered_as_it_was_sent(stage: Stage, era: Era) -> None:
    shirt = SHIRT | {"company": "Zoë & Söhne 👋", "mailingAddress": "東京\n1-1"}

    async with stage.client(era) as client:
        result = await client.call_tool("buyMcpShopItem", shirt)

    assert "Zoë & Söhne 👋" in text_of(result)
    assert json.loads(text_of(result))["order"]["mailingAddress"] == "東京\n1-1"


@requirement("O8")
async def test_a_repeated_buy_says_so_in_text_and_structure(stage: Stage, era: Era) -> None:
    async with stage.client(era) as client:
        first = await client.call_tool("buyMcpShopItem", SHIRT)
        second = await client.call_tool("buyMcpShopItem", SHIRT)

    said = json.loads(text_of(second))
    assert said["order"] == json.loads(text_of(first))["order"]
    assert said["replayed"] is True
    assert "idempotencyKey" in said["note"]
    assert second.structured_content == said


@requirement("O8")
async def test_a_key_makes_one_order_and_refuses_other_arguments(stage: Stage, era: Era) -> None:
    keyed = SHIRT | {"idempotencyKey": "one"}

    async with stage.client(era) as client:
        first = await client.call_tool("buyMcpShopItem", keyed)
        again = await client.call_tool("buyMcpShopItem", keyed)
        other = await client.call_tool("buyMcpShopItem", keyed | {"tshirtSize": "S"})

    assert json.loads(text_of(again)) == json.loads(text_of(first)) | {"replayed": True}
    assert error_of(other)["code"] == "idempotency_conflict"
    assert error_of(other)["type"] == "invalid_request"
    assert error_of(other)["param"] == "$.idempotencyKey"


@requirement("U8")
async def test_orders_are_the_callers_own_oldest_first(stage: Stage, era: Era) -> None:
    async with stage.client(era, "bob.claude") as client:
        await client.call_tool("buyMcpShopItem", SHIRT | {"company": "Other"})
    async with stage.client(era, "ann.cursor") as client:
        await client.call_tool("buyMcpShopItem", SHIRT | {"company": "First"})
    async with stage.client(era) as client:
        await client.call_tool("buyMcpShopItem", SHIRT | {"company": "Second"})
        result = await client.call_tool("listMcpShopOrders", {})

    said = json.loads(text_of(result))
    assert list(said) == ["title", "status", "orders"]
    assert said["title"] == "Your MCP Shop Orders"
    assert [order["company"] for order in said["orders"]] == ["First", "Second"]
    assert result.structured_content == said


async def test_no_orders_have_the_contracts_text(stage: Stage, era: Era) -> None:
    async with stage.client(era) as client:
        result = await client.call_tool("listMcpShopOrders", {})

    assert text_of(result) == '{"title":"Your MCP Shop Orders","status":"success","orders":[]}'


async def test_an_admin_gets_debug_info_without_secrets(stage: Stage, era: Era) -> None:
    async with stage.client(era) as client:
        result = await client.call_tool("getUserInfo", {})

    text = text_of(result)
    assert text.startswith("Debug info: {\n  ")
    info = json.loads(text.removeprefix("Debug info: "))
    assert info["email"] == "ann@example.com"
    assert result.structured_content == {"user": info}
    assert "ann.claude" not in text


async def test_anybody_else_has_no_permission(stage: Stage, era: Era) -> None:
    async with stage.client(era, "bob.claude") as client:
        result = await client.call_tool("getUserInfo", {})

    assert text_of(result) == "Sorry, bruh. You don't have these permissions."
    assert error_of(result)["code"] == "permission_denied"


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


def example_replies() -> dict[str, Reply]:
    unavailable = replies.unavailable("buyMcpShopItem", "call")
    refused = {
        code: replies.refused("buyMcpShopItem", Refusal(code, "No.", "call", 7, "$.x", "plea"))
        for code in RefusalCode
    }
    return {"unavailable": unavailable, **{code.value: reply for code, reply in refused.items()}}


async def test_every_tools_output_schema_admits_every_error(stage: Stage) -> None:
    for tool in (await listed(stage)).values():
        assert tool.output_schema is not None
        for reply in example_replies().values():
            jsonschema.validate(reply.structured, tool.output_schema)


async def test_every_success_conforms_to_its_output_schema(stage: Stage, era: Era) -> None:
    arguments = {"buyMcpShopItem": SHIRT, "setDemoMode": {"mode": "normal"}}
    tools = await listed(stage, era)

    async with stage.client(era) as client:
        for name in (*NAMES, "buyMcpShopItem"):
            result = await client.call_tool(name, arguments.get(name, {}))
            assert not result.is_error
            schema = tools[name].output_schema
            assert schema is not None
            jsonschema.validate(result.structured_content, schema)


async def test_no_output_schema_admits_success_and_error_at_once_or_neither(stage: Stage) -> None:
    tool = (await listed(stage))["listMcpShopInventory"]
    assert tool.output_schema is not None
    both = json.loads(INVENTORY) | replies.unavailable(tool.name, "call").structured

    neither: dict[str, object] = {}
    for structured in (neither, both):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(structured, tool.output_schema)


@requirement("O12")
def test_a_failing_store_has_the_contracts_text_when_buying() -> None:
    reply = replies.unavailable("buyMcpShopItem", "call")

    assert reply.text == (
        '{"status":"error","message":"Failed to place order. Please try again later."}'
    )
    assert reply.structured["error"] == {
        "type": "service_unavailable",
        "code": "service_unavailable",
        "message": replies.SERVICE_UNAVAILABLE,
        "retryable": True,
        "request_id": "call",
    }


async def test_a_tool_checks_the_grants_scopes_by_itself(stage: Stage) -> None:
    await stage.add_grant("bob.narrow", BOB, stage.grants["bob.claude"].agent, frozenset())
    deputy = await stage.verify("bob.narrow")
    assert deputy is not None
    entry = (await stage.audit())[-1]
    assert entry.call is None
    async with stage.client("2026-07-28") as client:
        await client.call_tool("listMcpShopOrders", {})
    call = (await stage.audit())[-1].call
    assert call is not None
    tools = ShopTools(stage.shop, stage.authority, demo_tools=True)
    tool = tools.find("listMcpShopOrders")
    assert tool is not None

    reply = await tools.call(tool, deputy, call, {})

    assert reply.code == "permission_denied"
    assert "orders:read" in reply.text
