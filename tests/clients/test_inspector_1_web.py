"""The web page of MCP Inspector 1, by its proxy and straight from the browser.

It cannot refresh, and after a revocation it asks again in a new tab only (its own limits).
Its ports are fixed, because others get lost on the way back from the consent page.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import pytest

from mcp_shop_console.model.audit import AuditKind
from tests.clients.browser import Page, approve, open_page, sign_in
from tests.clients.decisions import (
    ban_the_last_human,
    protocols_of_orders,
    revoke_the_last_grant,
    told,
)
from tests.clients.installed import NODE, PACKAGES, free_port
from tests.clients.program import running
from tests.clients.roster import INSPECTOR_1_WEB
from tests.live.conftest import Show, open_show

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

Way = Literal["Via Proxy", "Direct"]
WAYS: tuple[Way, ...] = ("Via Proxy", "Direct")
EACH_WAY = pytest.mark.parametrize("way", WAYS)
FOLDER = PACKAGES / "inspector-1"
KEY = "the-key-of-the-inspector-in-tests"


@asynccontextmanager
async def inspector(home: Path, url: str, way: Way) -> AsyncGenerator[Page, None]:
    """A running Inspector, open in a browser, with the shop's address typed in."""
    variables = {"MCP_PROXY_AUTH_TOKEN": KEY, "MCP_AUTO_OPEN_ENABLED": "false"}
    command = [NODE, FOLDER / "client" / "bin" / "start.js"]
    async with running(command, home, variables) as program, open_page(home) as page:
        await program.says("MCP Inspector is up and running at")
        await enter(page, url, way)
        yield page


async def enter(page: Page, url: str, way: Way) -> None:
    known = f"MCP_PROXY_AUTH_TOKEN={KEY}&MCP_PROXY_PORT=6277&transport=streamable-http"
    await page.open(f"http://localhost:6274/?{known}&serverUrl={url}")
    if way == "Direct":
        await page.click(label="Connection Type")
        await page.click(role="option", name=way)


async def connect(page: Page, show: Show) -> None:
    await page.press("Connect")
    await sign_in(page, show.person("Ada"))
    await approve(page, show)
    await finish_connecting(page)


async def finish_connecting(page: Page) -> None:
    """It connects by itself after the callback, but not always."""
    if not await page.shows(role="button", name="Disconnect", seconds=4):
        await page.press("Connect")
        await page.sees(role="button", name="Disconnect")


async def choose_the_shirt(page: Page) -> None:
    await page.press("List Tools")
    await page.click(text="Order a T-shirt")
    await page.type("ACME", css="#company")
    await page.type("1 Road", css="#mailingAddress")
    await page.click(css="#tshirtSize")
    await page.click(role="option", name="L")


@EACH_WAY
async def test_it_connects_buys_and_is_banned(show: Show, home: Path, way: Way) -> None:
    async with inspector(home, show.url, way) as page:
        await connect(page, show)
        await choose_the_shirt(page)
        await page.press("Run Tool")
        await page.sees(text="Order placed successfully!")

        await ban_the_last_human(show)
        await page.press("Run Tool")
        await page.sees(text="ABSOLUTELY NOT. GO AWAY 👋")

    assert await protocols_of_orders(show) == set(INSPECTOR_1_WEB.protocols)


@EACH_WAY
async def test_revoked_it_asks_for_consent_in_a_new_tab(show: Show, home: Path, way: Way) -> None:
    async with inspector(home, show.url, way) as page:
        await connect(page, show)
        await revoke_the_last_grant(show)

        tab = await page.new_tab("second")
        await enter(tab, show.url, way)
        await tab.press("Connect")
        await approve(tab, show)
        await finish_connecting(tab)
        await choose_the_shirt(tab)
        await tab.press("Run Tool")
        await tab.sees(text="Order placed successfully!")

    assert len(await told(show, AuditKind.CONSENT_APPROVED)) == 2


@EACH_WAY
async def test_after_a_restart_of_the_server_a_reload_connects_without_a_human(
    home: Path, tmp_path: Path, way: Way
) -> None:
    database, port = tmp_path / "shop.sqlite3", free_port()
    async with inspector(home, f"http://localhost:{port}/mcp", way) as page:
        async with open_show(database, port=port) as show:
            await connect(page, show)
        async with open_show(database, port=port) as show:
            await page.do("reload")
            await page.press("Connect")
            await page.sees(role="button", name="Disconnect")
            await choose_the_shirt(page)
            await page.press("Run Tool")
            await page.sees(text="Order placed successfully!")

            assert len(await told(show, AuditKind.CONSENT_APPROVED)) == 1
