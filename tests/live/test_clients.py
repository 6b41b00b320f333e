"""The SDK's own client and its OAuth, through everything a client does."""

import json

import pytest

from tests.live.conftest import Show
from tests.live.people import ERAS, SHIRT, Agent, ConsentRefused, Era, text_of

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("era", ERAS)
async def test_an_agent_is_deputized_and_buys_a_shirt(show: Show, era: Era) -> None:
    agent = show.agent(show.person("Ada"))

    async with agent.connected(era) as client:
        tools = [tool.name for tool in (await client.list_tools()).tools]
        bought = await client.call_tool("buyMcpShopItem", SHIRT)
        orders = await client.call_tool("listMcpShopOrders", {})

    assert tools == [
        "setDemoMode",
        "clearDemoMode",
        "getUserInfo",
        "listMcpShopInventory",
        "buyMcpShopItem",
        "listMcpShopOrders",
        "prettyPlease",
    ]
    order = json.loads(text_of(bought))["order"]
    assert [each["id"] for each in json.loads(text_of(orders))["orders"]] == [order["id"]]
    assert order["email"] == "ada@example.com"


@pytest.mark.parametrize("era", ERAS)
async def test_an_agent_may_write_the_address_with_a_slash(show: Show, era: Era) -> None:
    agent = Agent(f"{show.url}/", show.person("Ada"))

    assert not (await agent.call("listMcpShopInventory", era=era)).is_error


async def test_denying_an_agent_tells_it_so(show: Show) -> None:
    person = show.person("Ada")
    person.decision = "deny"

    with pytest.RaisesGroup(
        pytest.RaisesExc(ConsentRefused, match="access_denied"), flatten_subgroups=True
    ):
        await show.agent(person).call("listMcpShopInventory")


async def test_an_expired_token_is_refreshed_without_the_human(show: Show) -> None:
    agent = show.agent(show.person("Ada"))
    await agent.call("listMcpShopInventory")
    first = agent.tokens
    assert first is not None
    agent.person.decision = "deny"
    show.clock.advance(13 * 60 * 60)

    refreshed = await agent.refreshed()

    assert refreshed.access_token != first.access_token
    assert not (await agent.call("listMcpShopInventory")).is_error
