"""The official conformance suite against our own parts, behind OAuth, in both eras."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.clients.consent import consent
from tests.clients.installed import free_port
from tests.clients.program import run, running
from tests.conformance.expected import RUNS, Run
from tests.conformance.fixture_server import open_fixture_show
from tests.conformance.proxy import authorizing_proxy
from tests.conformance.suite import Check, command, found, table
from tests.live.conftest import Show, open_show
from tests.live.people import Agent

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.timeout(90),
    # What is deprecated in 2026-07-28 is still in the suite.
    pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning"),
]

AUTHORIZATION = "authorization server"
SERVERS = [name for name in RUNS if name != AUTHORIZATION]


def opened(server: str) -> AbstractAsyncContextManager[Show]:
    return open_fixture_show() if server == "fixtures" else open_show(":memory:")


async def deputized(show: Show, redirect_uri: str = "http://localhost:5000/callback") -> Agent:
    """An agent that a human consented to."""
    agent = Agent(show.url, show.person("Ada"), "Conformance suite", redirect_uri)
    async with agent.connected():
        return agent


def judge(expected: Run, checks: list[Check]) -> None:
    counted = expected.counted(checks)
    assert table(expected.unexplained(counted)) == ""
    assert expected.outdated(counted) == []
    assert len({check.scenario for check in counted}) == expected.scenarios
    assert sum(check.is_passed for check in counted) == expected.passed


@pytest.mark.parametrize("name", SERVERS)
async def test_the_server_conforms(name: str, home: Path) -> None:
    expected = RUNS[name]
    async with opened(expected.server) as show:
        tokens = (await deputized(show)).tokens
        assert tokens is not None
        async with authorizing_proxy(show.port, tokens.access_token) as address:
            asked = ("server", "--url", f"{address}/mcp", *expected.arguments)
            await run(command(expected.program, *asked, home=home), home)

    judge(expected, found(home))


async def test_the_authorization_server_conforms(home: Path) -> None:
    expected, port = RUNS[AUTHORIZATION], free_port()
    async with open_show(":memory:", "--client-id-metadata-documents") as show:
        agent = await deputized(show, f"http://127.0.0.1:{port}/callback")
        assert agent.registration is not None and agent.registration.client_id is not None
        asked = (
            *("authorization", "--url", show.house.origins.main, "--resource", show.url),
            *("--client-id", agent.registration.client_id, "--port", str(port)),
        )
        async with running(command(expected.program, *asked, home=home), home) as suite:
            link = await suite.says(r"http://localhost:\d+/authorize\S+")
            await consent(agent.person, link[0])
            await suite.ends()

    judge(expected, found(home))
