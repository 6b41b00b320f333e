"""Outside text as a human may read it on a page: nothing hidden, nothing that turns it around.

May import the standard library only.
"""

import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MAX_MARKS = 4
_ALPHABETS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC")
"""Alphabets whose letters can be taken for one another (UTS 39)."""


def shown(text: str) -> str:
    """``text`` with each hidden character named, as ⟦U+202E⟧, and no tower of accents."""
    pieces: list[str] = []
    marks = 0
    for char in text:
        is_mark = unicodedata.combining(char) > 0
        marks = marks + 1 if is_mark else 0
        if marks <= _MAX_MARKS:
            pieces.append(f"⟦U+{ord(char):04X}⟧" if _is_hidden(char) else char)
    return "".join(pieces)


def mixes_alphabets(text: str) -> bool:
    """Whether a word has letters of two alphabets that look alike, as in a forged name."""
    return any(len(_alphabets(word)) > 1 for word in text.split())


def _alphabets(word: str) -> set[str]:
    names = (unicodedata.name(char, "") for char in word if char.isalpha())
    first_words = {name.split(" ", 1)[0] for name in names}
    return first_words & set(_ALPHABETS)


def _is_hidden(char: str) -> bool:
    is_variation = 0xFE00 <= ord(char) <= 0xFE0F or 0xE0100 <= ord(char) <= 0xE01EF
    return unicodedata.category(char) in _HIDDEN or is_variation
