import json

import pytest

from mcp_shop_console.mcp_server.arguments import Arguments, Fault, read_arguments
from mcp_shop_console.model.audit import AuditKind
from tests.mcp_server.stage import (
    SHIRT,
    Era,
    Stage,
    error_of,
    modern_headers,
    modern_request,
    text_of,
)
from tests.requirement import requirement

pytestmark = pytest.mark.anyio

BAD_SHIRTS: dict[str, tuple[str, dict[str, object]]] = {
    "null": ("company", {"company": None}),
    "empty": ("company", {"company": ""}),
    "blank": ("mailingAddress", {"mailingAddress": " \n\t "}),
    "a number": ("company", {"company": 7}),
    "a list": ("mailingAddress", {"mailingAddress": ["1 Road"]}),
    "an object": ("tshirtSize", {"tshirtSize": {"size": "L"}}),
    "too long": ("company", {"company": "x" * 201}),
    "much too long": ("mailingAddress", {"mailingAddress": "x" * 200_000}),
    "another size": ("tshirtSize", {"tshirtSize": "XXXL"}),
    "a size in lower case": ("tshirtSize", {"tshirtSize": "l"}),
    "a NUL": ("company", {"company": "AC\0ME"}),
    "an escape": ("company", {"company": "\x1b[31mACME"}),
    "a C1 control": ("mailingAddress", {"mailingAddress": "1 Road\x9b"}),
    "a line feed in a company": ("company", {"company": "AC\nME"}),
    "a tab in an address": ("mailingAddress", {"mailingAddress": "1\tRoad"}),
    "a carriage return": ("mailingAddress", {"mailingAddress": "1 Road\r\nTown"}),
    "an unknown argument": ("colour", {"colour": "red"}),
    "a key too long": ("idempotencyKey", {"idempotencyKey": "k" * 256}),
    "a key with a control": ("idempotencyKey", {"idempotencyKey": "k\x7f"}),
    "null for a key": ("idempotencyKey", {"idempotencyKey": None}),
}


@requirement("N7")
async def test_a_bad_argument_is_named_and_nothing_is_ordered(stage: Stage, era: Era) -> None:
    async with stage.client(era) as client:
        for case, (name, change) in BAD_SHIRTS.items():
            error = error_of(await client.call_tool("buyMcpShopItem", SHIRT | change))
            assert error["code"] == error["type"] == "invalid_request", case
            assert error["param"] == f"$.{name}", case
            assert str(error["message"]).startswith(name), case
        orders = await client.call_tool("listMcpShopOrders", {})

    assert json.loads(text_of(orders))["orders"] == []


@requirement("N7")
async def test_a_missing_argument_is_named_with_what_to_give(stage: Stage, era: Era) -> None:
    async with stage.client(era) as client:
        result = await client.call_tool("buyMcpShopItem", {"company": "ACME", "tshirtSize": "L"})

    assert error_of(result)["param"] == "$.mailingAddress"
    assert text_of(result) == (
        "mailingAddress is missing. Give the full mailing address, 1 to 1000 characters; "
        "line feeds may separate its lines."
    )


@requirement("N7")
async def test_the_refusal_of_a_bad_argument_is_recorded(stage: Stage, era: Era) -> None:
    async with stage.client(era) as client:
        error = error_of(await client.call_tool("setDemoMode", {"mode": "asleep"}))

    entry = (await stage.audit())[-1]
    assert entry.kind is AuditKind.CALL_REFUSED
    assert entry.seq == error["audit_seq"]
    assert entry.code == "invalid_request"
    assert entry.facts == {"param": "$.mode"}
    assert entry.human is not None
    assert entry.human.id == "ann"


@requirement("N7")
@pytest.mark.parametrize("value", ["HOSTILE\x1b]52;c;AAAA\x07", "<script>HOSTILE", "HOSTILE" * 100])
async def test_what_was_sent_is_never_echoed(stage: Stage, value: str) -> None:
    async with stage.client("2026-07-28") as client:
        results = [
            await client.call_tool("setDemoMode", {"mode": value}),
            await client.call_tool("setDemoMode", {"mode": "normal", value: 1}),
            await client.call_tool("buyMcpShopItem", SHIRT | {"tshirtSize": value}),
        ]

    assert [error_of(result)["param"] for result in results] == ["$.mode", "$", "$.tshirtSize"]
    for result in results:
        assert "HOSTILE" not in result.model_dump_json()


@requirement("N7")
async def test_a_lone_surrogate_is_refused(stage: Stage) -> None:
    body = {"company": "AC\ud800ME", "mailingAddress": "x", "tshirtSize": "L"}
    async with stage.http() as http:
        answer = await http.post(
            stage.url,
            headers=modern_headers("tools/call", "buyMcpShopItem"),
            content=json.dumps(
                modern_request("tools/call", {"name": "buyMcpShopItem", "arguments": body})
            ),
        )

    error = answer.json()["result"]["structuredContent"]["error"]
    assert error["code"] == "invalid_request"
    assert error["param"] == "$.company"


@requirement("N7")
@pytest.mark.parametrize("name", ["clearDemoMode", "getUserInfo", "listMcpShopOrders"])
async def test_a_tool_without_arguments_takes_none(stage: Stage, name: str) -> None:
    async with stage.client("2026-07-28") as client:
        error = error_of(await client.call_tool(name, {"verbose": True}))

    assert error["param"] == "$.verbose"


async def test_the_longest_permitted_texts_are_taken(stage: Stage, era: Era) -> None:
    shirt = {
        "company": "x" * 200,
        "mailingAddress": "y" * 1000,
        "tshirtSize": "XXL",
        "idempotencyKey": "k" * 255,
    }

    async with stage.client(era) as client:
        result = await client.call_tool("buyMcpShopItem", shirt)

    assert not result.is_error


class CountedArguments(Arguments):
    count: int


@requirement("N7")
@pytest.mark.parametrize("sent", ["3", 3.0, True, None])
def test_nothing_is_converted(sent: object) -> None:
    assert read_arguments(CountedArguments, {"count": sent}) == Fault("count", "int_type")
