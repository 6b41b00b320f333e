"""Agents that registered nowhere, and a server that fetches what describes them."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from mcp_shop_console.authorization_server import AuthorizationServer, Policy
from mcp_shop_console.authorization_server.limits import Limits
from tests.authorization_server.client_documents.web import CLIENT_ID, Web, open_web
from tests.authorization_server.parties import Agent, Clock, House, Person, open_house

CALLBACK = "http://localhost:50123/callback"


@pytest.fixture
async def web(tmp_path: Path) -> AsyncGenerator[Web]:
    async with open_web(tmp_path) as web:
        yield web


@pytest.fixture
async def house(policy: Policy, clock: Clock, tmp_path: Path, web: Web) -> AsyncGenerator[House]:
    switched_on = replace(
        policy, client_id_metadata_documents=True, limits=Limits(unused_clients=2)
    )
    async with open_house(tmp_path, switched_on, clock) as house:
        house.run(AuthorizationServer(house.database, house.policy, clock, internet=web.internet))
        yield house


@pytest.fixture
async def agent(house: House) -> AsyncGenerator[Agent]:
    async with house.http() as http:
        yield described(http)


def described(http: httpx2.AsyncClient, client_id: str = CLIENT_ID) -> Agent:
    """An agent that registered nowhere."""
    return Agent(http, {"client_id": client_id}, CALLBACK)


async def is_unknown(person: Person, agent: Agent) -> bool:
    """Whether the agent's link ends on a page of ours, which sends nothing anywhere."""
    response = await person.http.get("/authorize", params=agent.request())
    return response.status_code == 400 and "location" not in response.headers
