"""One call, session or order in full, for the question "who authorized this?".

May import model and textual.
"""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from mcp_shop_console.control_room.description import Description, NamedFact
from mcp_shop_console.control_room.privacy import Veil
from mcp_shop_console.control_room.rows import Target
from mcp_shop_console.control_room.screens.stage import Room, StageScreen

_LABEL_CELLS = 16


class DetailScreen(StageScreen):
    """Keeps up with its row while it is open. Keys act on whom it shows."""

    AUTO_FOCUS = "#detail"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.pop_screen", "Back", key_display="esc"),
        Binding("enter,q", "app.pop_screen", "Back", show=False),
    ]

    def __init__(
        self, room: Room, describe: Callable[[Veil], Description], target: Target | None
    ) -> None:
        super().__init__(room)
        self._describe = describe
        self._target = target
        self._description: Description | None = None
        self._shown: tuple[Description, int] | None = None

    def compose_body(self) -> ComposeResult:
        with VerticalScroll(id="detail", classes="pane"):
            yield Static("", markup=False)

    @property
    def target(self) -> Target | None:
        return self._target

    def draw_feed(self, veil: Veil) -> None:
        self._description = self._describe(veil)
        self._show()

    def on_resize(self) -> None:
        """The pane has its new width only then."""
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        pane = self.query_one("#detail", VerticalScroll)
        cells = pane.scrollable_content_region.width
        if self._description is None or (self._description, cells) == self._shown:
            return
        self._shown = self._description, cells
        pane.border_title = self._description.title
        lines = [_line(fact, cells) for fact in self._description.facts]
        pane.query_one(Static).update(Content("\n").join(lines))


def _line(fact: NamedFact, cells: int) -> Content:
    label = Content(f"{fact.label:<{_LABEL_CELLS}}").stylize("$text-dim")
    line = Content.assemble(label, (fact.text, "bold" if fact.is_main else ""))
    if fact.short_text is None or line.cell_length <= cells:
        return line
    return Content.assemble(label, fact.short_text)
