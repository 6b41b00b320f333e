"""The seven tools as they are listed: names, descriptions, inputs and outputs, in both eras."""

import json

import jsonschema
import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, Tool

from mcp_shop_console.mcp_server import replies
from mcp_shop_console.mcp_server.replies import Reply
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.refusals import Refusal, RefusalCode
from tests.mcp_server.stage import INVENTORY, NAMES, SHIRT, Era, Stage, open_stage
from tests.requirement import requirement

pytestmark = pytest.mark.anyio

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
