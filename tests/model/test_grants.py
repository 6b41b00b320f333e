"""When two registrations are one program."""

from dataclasses import replace
from itertools import permutations

import pytest

from mcp_shop_console.model.deputies import Agent
from mcp_shop_console.model.grants import is_same_program, program_count
from tests.requirement import requirement

_AGENT = Agent("one", "Claude", "claude.ai")


@requirement("O4")
@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("claude.ai", "claude.ai", True),
        ("claude.ai", "CLAUDE.ai", True),
        ("claude.ai", "claude.ai:8443", True),
        ("claude.ai", "claude.ai.", True),
        ("claude.ai", "evil.ai", False),
        ("localhost:1", "127.0.0.1:2", True),
        ("localhost:1", "[::1]:2", True),
        ("localhost:1", "LOCALHOST", True),
        ("localhost:1", "localhost.example", False),
        ("cursor:", "cursor:", True),
        ("cursor:", "vscode:", False),
        ("[broken", "[broken", True),
        ("[broken", "", False),
    ],
)
def test_a_program_is_known_by_its_host_and_name_whatever_the_port(
    one: str, other: str, is_same: bool
) -> None:
    first = replace(_AGENT, redirect_host=one)
    second = Agent("two", "Claude", other)

    assert is_same_program(first, second) is is_same
    assert is_same_program(second, first) is is_same


@requirement("O4")
def test_another_name_at_the_same_host_is_another_program() -> None:
    assert not is_same_program(_AGENT, replace(_AGENT, client_id="two", name="Other"))


@requirement("O4")
def test_the_same_client_is_the_same_program_whatever_it_says() -> None:
    assert is_same_program(_AGENT, Agent("one", "Other", "evil.ai"))


@requirement("O4")
def test_programs_are_counted_whatever_the_number_of_their_grants() -> None:
    again = replace(_AGENT, client_id="two")
    renamed = replace(again, name="Other")
    namesake_of_renamed = Agent("three", "Other", "claude.ai")
    stranger = Agent("four", "Stranger", "claude.ai")

    assert program_count([]) == 0
    assert program_count([("ann", _AGENT), ("ann", again)]) == 1
    assert program_count([("ann", _AGENT), ("bob", _AGENT)]) == 2
    for agents in permutations([_AGENT, again, renamed, namesake_of_renamed, stranger]):
        assert program_count(("ann", agent) for agent in agents) == 2
