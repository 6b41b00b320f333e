"""What every real client needs: the shop on a free port, and a home where it finds nothing."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.live.conftest import Show, open_show


@pytest.fixture
async def show() -> AsyncGenerator[Show, None]:
    async with open_show(":memory:") as running:
        yield running


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder
