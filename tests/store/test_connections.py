"""Connections: what every one of them is told before anything else."""

import sqlite3
from pathlib import Path

import pytest

from mcp_shop_console.store.connections import Source, in_file, in_memory
from mcp_shop_console.store.files import DatabaseFile
from mcp_shop_console.store.line import Line
from mcp_shop_console.store.transaction import Transaction
from tests.core import open_core
from tests.requirement import requirement

_NORMAL, _FULL = 1, 2
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


@requirement("O11")
@pytest.mark.anyio
async def test_only_what_merely_looks_is_committed_without_waiting_for_the_disk(
    tmp_path: Path,
) -> None:
    async with open_core(tmp_path / "shop.sqlite3"):
        pass
    file = DatabaseFile(tmp_path / "shop.sqlite3")
    levels: list[int] = []

    def new_transaction(connection: sqlite3.Connection) -> Transaction:
        levels.append(connection.execute("pragma synchronous").fetchone()[0])
        return Transaction(connection, lambda: 1, lambda: "id")

    source = in_file(file, 1, checks_health=False)
    line = Line("begin immediate", source, new_transaction, lambda recorded, reason: None)
    await line.open()
    for must_outlive_power in (True, False, False, True):
        await line.run(lambda _: None, must_outlive_power=must_outlive_power)
    await line.close()
    file.close()

    assert levels == [_FULL, _NORMAL, _NORMAL, _FULL]
