"""The presenter's script, one section at a time.

May import textual.
"""

import re
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

_HEADING = re.compile(r"^(?=##? )", re.MULTILINE)
_CODE_OR_BOLD = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*")
_NO_SCRIPT = "No script was given."


@dataclass(slots=True)
class Bookmark:
    """Where the presenter is in the script, whichever screen shows it."""

    page: int = 0
    line: float = 0
    """So many lines of the page are above what is in view."""


class TalkScript(VerticalScroll, can_focus=True):
    """Sections of a Markdown text, drawn plainly: a Markdown widget would hold up the server."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right_square_bracket,n", "turn(1)", "Next act", show=False),
        Binding("left_square_bracket,N", "turn(-1)", "Previous act", show=False),
    ]

    def __init__(self, talk: str, bookmark: Bookmark, *, id: str) -> None:
        super().__init__(id=id)
        self._bookmark = bookmark
        self._sections = [part.strip() for part in _HEADING.split(talk) if part.strip()]
        self._drawn_page: int | None = None
        self.border_title = "Script"

    def compose(self) -> ComposeResult:
        yield Static("", markup=False)

    def on_resize(self) -> None:
        self.open_at_bookmark()

    def action_turn(self, by: int) -> None:
        page = max(0, min(self._bookmark.page + by, len(self._sections) - 1))
        self._bookmark.page, self._bookmark.line = page, 0
        self.open_at_bookmark()

    def open_at_bookmark(self) -> None:
        """Show the bookmark's page, from its line on."""
        if self._drawn_page != self._bookmark.page:
            self._draw(self._bookmark.page)
        self._scroll_to_bookmark()
        # A page that was just drawn, or another size, has its height only then.
        self.call_after_refresh(self._scroll_to_bookmark)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        # Where there is less to scroll, the view moves by itself; the bookmark stays.
        if new_value != min(self._bookmark.line, self.max_scroll_y):
            self._bookmark.line = new_value

    def _scroll_to_bookmark(self) -> None:
        self.scroll_to(y=self._bookmark.line, animate=False, force=True, immediate=True)

    def _draw(self, page: int) -> None:
        self._drawn_page = page
        text = self._sections[page] if self._sections else _NO_SCRIPT
        self.query_one(Static).update(Content("\n").join(map(_line, text.splitlines())))
        count = len(self._sections) or 1
        self.border_title = f"Script  {page + 1} of {count}  (n next)"


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
