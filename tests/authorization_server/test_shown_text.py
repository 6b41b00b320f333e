import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_shop_console.authorization_server.shown_text import mixes_alphabets, shown
from tests.requirement import requirement


@requirement("C7")
@given(text=st.text())
def test_nothing_hidden_is_shown_as_it_came(text: str) -> None:
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co") for char in shown(text))


@given(text=st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=40))
def test_honest_text_is_shown_as_it_came(text: str) -> None:
    assert shown(text) == text


def test_a_tower_of_accents_is_cut() -> None:
    assert shown("a" + "\u0301" * 50 + "b") == "a" + "\u0301" * 4 + "b"


@requirement("C7")
@pytest.mark.parametrize("name", ["Cl\u0430ude", "Cursor \u0421ode\u0445x", "\u039flaf"])
def test_a_word_of_two_alphabets_is_found(name: str) -> None:
    assert mixes_alphabets(name)


@pytest.mark.parametrize("name", ["Claude Code", "Клод", "日本語 Agent", "Ελλάς agent", "R2-D2"])
def test_words_of_one_alphabet_each_are_fine(name: str) -> None:
    assert not mixes_alphabets(name)
