"""Connections: what every one of them is told before anything else."""

from pathlib import Path

import pytest

from mcp_shop_console.store.connections import Source, in_file, in_memory
from mcp_shop_console.store.files import DatabaseFile
from tests.core import open_core
from tests.requirement import requirement

_FULL = 2
"""https://www.sqlite.org/pragma.html#pragma_synchronous"""


@requirement("O11")
@pytest.mark.anyio
async def test_a_commit_is_on_the_disk_before_it_is_acknowledged(tmp_path: Path) -> None:
    async with open_core(tmp_path / "shop.sqlite3"):
        pass
    file = DatabaseFile(tmp_path / "shop.sqlite3")

    for checks_health in (True, False):
        source = in_file(file, 1, checks_health=checks_health)
        assert _asked(source, "synchronous") == _FULL
        assert _asked(source, "journal_mode") == "wal"
        assert _asked(source, "foreign_keys") == 1
    file.close()


def test_a_database_in_memory_knows_its_references_too() -> None:
    assert _asked(in_memory(), "foreign_keys") == 1


def _asked(source: Source, pragma: str) -> object:
    connection = source.connect()
    try:
        return connection.execute(f"pragma {pragma}").fetchone()[0]
    finally:
        connection.close()
