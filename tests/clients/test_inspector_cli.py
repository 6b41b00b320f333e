"""The command line of MCP Inspector 2, which keeps its tokens between runs."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

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
from tests.clients.program import on_terminal, run
from tests.clients.roster import INSPECTOR_CLI
from tests.live.conftest import Show, open_show
from tests.live.people import SHIRT, Person

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(90)]

Era = Literal["legacy", "modern"]
ERAS: dict[Era, str] = dict(zip(("legacy", "modern"), INSPECTOR_CLI.protocols, strict=True))
EACH_ERA = pytest.mark.parametrize("era", ERAS)
LAUNCHER = PACKAGES / "@modelcontextprotocol/inspector/clients/launcher/build/index.js"
LIST = ("--method", "tools/list")
BUY = ("--method", "tools/call", "--tool-name", "buyMcpShopItem")
NEEDS_LOGIN = 3


@dataclass(frozen=True)
class Inspector:
    """One installation, with the shop in its configuration."""

    home: Path
    url: str
    era: Era

    async def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One run that never asks a human."""
        command = [*self._command(arguments), "--stored-auth-only", "--format", "json"]
        return await run(command, self.home, self._variables())

    async def log_in(self, person: Person) -> int:
        """One run that asks for consent. Its exit status."""
        command = self._command(LIST)
        async with on_terminal(command, self.home, self._variables()) as program:
            link = await program.says(r"http://localhost:\d+/authorize\S+")
            await consent(person, link[0])
            return await program.ends()

    async def buy(self) -> str:
        done = await self.run(*BUY, "--tool-args-json", json.dumps(SHIRT))
        return done.stdout

    def _command(self, arguments: tuple[str, ...]) -> list[str | Path]:
        entry = {"type": "streamable-http", "url": self.url, "protocolEra": self.era}
        config = self.home / "shop.json"
        config.write_text(json.dumps({"mcpServers": {"shop": entry}}), encoding="utf-8")
        return [NODE, LAUNCHER, "--cli", "--config", config, "--server", "shop", *arguments]

    def _variables(self) -> dict[str, str]:
        return {
            "MCP_STORAGE_DIR": str(self.home / "storage"),
            "MCP_INSPECTOR_SECRET_STORE": "file",
            "MCP_INSPECTOR_PERSIST_TOKENS": "all",
            "MCP_OAUTH_CALLBACK_URL": f"http://127.0.0.1:{free_port()}/oauth/callback",
        }


@EACH_ERA
async def test_it_logs_in_lists_the_tools_and_buys(show: Show, home: Path, era: Era) -> None:
    inspector = Inspector(home, show.url, era)
    refused = await inspector.run(*LIST)
    assert refused.returncode == NEEDS_LOGIN
    assert '"code":"auth_required"' in refused.stderr

    assert await inspector.log_in(show.person("Ada")) == 0

    assert "prettyPlease" in (await inspector.run(*LIST)).stdout
    assert "Order placed successfully!" in await inspector.buy()
    assert await protocols_of_orders(show) == {ERAS[era]}


@EACH_ERA
async def test_a_ban_is_an_answer_that_it_shows(show: Show, home: Path, era: Era) -> None:
    inspector = Inspector(home, show.url, era)
    await inspector.log_in(show.person("Ada"))
    await ban_the_last_human(show)

    assert "ABSOLUTELY NOT. GO AWAY 👋" in await inspector.buy()


@EACH_ERA
async def test_it_refreshes_an_expired_token_by_itself(show: Show, home: Path, era: Era) -> None:
    inspector = Inspector(home, show.url, era)
    await inspector.log_in(show.person("Ada"))
    show.clock.advance(EXPIRED_AFTER_SECONDS)

    assert "Order placed successfully!" in await inspector.buy()

    assert await told(show, AuditKind.TOKEN_REFRESHED)


@EACH_ERA
async def test_revoked_it_asks_for_a_login_and_is_whole_again(
    show: Show, home: Path, era: Era
) -> None:
    ada = show.person("Ada")
    inspector = Inspector(home, show.url, era)
    await inspector.log_in(ada)
    await revoke_the_last_grant(show)

    assert (await inspector.run(*LIST)).returncode == NEEDS_LOGIN

    assert await inspector.log_in(ada) == 0
    assert "Order placed successfully!" in await inspector.buy()


@EACH_ERA
async def test_a_restart_of_the_server_needs_no_new_login(
    home: Path, tmp_path: Path, era: Era
) -> None:
    database = tmp_path / "shop.sqlite3"
    async with open_show(database) as show:
        inspector = Inspector(home, show.url, era)
        await inspector.log_in(show.person("Ada"))

    async with open_show(database, port=show.port):
        assert "Order placed successfully!" in await inspector.buy()
