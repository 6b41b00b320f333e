from collections.abc import AsyncGenerator

import pytest

from tests.core import Core, open_core


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def core() -> AsyncGenerator[Core, None]:
    async with open_core() as core:
        yield core
