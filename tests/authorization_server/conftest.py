from collections.abc import AsyncGenerator
from pathlib import Path

import httpx2
import pytest

from mcp_shop_console.authorization_server import Policy
from mcp_shop_console.model.origins import loopback_origins
from tests.authorization_server.parties import (
    PUBLIC_ORIGIN,
    STAGE_CODE,
    Agent,
    Clock,
    House,
    Person,
    open_house,
    registered,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def policy() -> Policy:
    return Policy(
        origins=loopback_origins(7777, PUBLIC_ORIGIN),
        stage_code=STAGE_CODE,
        admins=frozenset({"boss@example.com"}),
        approve_after_ms=0,
    )


@pytest.fixture
async def house(policy: Policy, clock: Clock, tmp_path: Path) -> AsyncGenerator[House]:
    async with open_house(tmp_path, policy, clock) as house:
        yield house


@pytest.fixture
async def http(house: House) -> AsyncGenerator[httpx2.AsyncClient]:
    async with house.http() as http:
        yield http


@pytest.fixture
async def agent(http: httpx2.AsyncClient) -> Agent:
    return await registered(http)


@pytest.fixture
async def person(house: House) -> AsyncGenerator[Person]:
    async with house.http() as http:
        yield Person(http)


@pytest.fixture
async def stranger(house: House) -> AsyncGenerator[Person]:
    """Another person, at another browser."""
    async with house.http() as http:
        yield Person(http, "Mallory", "mallory@example.com")
