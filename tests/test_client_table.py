"""The README's table of tested clients is what the tests of the real clients say."""

import json
import re

from tests.clients.roster import HERE, ROSTER
from tests.clients.sdk_agents import SDKS
from tests.talk import ROOT

EXACT = re.compile(r"(npm:\S+@)?[\d.]+(-[\w.]+)?")
OURS = {"test_pages.py", "test_openid_provider.py"}
"""Tests of our own pages in a real browser, and of what they lead to."""


def _table() -> list[list[str]]:
    section = (ROOT / "README.md").read_text("utf-8").split("\n## Tested clients\n", 1)[1]
    lines = section.split("\n|", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_the_table_of_tested_clients_is_what_is_tested() -> None:
    assert _table() == [client.row() for client in ROSTER]


def test_every_test_of_a_client_is_of_one_in_the_table() -> None:
    of_clients = {path.name for path in HERE.glob("test_*.py")} - OURS

    assert of_clients == {client.tests for client in ROSTER}


def test_every_sdk_is_run_in_each_protocol_that_the_table_names() -> None:
    named = {(c.name, p) for c in ROSTER if c.tests == "test_sdks.py" for p in c.protocols}

    assert {(sdk.client.name, sdk.protocol) for sdk in SDKS} == named


def test_the_clients_are_pinned_exactly_and_the_pins_name_no_registry() -> None:
    wanted = json.loads((HERE / "package.json").read_text("utf-8"))["dependencies"]
    lock = json.loads((HERE / "package-lock.json").read_text("utf-8"))

    assert all(EXACT.fullmatch(pin) for pin in wanted.values())
    assert lock["packages"][""]["dependencies"] == wanted
    assert all("resolved" not in package for package in lock["packages"].values())
    for name in ("mcp-1.txt", "fastmcp.txt"):
        lines = (HERE / name).read_text("utf-8").splitlines()
        assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines[1:])
