"""A table that draws only the lines in view: sessions, orders, and the feed of calls.

May import textual and rich.
"""

import logging
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from mcp_shop_console.control_room.safe_text import SafeText, padded, safe_text

_LOG = logging.getLogger(__name__)

LOOKS = ("plain", "dim", "good", "bad", "warning", "busy", "plea")
"""How a cell may look; each is a component class ``line-table--…``."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    title: str
    least_cells: int
    share: int = 0
    """Its part of the cells that are left over."""
    from_cells: int = 0
    """It is shown in tables of at least this width."""
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: text that passed the gate, and how it looks."""

    text: SafeText
    look: str = "plain"


class LineTable(ScrollView, can_focus=True):
    """Rows by key. The selection stays with its row, whatever comes in."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "line-table--header",
        "line-table--cursor",
        "line-table--banned",
        *(f"line-table--{look}" for look in LOOKS),
    }
    COLUMNS: ClassVar[tuple[Column, ...]] = ()
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "move_page(-1)", "Page up", show=False),
        Binding("pagedown", "move_page(1)", "Page down", show=False),
        Binding("home", "move_to_start", "First", show=False),
        Binding("end", "move_to_end", "Last", show=False),
        Binding("enter", "open", "Open", key_display="⏎"),
    ]

    class Selected(Message):
        """The selection moved, by the presenter."""

    class Opened(Message):
        """The presenter wants to see the selected row in full."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.selected_key: str | None = None
        self._has_bad_row = False

    @abstractmethod
    def row_count(self) -> int: ...

    @abstractmethod
    def key_at(self, index: int) -> str: ...

    @abstractmethod
    def index_of(self, key: str) -> int | None: ...

    @abstractmethod
    def cells_at(self, index: int, widths: Sequence[int]) -> Sequence[Cell]:
        """The cells of one row, no wider than ``widths``, where 0 is a column not shown."""

    def ground_at(self, index: int) -> str:
        """The component class behind a whole row, as ``banned``; empty for none."""
        return ""

    @property
    def selected_index(self) -> int | None:
        return None if self.selected_key is None else self.index_of(self.selected_key)

    def rows_changed(self) -> None:
        """Draw anew; the selection and what is in view stay."""
        if self.selected_key is not None and self.selected_index is None:
            self.selected_key = None
        self.virtual_size = Size(0, self.row_count() + 1)
        self.refresh()

    def select(self, index: int) -> None:
        """Select a row, and bring it into view."""
        count = self.row_count()
        if not count:
            return
        index = max(0, min(index, count - 1))
        self.selected_key = self.key_at(index)
        self.show_row(index)
        self.refresh()
        self.post_message(self.Selected())

    def show_row(self, index: int) -> None:
        """Scroll as little as needed to have a row in view."""
        page = self.page_rows
        top = self.scroll_offset.y
        if index < top:
            self.scroll_to(y=index, animate=False, force=True, immediate=True)
        elif index >= top + page:
            self.scroll_to(y=index - page + 1, animate=False, force=True, immediate=True)

    @property
    def page_rows(self) -> int:
        """How many rows fit under the header."""
        return max(1, self.scrollable_content_region.height - 1)

    def action_move(self, by: int) -> None:
        index = self.selected_index
        self.select(self.index_to_start_from() if index is None else index + by)

    def index_to_start_from(self) -> int:
        """Which row the first press of an arrow key selects."""
        return self.scroll_offset.y

    def action_move_page(self, pages: int) -> None:
        start = self.selected_index
        self.select(
            (self.index_to_start_from() if start is None else start) + pages * self.page_rows
        )

    def action_move_to_start(self) -> None:
        self.select(0)

    def action_move_to_end(self) -> None:
        self.select(self.row_count() - 1)

    def action_open(self) -> None:
        self.post_message(self.Opened())

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or offset.y == 0:
            return
        index = self.scroll_offset.y + offset.y - 1
        if index < self.row_count():
            self.select(index)
            if event.chain > 1:
                self.action_open()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def render_line(self, y: int) -> Strip:
        widths = self._widths()
        if y == 0:
            return self._header(widths)
        index = self.scroll_offset.y + y - 1
        if index >= self.row_count():
            return Strip.blank(self.size.width, self._base)
        return self._row(index, widths)

    @property
    def _base(self) -> Style:
        """Of a component, as Textual keeps those; ``rich_style`` it works out for each line."""
        return self.get_component_rich_style("line-table--plain")

    def _widths(self) -> list[int]:
        width = self.scrollable_content_region.width
        columns = [column for column in self.COLUMNS if column.from_cells <= width]
        spare = width - sum(column.least_cells for column in columns) - len(columns) + 1
        shares = sum(column.share for column in columns) or 1
        return [
            column.least_cells + max(0, spare) * column.share // shares
            if column.from_cells <= width
            else 0
            for column in self.COLUMNS
        ]

    def _header(self, widths: Sequence[int]) -> Strip:
        cells = [
            Cell(safe_text(column.title, width))
            for column, width in zip(self.COLUMNS, widths, strict=True)
        ]
        style = self.get_component_rich_style("line-table--header")
        return self._strip(cells, widths, style, style)

    def _row(self, index: int, widths: Sequence[int]) -> Strip:
        is_selected = self.key_at(index) == self.selected_key
        base = self._base
        ground = self.ground_at(index)
        if ground:
            base += self.get_component_rich_style(f"line-table--{ground}", partial=True)
        if is_selected:
            base += self.get_component_rich_style("line-table--cursor", partial=True)
        return self._strip(self._cells_or_error(index, widths), widths, base, None)

    def _cells_or_error(self, index: int, widths: Sequence[int]) -> Sequence[Cell]:
        try:
            return self.cells_at(index, widths)
        except Exception:  # noqa: BLE001 - one bad row must not end the talk (U10)
            if not self._has_bad_row:
                # Once is enough: it is drawn ten times a second.
                self._has_bad_row = True
                _LOG.exception("a row of %s could not be drawn", self.id)
            return [Cell(safe_text("! row cannot be drawn", width), "bad") for width in widths]

    def _strip(
        self, cells: Sequence[Cell], widths: Sequence[int], base: Style, fixed: Style | None
    ) -> Strip:
        segments: list[Segment] = []
        for column, cell, width in zip(self.COLUMNS, cells, widths, strict=True):
            if not width:
                continue
            text = cell.text if cell_len(cell.text) <= width else safe_text(cell.text, width)
            style = fixed or base + self._look(cell.look, base)
            if segments:
                segments.append(Segment(" ", base))
            segments.append(Segment(padded(text, width, to_the_right=column.is_number), style))
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _look(self, look: str, base: Style) -> Style:
        return self.get_component_rich_style(f"line-table--{look}", partial=True)
