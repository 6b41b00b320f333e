"""The table of orders, newest first.

May import model and textual.
"""

from collections.abc import Sequence
from datetime import tzinfo
from typing import ClassVar

from mcp_shop_console.control_room.phrases import clock_words, human_name, shown
from mcp_shop_console.control_room.privacy import Veil
from mcp_shop_console.control_room.rows import OrderRow
from mcp_shop_console.control_room.safe_text import SafeText
from mcp_shop_console.control_room.state import RoomState
from mcp_shop_console.control_room.widgets.line_table import Cell, Column, LineTable


class OrderTable(LineTable):
    """What was ordered. Nothing is selected until the presenter selects it."""

    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("#", 4, is_number=True),
        Column("human", 12, share=2),
        Column("size", 4),
        Column("company", 6, share=2),
        Column("time", 8, from_cells=46),
    )

    def __init__(self, state: RoomState, zone: tzinfo | None) -> None:
        super().__init__(id="orders")
        self._state = state
        self._zone = zone
        self._veil = Veil()
        self._rows: list[OrderRow] = []
        self._index_of: dict[str, int] = {}
        self.border_title = "Orders"

    @property
    def selected(self) -> OrderRow | None:
        index = self.selected_index
        return None if index is None else self._rows[index]

    def draw(self, veil: Veil) -> None:
        self._veil = veil
        self._rows = list(reversed(self._state.orders))
        self._index_of = {row.key: index for index, row in enumerate(self._rows)}
        self.border_title = f"Orders  {self._state.order_count:,}"
        self.rows_changed()

    def row_count(self) -> int:
        return len(self._rows)

    def key_at(self, index: int) -> str:
        return self._rows[index].key

    def index_of(self, key: str) -> int | None:
        return self._index_of.get(key)

    def cells_at(self, index: int, widths: Sequence[int]) -> Sequence[Cell]:
        row = self._rows[index]
        return (
            Cell(SafeText(str(row.number))),
            Cell(human_name(row.entry.human, self._veil, widths[1])),
            Cell(shown(row.size, self._veil, widths[2]), "good"),
            Cell(shown(self._destination(row), self._veil, widths[3])),
            Cell(clock_words(row.entry.at_ms, self._zone), "dim"),
        )

    def _destination(self, row: OrderRow) -> str:
        if not self._veil.is_lifted:
            return row.company
        return row.entry.private.get("mailing_address", row.company)
