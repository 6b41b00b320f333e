"""The command line of MCP Inspector 1, which knows no OAuth and takes a token as a header."""

import json
from pathlib import Path

import pytest

from tests.clients.decisions import protocols_of_orders
from tests.clients.installed import NODE, PACKAGES
from tests.clients.program import run
from tests.clients.roster import INSPECTOR_1_CLI
from tests.live.conftest import Show
from tests.live.people import SHIRT

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(60)]

PROGRAM = PACKAGES / "inspector-1" / "cli" / "build" / "cli.js"


async def test_it_buys_with_a_token_that_it_is_given(show: Show, home: Path) -> None:
    agent = show.agent(show.person("Ada"))
    await agent.call("listMcpShopInventory")
    assert agent.tokens is not None
    command = [NODE, PROGRAM, "--cli", show.url, "--transport", "http"]
    header = f"Authorization: Bearer {agent.tokens.access_token}"
    tool = ["--method", "tools/call", "--tool-name", "buyMcpShopItem", "--tool-arg"]
    arguments = [f"{name}={json.dumps(value)}" for name, value in SHIRT.items()]

    done = await run([*command, "--header", header, *tool, *arguments], home)

    assert "Order placed successfully!" in done.stdout, done
    assert await protocols_of_orders(show) == set(INSPECTOR_1_CLI.protocols)
