"""Every law that is due has a test, and every test of a law names one that exists."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.requirement import DUE, LATER

TESTS = Path(__file__).parent
SEEN_FROM_OUTSIDE = frozenset("ACDTN")
"""The groups of laws that each have an attack, too."""


def _marked(mark: str) -> Iterator[tuple[str, str]]:
    """Each (law, function) that a source file of the tests marks with ``mark``."""
    for source in sorted(TESTS.rglob("*.py")):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from ((law, node.name) for law in _laws(mark, node.decorator_list))


def _laws(mark: str, decorators: list[ast.expr]) -> Iterator[str]:
    for decorator in decorators:
        match decorator:
            case ast.Call(func=ast.Name(id=name), args=args) if name == mark:
                yield from (str(a.value) for a in args if isinstance(a, ast.Constant))
            case _:
                pass


def test_every_law_that_is_due_has_a_test() -> None:
    missing = {law: DUE[law] for law in DUE.keys() - {law for law, _ in _marked("requirement")}}

    assert missing == {}


def test_every_law_that_is_due_and_seen_from_outside_has_an_attack() -> None:
    due = {law for law in DUE if law[0] in SEEN_FROM_OUTSIDE}

    assert due - {law for law, _ in _marked("attack")} == set()


@pytest.mark.parametrize("mark", ["requirement", "attack"])
def test_every_law_that_a_test_names_exists(mark: str) -> None:
    unknown = {law for law, _ in _marked(mark)} - DUE.keys() - LATER

    assert unknown == set()


def test_what_is_marked_as_proving_a_law_is_collected_as_a_test() -> None:
    not_collected = {name for _, name in _marked("requirement") if not name.startswith("test_")}

    assert not_collected == set()
