"""The web page of MCP Inspector 2, in a real browser, in both its eras."""

import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import urljoin

import pytest

from mcp_shop_console.model.audit import AuditKind
from tests.clients.browser import Page, approve, open_page, sign_in
from tests.clients.decisions import (
    EXPIRED_AFTER_SECONDS,
    ban_the_last_human,
    protocols_of_orders,
    revoke_the_last_grant,
    told,
)
from tests.clients.installed import NODE, PACKAGES, free_port
from tests.clients.program import running
from tests.clients.roster import INSPECTOR_WEB
from tests.live.conftest import Show, open_show

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

Era = Literal["legacy", "modern"]
ERAS: dict[Era, str] = dict(zip(("legacy", "modern"), INSPECTOR_WEB.protocols, strict=True))
EACH_ERA = pytest.mark.parametrize("era", ERAS)
LAUNCHER = PACKAGES / "@modelcontextprotocol/inspector/clients/launcher/build/index.js"
KEY = "the-key-of-the-inspector-in-tests"
SWITCH = ".mantine-Switch-track"
DISCONNECTED = "[data-testid=connection-status][data-status=disconnected]"
CONNECTED = "[data-testid=connection-status][data-status=connected]"


@asynccontextmanager
async def started(home: Path, *arguments: str | Path) -> AsyncGenerator[Page, None]:
    """A running Inspector, open in a browser."""
    port = free_port()
    variables = {
        "CLIENT_PORT": str(port),
        "MCP_SANDBOX_PORT": str(free_port()),
        "MCP_INSPECTOR_API_TOKEN": KEY,
        "MCP_AUTO_OPEN_ENABLED": "false",
        "MCP_INSPECTOR_SECRET_STORE": "file",
        "MCP_STORAGE_DIR": str(home / "storage"),
    }
    command = [NODE, LAUNCHER, "--web", *arguments]
    async with running(command, home, variables) as program, open_page(home) as page:
        await program.says("is up and running at")
        await page.open(f"http://localhost:{port}/?MCP_INSPECTOR_API_TOKEN={KEY}")
        yield page


@asynccontextmanager
async def inspector(home: Path, url: str, era: Era) -> AsyncGenerator[Page, None]:
    """A running Inspector that knows the shop."""
    entry = {"type": "streamable-http", "url": url, "protocolEra": era}
    catalog = home / "catalog.json"
    catalog.write_text(json.dumps({"mcpServers": {"shop": entry}}), encoding="utf-8")
    async with started(home, "--catalog", catalog) as page:
        yield page


async def connect(page: Page, show: Show) -> None:
    await page.click(css=SWITCH)
    await sign_in(page, show.person("Ada"))
    await approve(page, show)
    await page.sees(css=CONNECTED)


async def choose(page: Page, tool: str) -> None:
    await page.click(text="Tools")
    await page.click(text=tool)


async def buy(page: Page, company: str) -> None:
    """Fill in the form that the Inspector makes of the tool's schema, and execute."""
    await choose(page, "buyMcpShopItem")
    await page.type(company, label="company")
    await page.type("1 Road, Town", label="mailingAddress")
    await page.click(label="tshirtSize")
    await page.click(role="option", name="L")
    await page.press("Execute Tool")


@EACH_ERA
async def test_it_connects_buys_and_is_banned(show: Show, home: Path, era: Era) -> None:
    async with inspector(home, show.url, era) as page:
        await connect(page, show)
        await buy(page, "ACME")
        await page.sees(text="Order placed successfully!")
        await page.press("Close results")

        await ban_the_last_human(show)
        await page.press("Execute Tool")
        await page.sees(text="ABSOLUTELY NOT. GO AWAY 👋")

    assert await protocols_of_orders(show) == {ERAS[era]}


@EACH_ERA
async def test_it_refreshes_an_expired_token_by_itself(show: Show, home: Path, era: Era) -> None:
    async with inspector(home, show.url, era) as page:
        await connect(page, show)
        show.clock.advance(EXPIRED_AFTER_SECONDS)

        await buy(page, "ACME")
        await page.sees(text="Order placed successfully!")

    assert await told(show, AuditKind.TOKEN_REFRESHED)
    assert len(await told(show, AuditKind.CONSENT_APPROVED)) == 1


@EACH_ERA
async def test_revoked_it_leads_to_the_consent_page_and_is_whole_again(
    show: Show, home: Path, era: Era
) -> None:
    async with inspector(home, show.url, era) as page:
        await connect(page, show)
        await choose(page, "listMcpShopInventory")
        await revoke_the_last_grant(show)

        if era == "modern":  # the legacy era's open stream notices without a call
            await page.press("Execute Tool")
        await approve(page, show)
        await page.sees(css=CONNECTED)
        await buy(page, "ACME")
        await page.sees(text="Order placed successfully!")

    first, second = await told(show, AuditKind.CONSENT_APPROVED)
    assert first.agent == second.agent


@EACH_ERA
async def test_after_a_restart_of_the_server_it_goes_on_without_a_human(
    home: Path, tmp_path: Path, era: Era
) -> None:
    database, port = tmp_path / "shop.sqlite3", free_port()
    async with inspector(home, f"http://localhost:{port}/mcp", era) as page:
        async with open_show(database, port=port) as show:
            await connect(page, show)
        async with open_show(database, port=port) as show:
            if era == "legacy":  # its session ended with the server
                await page.click(text="Servers")
                await page.click(css=SWITCH)
                await page.sees(css=DISCONNECTED)
                await page.click(css=SWITCH)
                await page.sees(css=CONNECTED)
            await buy(page, "ACME")
            await page.sees(text="Order placed successfully!")

            assert len(await told(show, AuditKind.CONSENT_APPROVED)) == 1


async def test_the_command_of_our_front_door_starts_it_with_the_shop(
    show: Show, home: Path
) -> None:
    async with open_page(home) as front_door:
        await front_door.open(urljoin(show.url, "/"))
        command = re.search(r"npx @modelcontextprotocol/inspector (.+)", await front_door.read())
    assert command is not None

    async with started(home, *command[1].split()) as page:
        await connect(page, show)
        await buy(page, "ACME")
        await page.sees(text="Order placed successfully!")
