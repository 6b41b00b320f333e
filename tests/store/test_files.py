"""Which files the program opens, and what it says of the others, which it never touches."""

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mcp_shop_console.store.files import DatabaseRefused
from tests.core import ANN, open_core
from tests.disk import largest_file
from tests.requirement import requirement

pytestmark = pytest.mark.anyio

_HOLD_LOCK = """
import fcntl, os, sys
lock = open(sys.argv[1], "w")
fcntl.flock(lock, fcntl.LOCK_EX)
print(os.getpid(), file=lock, flush=True)
print("held", flush=True)
sys.stdin.read()
"""


def _foreign_sqlite(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("create table note (text)")
    connection.commit()
    connection.close()


def _text_file(path: Path) -> None:
    path.write_text("Dear diary")


def _newer(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(
        "create table note (text); pragma application_id = 0x4D435053; pragma user_version = 2;"
    )
    connection.close()


def _stump(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\x00")


@requirement("O14")
@pytest.mark.parametrize("make", [_foreign_sqlite, _text_file, _newer, _stump])
async def test_a_file_that_is_not_ours_is_refused_in_a_sentence_and_not_touched(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    path = tmp_path / "shop.sqlite3"
    make(path)
    content, files = path.read_bytes(), os.listdir(tmp_path)

    sentence = await _refusal(path)

    assert str(path) in sentence and "--database" in sentence
    assert (path.read_bytes(), os.listdir(tmp_path)) == (content, files)


@requirement("O14")
async def test_a_newer_database_is_told_from_a_foreign_one(tmp_path: Path) -> None:
    _newer(tmp_path / "newer")
    _foreign_sqlite(tmp_path / "foreign")

    assert "is of version 2, this program knows 1" in await _refusal(tmp_path / "newer")
    assert "not a database of this program" in await _refusal(tmp_path / "foreign")


@requirement("O14")
async def test_a_damaged_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite3"
    async with open_core(path) as core:
        await core.deputy()
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))

    assert "cannot be used" in await _refusal(path)


@requirement("O14")
async def test_a_database_that_breaks_its_own_rules_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite3"
    async with open_core(path):
        pass
    connection = sqlite3.connect(path)
    connection.executescript(
        "pragma ignore_check_constraints = on; insert into ban values ('human', 'ann', 9, 1);"
    )
    connection.close()

    assert "the database is damaged: CHECK constraint failed in ban" in await _refusal(path)


@requirement("O14")
@pytest.mark.parametrize("size", [0, 8192])
async def test_a_disk_without_room_for_the_database_is_refused(tmp_path: Path, size: int) -> None:
    with largest_file(size):
        await _refusal(tmp_path / "shop.sqlite3")

    async with open_core(tmp_path / "shop.sqlite3") as core:
        await core.deputy()


@requirement("O14")
async def test_a_second_instance_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    path, link = tmp_path / "shop.sqlite3", tmp_path / "link"
    async with open_core(path) as core:
        deputy = await core.deputy()
        os.symlink(path, link)
        content = path.read_bytes()

        for name in (path, link, tmp_path / "." / "shop.sqlite3"):
            sentence = await _refusal(name)
            assert f"in use by process {os.getpid()}" in sentence

        assert path.read_bytes() == content
        assert await core.is_served(deputy)

    async with open_core(path) as core:
        assert await core.is_served(deputy)


@requirement("O14")
async def test_a_lock_of_another_process_counts_and_its_end_frees_it(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite3"
    with _locked_by_another_process(f"{path}.lock") as pid:
        assert f"in use by process {pid};" in await _refusal(path)

    async with open_core(path) as core:
        await core.deputy()


@requirement("O14")
@pytest.mark.parametrize("name", ["file/shop.sqlite3", "file/folder/shop.sqlite3", "folder"])
async def test_a_place_where_nothing_can_be_written_is_refused(tmp_path: Path, name: str) -> None:
    _text_file(tmp_path / "file")
    (tmp_path / "folder").mkdir()

    assert str(tmp_path / name) in await _refusal(tmp_path / name)
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]


@requirement("O14")
async def test_a_lock_file_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    (tmp_path / "shop.sqlite3.lock").mkdir()

    assert "cannot be written" in await _refusal(tmp_path / "shop.sqlite3")


@requirement("O14")
async def test_a_database_that_is_only_a_dangling_link_is_made_where_it_points(
    tmp_path: Path,
) -> None:
    os.symlink(tmp_path / "real.sqlite3", tmp_path / "link")

    async with open_core(tmp_path / "link") as core:
        await core.deputy()

    async with open_core(tmp_path / "real.sqlite3") as core:
        assert len(await core.audit()) == 1


@requirement("U7")
async def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "shop.sqlite3"
    umask = os.umask(0)
    try:
        async with open_core(path) as core:
            await core.deputy()
            modes = {file: _mode(path.parent / file) for file in os.listdir(path.parent)}
    finally:
        os.umask(umask)

    assert _mode(path.parent) == 0o700
    assert modes == {
        "shop.sqlite3": 0o600,
        "shop.sqlite3-wal": 0o600,
        "shop.sqlite3-shm": 0o600,
        "shop.sqlite3.lock": 0o600,
    }


@requirement("U7")
async def test_a_database_that_others_could_read_becomes_private(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite3"
    path.touch(mode=0o644)

    async with open_core(path):
        assert _mode(path) == 0o600


@pytest.mark.parametrize(
    "name",
    [
        "a b?c#d%41ü.sqlite3",
        pytest.param(
            "no utf-8 \udcff",
            marks=pytest.mark.skipif(sys.platform == "darwin", reason="such names cannot be there"),
        ),
    ],
)
async def test_a_name_with_every_kind_of_character_works(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    async with open_core(path) as core:
        await core.database.write(lambda tx: tx.humans.save(ANN, 1))

    async with open_core(path) as core:
        assert await core.database.read(lambda tx: tx.humans.get(ANN.id)) == ANN


async def _refusal(path: Path) -> str:
    with pytest.raises(DatabaseRefused) as refusal:
        async with open_core(path):
            raise AssertionError("it was opened")
    sentence = str(refusal.value)
    assert sentence.endswith(".") and "\n" not in sentence
    return sentence


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def _locked_by_another_process(path: str) -> Generator[int, None, None]:
    command = [sys.executable, "-c", _HOLD_LOCK, path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout and process.stdout.readline() == b"held\n"
        yield process.pid
        process.kill()
