"""The limits of the settings hold in the whole program."""

from pathlib import Path

import httpx2
import pytest
from mcp import MCPError
from mcp.client.client import Client

from mcp_shop_console.model.audit import AuditKind
from tests.live.conftest import open_show
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


@requirement("N8")
async def test_calls_and_requests_have_the_limits_of_the_settings() -> None:
    still = ("--call-burst", "2", "--requests-per-second", "40")

    async with open_show(":memory:", *still, monotonic=lambda: 7.0) as show:
        agent = show.agent(show.person("Ann"))
        async with agent.connected() as client:
            results = [await client.call_tool("listMcpShopOrders", {}) for _ in range(3)]
        async with httpx2.AsyncClient() as http:
            statuses = [(await http.post(show.url)).status_code for _ in range(40)]

    assert [result.is_error for result in results] == [False, False, True]
    assert set(statuses) == {401, 429}
    assert sorted(statuses) == statuses


@requirement("N5")
async def test_sessions_of_an_agent_have_the_limit_of_the_settings() -> None:
    async with open_show(":memory:", "--sessions-per-agent", "2") as show:
        agent = show.agent(show.person("Ann"))
        async with agent.connected() as one, agent.connected() as other, agent.connected() as last:
            is_open = [await _answers(client) for client in (one, other, last)]

    assert sorted(is_open[:2]) == [False, True]
    assert is_open[2]


@requirement("N5")
async def test_sessions_in_all_have_the_limit_of_the_settings() -> None:
    async with open_show(":memory:", "--sessions", "2") as show:
        ann, bob = [show.agent(show.person(name)) for name in ("Ann", "Bob")]
        async with bob.connected() as one, ann.connected() as other, ann.connected() as last:
            is_open = [await _answers(client) for client in (one, other, last)]

    assert is_open.count(True) == 2
    assert is_open[2]


async def _answers(client: Client) -> bool:
    try:
        await client.list_tools()
    except MCPError:
        return False
    return True


@requirement("N8")
async def test_what_was_only_counted_is_recorded_at_the_stop(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite3"

    async with open_show(path, "--call-burst", "1", monotonic=lambda: 7.0) as show:
        agent = show.agent(show.person("Ann"))
        async with agent.connected() as client:
            for _ in range(4):
                await client.call_tool("listMcpShopOrders", {})
    async with open_show(path) as show:
        history = await show.house.authority.history(100)

    counts = [entry.facts for entry in history if entry.kind is AuditKind.CALL_REFUSED]
    assert counts == [{}, {"count": 3}]
