"""The presenter's script, one section at a time.

May import textual.
"""

import re
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

_HEADING = re.compile(r"^(?=##? )", re.MULTILINE)
_CODE_OR_BOLD = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*")
_NO_SCRIPT = "No script was given."


class TalkScript(VerticalScroll, can_focus=True):
    """Sections of a Markdown text, drawn plainly: a Markdown widget would hold up the server."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right_square_bracket,n", "turn(1)", "Next act", show=False),
        Binding("left_square_bracket,N", "turn(-1)", "Previous act", show=False),
    ]

    def __init__(self, talk: str, *, id: str) -> None:
        super().__init__(id=id)
        self._sections = [part.strip() for part in _HEADING.split(talk) if part.strip()]
        self._index = 0
        self.border_title = "Script"

    def compose(self) -> ComposeResult:
        yield Static("", markup=False)

    def on_mount(self) -> None:
        self._draw()

    def action_turn(self, by: int) -> None:
        self._index = max(0, min(self._index + by, len(self._sections) - 1))
        self._draw()
        self.scroll_home(animate=False)

    def _draw(self) -> None:
        text = self._sections[self._index] if self._sections else _NO_SCRIPT
        self.query_one(Static).update(Content("\n").join(map(_line, text.splitlines())))
        count = len(self._sections) or 1
        self.border_title = f"Script  {self._index + 1} of {count}  (n next)"


def _line(line: str) -> Content:
    """One line of Markdown: headings, code and bold are told apart, the rest is as written."""
    heading = line.lstrip("#")
    if heading != line and heading.startswith(" "):
        return Content(heading.strip()).stylize("bold $primary")
    pieces: list[Content] = []
    end = 0
    for found in _CODE_OR_BOLD.finditer(line):
        pieces.append(Content(line[end : found.start()]))
        style = "bold $primary" if found[1] else "bold"
        pieces.append(Content(found[1] or found[2]).stylize(style))
        end = found.end()
    return Content("").join([*pieces, Content(line[end:])])
