"""The feed of calls: the newest below, followed or paused.

May import model and textual.
"""

from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import ClassVar

from mcp_shop_console.control_room.phrases import (
    agent_mark,
    agent_name,
    clock_words,
    duration_words,
    human_name,
    outcome_words,
    shown,
)
from mcp_shop_console.control_room.privacy import Veil
from mcp_shop_console.control_room.rows import CallOutcome, CallRow
from mcp_shop_console.control_room.safe_text import SafeText
from mcp_shop_console.control_room.state import RoomState
from mcp_shop_console.control_room.widgets.line_table import Cell, Column, LineTable

_LOOKS = {
    CallOutcome.RUNNING: "busy",
    CallOutcome.PLEADING: "plea",
    CallOutcome.ANSWERED: "good",
    CallOutcome.REFUSED: "bad",
    CallOutcome.FAILED: "bad",
    CallOutcome.GONE: "dim",
}
_WIDEST_CELLS = 200


class CallFeed(LineTable):
    """Follows the newest call until the presenter scrolls up or pauses; says so in its title."""

    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("time", 8),
        Column("human", 12, share=3),
        Column("agent", 13, share=2),
        Column("tool", 20, share=5),
        Column("outcome", 11),
        Column("took", 6, is_number=True),
    )

    def __init__(self, state: RoomState, now_ms: Callable[[], int], zone: tzinfo | None) -> None:
        super().__init__(id="calls")
        self._state = state
        self._now_ms = now_ms
        self._zone = zone
        self._veil = Veil()
        self._paused_end: int | None = None
        self._is_following = True
        self._first = 0
        self.border_title = "Calls"

    @property
    def is_paused(self) -> bool:
        return self._paused_end is not None

    @property
    def selected(self) -> CallRow | None:
        return None if self.selected_key is None else self._state.calls.get(int(self.selected_key))

    def toggle_pause(self) -> bool:
        """Pause, or follow again what stands still. Returns whether it is paused now."""
        is_pause = self._is_following
        self._paused_end = self._state.calls.end if is_pause else None
        self._is_following = not is_pause
        self.rows_changed()
        return self.is_paused

    def draw(self, veil: Veil) -> None:
        """Show what is new, within what the presenter looks at."""
        self._veil = veil
        self.rows_changed()

    def rows_changed(self) -> None:
        super().rows_changed()
        dropped = self._state.calls.first - self._first
        self._first = self._state.calls.first
        if self._is_following:
            self.scroll_end(animate=False, force=True, immediate=True)
        elif dropped > 0:
            self.scroll_to(
                y=max(0, self.scroll_offset.y - dropped), animate=False, force=True, immediate=True
            )
        self._draw_title()

    def on_resize(self) -> None:
        """Another height shows other rows: the newest must be among them."""
        self.rows_changed()

    def select(self, index: int) -> None:
        super().select(index)
        if not self.is_paused:
            self._is_following = index >= self.row_count() - 1
            self._draw_title()

    def row_count(self) -> int:
        return max(0, self._end - self._state.calls.first)

    def key_at(self, index: int) -> str:
        return str(self._state.calls.first + index)

    def index_of(self, key: str) -> int | None:
        serial = int(key)
        return serial - self._state.calls.first if self._state.calls.get(serial) else None

    def index_to_start_from(self) -> int:
        return self.scroll_offset.y + self.page_rows - 1

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if not self.is_paused:
            self._is_following = new_value >= self.max_scroll_y
            self._draw_title()

    def cells_at(self, index: int, widths: Sequence[int]) -> Sequence[Cell]:
        row = self._state.calls.get(self._state.calls.first + index)
        if row is None:
            return [Cell(SafeText("")) for _ in widths]
        look = _LOOKS[row.outcome]
        return (
            Cell(clock_words(row.at_ms, self._zone), "dim"),
            Cell(human_name(row.human, self._veil, widths[1])),
            Cell(self._agent(row, widths[2])),
            Cell(self._tool(row, widths[3]), "busy" if row.outcome.is_open else "plain"),
            Cell(outcome_words(row, self._now_ms()), look),
            Cell(duration_words(row.duration_ms), "dim"),
        )

    @property
    def _end(self) -> int:
        return self._state.calls.end if self._paused_end is None else self._paused_end

    def _draw_title(self) -> None:
        """Says whether the newest call is in view, and how to get it there."""
        new = self._state.calls.end - self._end
        title = "Calls"
        if self.is_paused:
            title = f"Calls  PAUSED  +{new:,} new  (space follows)"
        elif not self._is_following:
            title = "Calls  standing still  (space follows)"
        if title != self.border_title:
            self.border_title = title

    def _agent(self, row: CallRow, cells: int) -> SafeText:
        mark = agent_mark(row.grant_id, self._state.namesakes(row.target), self._veil)
        return agent_name(row.agent, self._veil, cells, mark)

    def _tool(self, row: CallRow, cells: int) -> SafeText:
        """The tool and what was said to it, short things first: ``buyMcpShopItem L, Acme``."""
        arguments = self._veil.arguments(row.arguments)
        is_lifted = self._veil.is_lifted
        values = [text for name, text in arguments.items() if is_lifted or not _is_detail(name)]
        words = f"{row.tool} {', '.join(sorted(values, key=len))}".rstrip()
        return shown(words, self._veil, min(cells, _WIDEST_CELLS))


def _is_detail(argument: str) -> bool:
    """Whether an argument matters to the reader of one call only, not to the hall."""
    plain = argument.lower()
    return "key" in plain or "address" in plain
