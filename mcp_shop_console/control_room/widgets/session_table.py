"""The table of sessions: every deputy here, who it acts for, and whether it may.

May import model and textual.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar

from mcp_shop_console.control_room.phrases import (
    age_words,
    agent_mark,
    human_name,
    program_name,
    shown,
    standing_words,
)
from mcp_shop_console.control_room.privacy import Veil
from mcp_shop_console.control_room.rows import SessionRow
from mcp_shop_console.control_room.safe_text import SafeText
from mcp_shop_console.control_room.state import RoomState
from mcp_shop_console.control_room.widgets.line_table import Cell, Column, LineTable


class SessionTable(LineTable):
    """Oldest first, so that a newcomer never pushes a row from under the presenter's finger."""

    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("standing", 11),
        Column("human", 12, share=1),
        Column("agent", 12, share=1),
        Column("protocol", 10, from_cells=72),
        Column("calls", 5, is_number=True),
        Column("seen", 8),
    )

    def __init__(self, state: RoomState, now_ms: Callable[[], int]) -> None:
        super().__init__(id="sessions")
        self._state = state
        self._now_ms = now_ms
        self._veil = Veil()
        self._rows: list[SessionRow] = []
        self._index_of: dict[str, int] = {}
        self.border_title = "Sessions"

    @property
    def selected(self) -> SessionRow | None:
        index = self.selected_index
        return None if index is None else self._rows[index]

    def draw(self, veil: Veil) -> None:
        self._veil = veil
        self._rows = list(self._state.sessions)
        self._index_of = {row.key: index for index, row in enumerate(self._rows)}
        self.border_title = f"Sessions  {self._state.sessions.live_count:,} live"
        if self.selected_key is None and self._rows:
            self.selected_key = self._rows[0].key
        self.rows_changed()

    def row_count(self) -> int:
        return len(self._rows)

    def key_at(self, index: int) -> str:
        return self._rows[index].key

    def index_of(self, key: str) -> int | None:
        return self._index_of.get(key)

    def ground_at(self, index: int) -> str:
        row = self._rows[index]
        standings = self._state.standings(row.human.id if row.human else "", row.grant_id)
        return "banned" if standings.is_banned else ""

    def cells_at(self, index: int, widths: Sequence[int]) -> Sequence[Cell]:
        row = self._rows[index]
        standings = self._state.standings(row.human.id if row.human else "", row.grant_id)
        look = "bad" if standings.is_banned else "dim" if standings.is_revoked else "good"
        return (
            Cell(standing_words(standings), look),
            Cell(self._human(row, widths[1])),
            Cell(program_name(row, self._veil, widths[2], self._mark(row))),
            Cell(shown(row.session.protocol_version, self._veil, widths[3]), "dim"),
            Cell(SafeText(f"{row.calls:,}")),
            self._seen(row),
        )

    def _human(self, row: SessionRow, cells: int) -> SafeText:
        if self._veil.is_lifted and row.human and row.human.email:
            return shown(row.human.email, self._veil, cells)
        return human_name(row.human, self._veil, cells)

    def _mark(self, row: SessionRow) -> SafeText:
        return agent_mark(row.grant_id, self._state.namesakes(row.target), self._veil)

    def _seen(self, row: SessionRow) -> Cell:
        if not row.live:
            return Cell(SafeText("○ away"), "dim")
        return Cell(SafeText(f"● {age_words(self._now_ms() - row.seen_at_ms)}"), "good")
