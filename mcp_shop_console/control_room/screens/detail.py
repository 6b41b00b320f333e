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

from mcp_shop_console.control_room.description import Description
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
        self._shown: Description | None = None

    def compose_body(self) -> ComposeResult:
        with VerticalScroll(id="detail", classes="pane"):
            yield Static("", markup=False)

    @property
    def target(self) -> Target | None:
        return self._target

    def draw_feed(self, veil: Veil) -> None:
        description = self._describe(veil)
        if description == self._shown:
            return
        self._shown = description
        pane = self.query_one("#detail", VerticalScroll)
        pane.border_title = description.title
        pane.query_one(Static).update(_content(description))


def _content(description: Description) -> Content:
    lines: list[Content] = []
    for fact in description.facts:
        label = Content(f"{fact.label:<{_LABEL_CELLS}}").stylize("$text-dim")
        lines.append(Content.assemble(label, (fact.text, "bold" if fact.is_main else "")))
    return Content("\n").join(lines)
