from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest

from mcp_shop_console.authorization_server import Policy
from tests.authorization_server.identity_provider.fake import FakeProvider
from tests.authorization_server.identity_provider.visits import ACCOUNT
from tests.authorization_server.parties import Clock, House, open_house


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def policy(policy: Policy) -> Policy:
    return replace(policy, provider=ACCOUNT, provider_seconds=1.0)


@pytest.fixture
async def house(
    policy: Policy, clock: Clock, tmp_path: Path, provider: FakeProvider
) -> AsyncGenerator[House]:
    async with open_house(tmp_path, policy, clock, provider.connect) as house:
        yield house
