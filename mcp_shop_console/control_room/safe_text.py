"""The one gate for every string that came from outside, on its way to the screen.

May import textual and rich.
"""

import unicodedata
from typing import NewType

from rich.cells import cell_len

SafeText = NewType("SafeText", str)
"""Plain text without one character that moves, hides, turns round or rings. Never markup."""
NO_TEXT = SafeText("")

_MOST_MARKS = 4
_UNLIMITED_CELLS = 1 << 30
_ARROWS = {"\n": "↵", "\t": "⇥"}
_HIDING_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_JOINERS = (
    # What joins with its neighbours in some terminals and not in others, so that widths differ.
    range(0x1160, 0x1200),
    range(0xD7B0, 0xD800),
    range(0x1F1E6, 0x1F200),
    range(0x1F3FB, 0x1F400),
)
_VARIATION_SELECTORS = (
    range(0x180B, 0x1810),
    range(0xFE00, 0xFE10),
    range(0xE0100, 0xE01F0),
)


def safe_text(text: str, cells: int | None = None, *, unseen: int = 0) -> SafeText:
    """Text that is harmless on a terminal, at most ``cells`` wide.

    What does not fit is counted: ``…+17``. ``unseen`` characters were cut off before.
    """
    limit = _UNLIMITED_CELLS if cells is None else cells
    if not unseen and len(text) <= limit and text.isascii() and text.isprintable():
        return SafeText(text)
    pieces = _pieces(unicodedata.normalize("NFC", text[: 4 * limit + _MOST_MARKS]))
    unread = max(0, len(text) - 4 * limit - _MOST_MARKS) + unseen
    return _fitted(pieces, limit, unread)


def _pieces(text: str) -> list[str]:
    """One piece for each character: a base with the marks that are left to it."""
    pieces: list[str] = []
    marks = 0
    for character in text:
        if unicodedata.category(character) in ("Mn", "Me") and not _is_hidden(character):
            marks += 1
            if not pieces:
                pieces.append("◌")
            if marks <= _MOST_MARKS:
                pieces[-1] += character
        else:
            marks = 0
            pieces.append(_visible(character))
    return pieces


def _visible(character: str) -> str:
    if character in _ARROWS:
        return _ARROWS[character]
    code_point = ord(character)
    if code_point < 0x20:
        return chr(0x2400 + code_point)
    if code_point == 0x7F:
        return "␡"
    if unicodedata.category(character) == "Zs":
        return " "
    return f"⟦U+{code_point:04X}⟧" if _is_hidden(character) else character


def _is_hidden(character: str) -> bool:
    if unicodedata.category(character) in _HIDING_CATEGORIES or character in _BLANK_LETTERS:
        return True
    code_point = ord(character)
    return any(code_point in span for span in _VARIATION_SELECTORS + _JOINERS)


def _fitted(pieces: list[str], limit: int, unread: int) -> SafeText:
    whole = "".join(pieces)
    if not unread and cell_len(whole) <= limit:
        return SafeText(whole)
    kept, width = 0, 0
    while kept < len(pieces) and width + cell_len(pieces[kept]) <= limit:
        width += cell_len(pieces[kept])
        kept += 1
    while kept and width + len(_note(len(pieces) - kept + unread)) > limit:
        kept -= 1
        width -= cell_len(pieces[kept])
    note = _note(len(pieces) - kept + unread)
    return SafeText("".join(pieces[:kept]) + (note if len(note) <= limit else "…"[:limit]))


def _note(unseen: int) -> str:
    return f"…+{unseen}"


def padded(text: SafeText, cells: int, *, to_the_right: bool = False) -> SafeText:
    """``text`` filled up with blanks to ``cells``. It must fit."""
    blanks = " " * (cells - cell_len(text))
    return SafeText(blanks + text if to_the_right else text + blanks)
