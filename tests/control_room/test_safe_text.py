import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from mcp_shop_console.control_room.safe_text import padded, safe_text
from tests.requirement import requirement

ANY_TEXT = st.text(st.characters(codec=None), max_size=80)
HIDING = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


@requirement("U2")
@requirement("U3")
@given(ANY_TEXT)
def test_nothing_that_controls_or_hides_gets_through(text: str) -> None:
    safe = safe_text(text)

    assert not [character for character in safe if unicodedata.category(character) in HIDING]


@requirement("U4")
@given(ANY_TEXT, st.integers(0, 60))
def test_the_result_is_never_wider_than_asked_for(text: str, cells: int) -> None:
    assert cell_len(safe_text(text, cells)) <= cells


@given(ANY_TEXT)
def test_what_is_safe_stays_as_it_is(text: str) -> None:
    safe = safe_text(text)

    assert safe_text(safe) == safe


@requirement("U3")
@given(st.text(st.characters(categories=("Mn", "Me", "Ll")), max_size=60))
def test_a_base_carries_at_most_four_marks(text: str) -> None:
    run = longest = 0
    for character in safe_text(text):
        run = run + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        longest = max(longest, run)

    assert longest <= 4


@requirement("U2")
@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b]52;c;eA==\x07", "␛]52;c;eA==␇"),
        ("a\x00b", "a␀b"),
        ("\x7f", "␡"),
        ("\x9b31m", "⟦U+009B⟧31m"),
        ("one\ntwo\tthree", "one↵two⇥three"),
    ],
)
def test_controls_become_pictures(hostile: str, shown: str) -> None:
    assert safe_text(hostile) == shown


@requirement("U3")
@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\u202egnp.exe", "⟦U+202E⟧gnp.exe"),
        ("a\u200bb", "a⟦U+200B⟧b"),
        ("\ufe0f", "⟦U+FE0F⟧"),
        ("\u2028", "⟦U+2028⟧"),
        ("\ue000", "⟦U+E000⟧"),
        ("\ud800", "⟦U+D800⟧"),
        ("\U000e0041", "⟦U+E0041⟧"),
    ],
)
def test_the_invisible_is_shown_by_its_code_point(hostile: str, shown: str) -> None:
    assert safe_text(hostile) == shown


@requirement("U3")
@pytest.mark.parametrize("letter", list("\u115f\u1160\u3164\uffa0\u2800"))
def test_a_blank_letter_is_not_blank(letter: str) -> None:
    assert safe_text(letter).startswith("⟦U+")


@requirement("U1")
@pytest.mark.parametrize("markup", ["[/]", "[@click=app.quit]x[/]", "[bold]", "\\[", "{x}"])
def test_markup_stays_as_it_was_sent(markup: str) -> None:
    assert safe_text(markup) == markup


@requirement("U4")
def test_what_is_cut_off_is_counted() -> None:
    assert safe_text("x" * 500_000, 12) == "xxxx…+499996"


@requirement("U4")
def test_wide_characters_are_cut_by_their_cells() -> None:
    assert safe_text("漢字漢字漢字", 8) == "漢字…+4"


def test_a_lone_mark_does_not_reach_the_text_before_it() -> None:
    assert safe_text("\u0301x") == "◌\u0301x"


def test_plain_words_of_any_language_are_left_alone() -> None:
    for words in ("Ada Lovelace", "Ångström", "Ωμέγα", "李小龍", "José"):
        assert safe_text(words) == words


def test_padding_fills_the_cells() -> None:
    assert padded(safe_text("漢"), 4) == "漢  "
    assert padded(safe_text("7"), 3, to_the_right=True) == "  7"
