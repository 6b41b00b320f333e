"""What a fresh machine needs before the first line of the program runs."""

import shutil
import stat
import subprocess
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
GOOD = """
    -c*) echo 3.13 ;;
    -m*) mkdir -p .venv ;;
"""
TOO_OLD = """
    *version_info\\[*) echo 3.10 ;;
    *) exit 1 ;;
"""
LACKS_VENV = """
    *ensurepip*) exit 1 ;;
    *) echo 3.12 ;;
"""
STOPS_HALF_WAY = """
    -c*) echo 3.13 ;;
    -m*) mkdir -p .venv/bin; exit 1 ;;
"""
BROKEN_SHIM = """
    *) echo "command not found" >&2; exit 127 ;;
"""


def _make_venv(
    folder: Path, interpreters: dict[str, str], only: str = ""
) -> subprocess.CompletedProcess[str]:
    """Runs the script in a folder where these interpreters are all there is."""
    tools = folder / "bin"
    tools.mkdir()
    for name in ("sh", "mkdir", "rm", "touch"):
        (tools / name).symlink_to(shutil.which(name) or name)
    for name, answers in interpreters.items():
        _write_program(tools / name, f'#!/bin/sh\ncase "$*" in {answers} esac\n')
    return subprocess.run(
        [tools / "sh", ROOT / "scripts" / "make-venv", ".venv"],
        cwd=folder,
        env={"PATH": str(tools), "PYTHON": only},
        capture_output=True,
        text=True,
        check=False,
    )


def _write_program(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def _pins(lines: Iterable[str]) -> dict[str, str]:
    exact = (Requirement(line) for line in lines)
    return {canonicalize_name(r.name): str(r.specifier).removeprefix("==") for r in exact}


def _constraints() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return _pins(line for line in lines if not line.startswith("#"))


@pytest.mark.parametrize(
    ("interpreters", "only", "says"),
    [
        ({}, "", "needs Python 3.11 or newer and found none that runs: install it"),
        ({"python3": TOO_OLD}, "", "found only python3, which is 3.10: install it"),
        ({"python3": LACKS_VENV}, "", "'apt install python3.12-venv'"),
        ({"python3.13": GOOD}, "python3.14", "found none that runs as python3.14"),
    ],
)
def test_a_machine_that_cannot_is_told_in_one_sentence_what_to_install(
    tmp_path: Path, interpreters: dict[str, str], only: str, says: str
) -> None:
    done = _make_venv(tmp_path, interpreters, only)

    assert done.returncode == 1
    assert says in done.stderr
    assert done.stderr.startswith("mcp-shop-console needs ")
    assert done.stderr.endswith(".\n")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / ".venv").exists()


def test_the_first_python_that_works_makes_the_environment(tmp_path: Path) -> None:
    on_the_path = {"python3.13": BROKEN_SHIM, "python3.12": LACKS_VENV, "python3": GOOD}

    done = _make_venv(tmp_path, on_the_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / ".venv" / ".made").exists()


def test_an_environment_that_stops_half_way_is_removed(tmp_path: Path) -> None:
    done = _make_venv(tmp_path, {"python3": STOPS_HALF_WAY})

    assert done.returncode != 0
    assert not (tmp_path / ".venv").exists()


def test_every_constraint_is_one_version_and_names_no_registry() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")

    assert "/" not in text
    assert all(version and version[0].isdigit() for version in _constraints().values())


def test_the_constraints_hold_what_the_project_pins() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]["dev"]

    pinned = _pins(line for line in [*project["dependencies"], *extras] if "==" in line)

    assert pinned.items() <= _constraints().items()
