"""What the shop's four tools answer, byte for byte, in both eras."""

import json

import pytest

from mcp_shop_console.mcp_server import replies
from mcp_shop_console.mcp_server.tools import ShopTools
from tests.mcp_server.stage import BOB, INVENTORY, SHIRT, Era, Stage, error_of, text_of
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


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
