"""Claude Code itself: `mcp add`, `mcp login`, its health check, and tool calls.

The model behind it is scripted, so no account is needed; everything towards the shop is its own.
"""

import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
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
from tests.clients.installed import PACKAGES
from tests.clients.program import on_terminal, run
from tests.clients.roster import CLAUDE_CODE
from tests.clients.scripted_model import call, scripted_model
from tests.live.conftest import Show, open_show
from tests.live.people import SHIRT, Person

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(90)]

CLAUDE = PACKAGES / "@anthropic-ai" / "claude-code-linux-x64" / "claude"
CONNECTED = "✔ Connected"
NEEDS_LOGIN = "! Needs authentication"


@dataclass(frozen=True)
class ClaudeCode:
    """One installation, with the shop added."""

    home: Path
    model_url: str

    @property
    def _variables(self) -> dict[str, str]:
        return {
            "ANTHROPIC_API_KEY": "none",
            "ANTHROPIC_BASE_URL": self.model_url,
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "CLAUDE_CONFIG_DIR": str(self.home / ".claude"),
            "DISABLE_AUTOUPDATER": "1",
        }

    async def mcp(self, *arguments: str) -> str:
        """What `claude mcp …` prints."""
        done = await run([CLAUDE, "mcp", *arguments], self.home, self._variables)
        assert done.returncode == 0, done
        return done.stdout

    async def login(self, person: Person) -> str:
        """`claude mcp login`, by someone who pastes the address that the browser ended at."""
        command = [CLAUDE, "mcp", "login", "shop", "--no-browser"]
        async with on_terminal(command, self.home, self._variables) as program:
            link = await program.says(r"http://localhost:\d+/authorize\S+")
            await program.says("paste the redirect URL here")
            await program.send(await person.decide(link[0]))
            await program.ends()
            return program.written

    async def prompt(self, tool: str, **arguments: str) -> subprocess.CompletedProcess[str]:
        """`claude -p`, for one call of one tool."""
        name = f"mcp__shop__{tool}"
        command = [CLAUDE, "-p", call(name, arguments), "--allowedTools", name]
        return await run(command, self.home, self._variables)

    async def buy(self) -> str:
        return (await self.prompt("buyMcpShopItem", **SHIRT)).stdout


@asynccontextmanager
async def claude_code(home: Path, show: Show) -> AsyncGenerator[ClaudeCode, None]:
    async with scripted_model() as model_url:
        claude = ClaudeCode(home, model_url)
        await claude.mcp("add", "--transport", "http", "shop", show.url)
        yield claude


@pytest.fixture
async def claude(home: Path, show: Show) -> AsyncGenerator[ClaudeCode, None]:
    async with claude_code(home, show) as installed:
        yield installed


async def test_it_logs_in_connects_and_buys(show: Show, claude: ClaudeCode) -> None:
    assert NEEDS_LOGIN in await claude.mcp("list")

    assert 'Authenticated with "shop"' in await claude.login(show.person("Ada"))

    assert CONNECTED in await claude.mcp("list")
    assert "Order placed successfully!" in await claude.buy()
    assert await protocols_of_orders(show) == set(CLAUDE_CODE.protocols)


async def test_a_denied_login_says_so(show: Show, claude: ClaudeCode) -> None:
    person = show.person("Ada")
    person.decision = "deny"

    assert "access_denied" in await claude.login(person)

    assert NEEDS_LOGIN in await claude.mcp("list")


async def test_its_model_reads_the_refusal_of_a_ban(show: Show, claude: ClaudeCode) -> None:
    await claude.login(show.person("Ada"))
    await ban_the_last_human(show)

    assert (await claude.buy()).startswith("ABSOLUTELY NOT. GO AWAY 👋")

    assert CONNECTED in await claude.mcp("list")


async def test_it_refreshes_an_expired_token_by_itself(show: Show, claude: ClaudeCode) -> None:
    await claude.login(show.person("Ada"))
    show.clock.advance(EXPIRED_AFTER_SECONDS)

    assert "Order placed successfully!" in await claude.buy()

    assert await told(show, AuditKind.TOKEN_REFRESHED)
    assert len(await told(show, AuditKind.CONSENT_APPROVED)) == 1


async def test_revoked_it_asks_for_a_login_and_is_whole_again(
    show: Show, claude: ClaudeCode
) -> None:
    ada = show.person("Ada")
    await claude.login(ada)
    await revoke_the_last_grant(show)

    assert NEEDS_LOGIN in await claude.mcp("list")

    await claude.login(ada)
    assert CONNECTED in await claude.mcp("list")
    assert "Order placed successfully!" in await claude.buy()


async def test_a_restart_of_the_server_needs_no_new_login(home: Path, tmp_path: Path) -> None:
    database = tmp_path / "shop.sqlite3"
    async with open_show(database) as show, claude_code(home, show) as claude:
        await claude.login(show.person("Ada"))
        port = show.port

    async with open_show(database, port=port), scripted_model() as model_url:
        claude = ClaudeCode(home, model_url)
        assert CONNECTED in await claude.mcp("list")
        assert "Order placed successfully!" in await claude.buy()
