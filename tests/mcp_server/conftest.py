from collections.abc import AsyncGenerator

import pytest

from tests.mcp_server.stage import ERAS, Era, Stage, open_stage


@pytest.fixture
async def stage() -> AsyncGenerator[Stage, None]:
    async with open_stage() as stage:
        yield stage


@pytest.fixture(params=ERAS)
def era(request: pytest.FixtureRequest) -> Era:
    return request.param
