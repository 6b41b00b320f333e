import os
import socket
import stat
from pathlib import Path

import pytest

from tests.console.program import on_terminal, run, serving
from tests.requirement import requirement

pytestmark = pytest.mark.timeout(60)

ALTERNATE_SCREEN = b"\x1b[?1049h"


def the_one_sentence(text: str) -> str:
    (line,) = text.splitlines()
    assert line.endswith(".")
    return line


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--port", "many"], "--port"),
        (["--prot", "7777"], "--prot"),
        (["--public-url", "ftp://x"], "--public-url"),
        (["sevre"], "sevre"),
    ],
)
def test_a_bad_flag_is_named_in_one_sentence(
    tmp_path: Path, arguments: list[str], named: str
) -> None:
    ended = run(tmp_path, *arguments)

    assert ended.returncode == 2
    assert named in the_one_sentence(ended.stderr)
    assert list(tmp_path.iterdir()) == []


def test_a_bad_variable_is_named_in_one_sentence(tmp_path: Path) -> None:
    ended = run(tmp_path, "serve", MCP_SHOP_PORT="-1")

    assert ended.returncode == 2
    assert "MCP_SHOP_PORT" in the_one_sentence(ended.stderr)


@requirement("O14")
def test_a_busy_port_is_named_before_anything_is_touched(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = run(tmp_path, "--port", port)
        with on_terminal(tmp_path, "--port", port) as terminal:
            status = terminal.read_to_end()

    assert ended.returncode == status == 2
    assert port in the_one_sentence(ended.stderr)
    assert port.encode() in terminal.output
    assert ALTERNATE_SCREEN not in terminal.output
    assert list(tmp_path.iterdir()) == []


@requirement("O14")
def test_a_second_instance_on_one_database_is_told_the_first_ones_pid(tmp_path: Path) -> None:
    database = tmp_path / "shop.sqlite3"
    with serving(tmp_path, "--database", str(database)) as first:
        before = database.read_bytes()
        second = run(tmp_path, "serve", "--port", "0", "--database", str(database))
        after = database.read_bytes()

    assert second.returncode == 2
    assert str(first.process.pid) in the_one_sentence(second.stderr)
    assert before == after


@requirement("O14")
def test_a_foreign_file_is_left_alone(tmp_path: Path) -> None:
    foreign = tmp_path / "letter.txt"
    foreign.write_text("Dear Ada")

    with on_terminal(tmp_path, "--port", "0", "--database", str(foreign)) as terminal:
        status = terminal.read_to_end()

    assert status == 2
    assert b"is not a database of this program" in terminal.output
    assert ALTERNATE_SCREEN not in terminal.output
    assert foreign.read_text() == "Dear Ada"


def test_a_database_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    ended = run(tmp_path, "serve", "--port", "0", "--database", str(tmp_path / "file" / "shop"))

    assert ended.returncode == 2
    assert "--database" in the_one_sentence(ended.stderr)


@requirement("U7")
def test_the_default_database_is_private_to_its_user(tmp_path: Path) -> None:
    with serving(tmp_path):
        database = tmp_path / "data" / "mcp-shop-console" / "shop.sqlite3"

        assert stat.S_IMODE(database.stat().st_mode) == 0o600
        assert stat.S_IMODE(database.parent.stat().st_mode) == 0o700


def test_without_a_terminal_it_serves_and_says_so(tmp_path: Path) -> None:
    database = str(tmp_path / "shop.sqlite3")
    with serving(tmp_path, "--database", database) as first:
        ended = run(tmp_path, "--port", "0", "--database", database)

    assert first.process.returncode is not None
    assert "serving without a screen" in ended.stderr.splitlines()[0]


def test_the_help_needs_no_second(tmp_path: Path) -> None:
    ended = run(tmp_path, "--help")

    assert ended.returncode == 0
    assert "--no-demo-tools" in ended.stdout
    assert os.listdir(tmp_path) == []
