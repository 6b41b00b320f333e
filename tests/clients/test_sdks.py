"""Agents on the TypeScript and Python SDKs and on FastMCP, in each of their modes."""

from pathlib import Path

import pytest

from mcp_shop_console.model.audit import AuditKind
from tests.clients.decisions import (
    EXPIRED_AFTER_SECONDS,
    ban_the_last_human,
    protocols_of_orders,
    revoke_the_last_grant,
    told,
)
from tests.clients.installed import free_port
from tests.clients.roster import LEGACY
from tests.clients.sdk_agents import SDKS, Sdk, started
from tests.live.conftest import Show, open_show
from tests.live.people import Person

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(60)]

EACH_SDK = pytest.mark.parametrize("sdk", SDKS, ids=str)


@EACH_SDK
async def test_it_connects_buys_and_is_banned(show: Show, home: Path, sdk: Sdk) -> None:
    async with started(sdk, home, show.url, show.person("Ada")) as agent:
        await agent.connect()
        tools = await agent.do("tools")
        assert isinstance(tools, list) and "prettyPlease" in tools
        assert "Order placed successfully!" in await agent.buy()

        await ban_the_last_human(show)
        assert await agent.buy() == "ABSOLUTELY NOT. GO AWAY 👋"

    assert await protocols_of_orders(show) == {sdk.protocol}


@EACH_SDK
async def test_it_refreshes_an_expired_token_by_itself(show: Show, home: Path, sdk: Sdk) -> None:
    async with started(sdk, home, show.url, show.person("Ada")) as agent:
        await agent.connect()
        if sdk.refreshes_by_its_own_clock:
            await agent.do("age")
        show.clock.advance(EXPIRED_AFTER_SECONDS)

        assert "Order placed successfully!" in await agent.buy()

    assert await told(show, AuditKind.TOKEN_REFRESHED)
    assert len(await told(show, AuditKind.CONSENT_APPROVED)) == 1


@EACH_SDK
async def test_revoked_it_asks_for_consent_and_is_whole_again(
    show: Show, home: Path, sdk: Sdk
) -> None:
    async with started(sdk, home, show.url, show.person("Ada")) as agent:
        await agent.connect()
        await revoke_the_last_grant(show)

        assert "Order placed successfully!" in await agent.buy()

    first, second = await told(show, AuditKind.CONSENT_APPROVED)
    assert first.agent == second.agent


@EACH_SDK
async def test_after_a_restart_of_the_server_it_goes_on_without_a_human(
    home: Path, tmp_path: Path, sdk: Sdk
) -> None:
    database, port = tmp_path / "shop.sqlite3", free_port()
    ada = Person("Ada", "ada@example.com")
    async with started(sdk, home, f"http://localhost:{port}/mcp", ada) as agent:
        async with open_show(database, port=port) as show:
            ada.hesitate = show.read
            await agent.connect()

        async with open_show(database, port=port) as show:
            if sdk.protocol == LEGACY:  # its session ended with the server
                await agent.do("close")
                await agent.connect()
            assert "Order placed successfully!" in await agent.buy()

            assert len(await told(show, AuditKind.CONSENT_APPROVED)) == 1
