"""mcp-remote, through which Claude Desktop comes: JSON lines on its stdio, the shop behind it."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from mcp_shop_console.model.audit import AuditKind
from tests.clients.consent import consent
from tests.clients.decisions import (
    EXPIRED_AFTER_SECONDS,
    ban_the_last_human,
    protocols_of_orders,
    revoke_the_last_grant,
    told,
)
from tests.clients.installed import NODE, PACKAGES, free_port
from tests.clients.program import Program, running
from tests.clients.roster import MCP_REMOTE
from tests.live.conftest import Show, open_show
from tests.live.people import SHIRT, Person

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(90)]

PROXY = PACKAGES / "mcp-remote" / "dist" / "proxy.js"
LINK = r"http://localhost:\d+/authorize\S+"
HELLO = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "Claude Desktop", "version": "1"},
}


@dataclass(frozen=True)
class Desktop:
    """The program that started mcp-remote and talks to it."""

    proxy: Program
    ids: "count[int]" = field(default_factory=lambda: count(1))

    async def start(self) -> str:
        answer = await self.ask("initialize", HELLO)
        await self._tell({"method": "notifications/initialized"})
        return answer

    async def call(self, tool: str, arguments: Mapping[str, object]) -> str:
        return await self.ask("tools/call", {"name": tool, "arguments": arguments})

    async def buy(self) -> str:
        return await self.call("buyMcpShopItem", SHIRT)

    async def ask(self, method: str, parameters: Mapping[str, object]) -> str:
        return await self.answer_to(await self.send(method, parameters))

    async def send(self, method: str, parameters: Mapping[str, object]) -> int:
        number = next(self.ids)
        await self._tell({"id": number, "method": method, "params": parameters})
        return number

    async def answer_to(self, number: int) -> str:
        return (await self.proxy.says(rf'(?m)^\{{.*"id":{number}\b.*\}}$'))[0]

    async def _tell(self, message: Mapping[str, object]) -> None:
        await self.proxy.send(json.dumps({"jsonrpc": "2.0", **message}))


@asynccontextmanager
async def desktop(home: Path, url: str) -> AsyncGenerator[Desktop, None]:
    """A started mcp-remote. It would open a browser, but finds none."""
    opener = home / "bin" / "xdg-open"
    opener.parent.mkdir(exist_ok=True)
    opener.write_text("#!/bin/sh\n", encoding="utf-8")
    opener.chmod(0o755)
    variables = {
        "MCP_REMOTE_CONFIG_DIR": str(home / "remote"),
        "PATH": f"{opener.parent}:/usr/bin:/bin",
    }
    async with running([NODE, PROXY, url], home, variables) as proxy:
        yield Desktop(proxy)


@asynccontextmanager
async def deputized(home: Path, show: Show, person: Person) -> AsyncGenerator[Desktop, None]:
    async with desktop(home, show.url) as agent:
        await consent(person, (await agent.proxy.says(LINK))[0])
        await agent.start()
        yield agent


async def test_it_logs_in_buys_and_is_banned(show: Show, home: Path) -> None:
    async with deputized(home, show, show.person("Ada")) as agent:
        assert "prettyPlease" in await agent.ask("tools/list", {})
        assert "Order placed successfully!" in await agent.buy()

        await ban_the_last_human(show)
        assert "ABSOLUTELY NOT. GO AWAY 👋" in await agent.buy()

    assert await protocols_of_orders(show) == set(MCP_REMOTE.protocols)


async def test_it_refreshes_an_expired_token_by_itself(show: Show, home: Path) -> None:
    async with deputized(home, show, show.person("Ada")) as agent:
        show.clock.advance(EXPIRED_AFTER_SECONDS)

        assert "Order placed successfully!" in await agent.buy()

    assert await told(show, AuditKind.TOKEN_REFRESHED)
    assert len(await told(show, AuditKind.CONSENT_APPROVED)) == 1


async def test_revoked_it_asks_for_consent_and_then_answers_the_waiting_call(
    show: Show, home: Path
) -> None:
    ada = show.person("Ada")
    async with deputized(home, show, ada) as agent:
        await revoke_the_last_grant(show)

        number = await agent.send("tools/call", {"name": "buyMcpShopItem", "arguments": SHIRT})
        await consent(ada, (await agent.proxy.says(LINK))[0])

        assert "Order placed successfully!" in await agent.answer_to(number)


async def test_a_restart_of_the_server_goes_unnoticed(home: Path, tmp_path: Path) -> None:
    database, port = tmp_path / "shop.sqlite3", free_port()
    async with desktop(home, f"http://localhost:{port}/mcp") as agent:
        async with open_show(database, port=port) as show:
            await consent(show.person("Ada"), (await agent.proxy.says(LINK))[0])
            await agent.start()
            assert "Order placed successfully!" in await agent.buy()

        async with open_show(database, port=port):
            assert "Order placed successfully!" in await agent.buy()


async def test_started_again_it_needs_no_human(show: Show, home: Path) -> None:
    async with deputized(home, show, show.person("Ada")):
        pass

    async with desktop(home, show.url) as agent:
        assert "mcp-shop-console" in await agent.start()
        assert "Order placed successfully!" in await agent.buy()
