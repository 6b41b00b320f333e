"""The script on a screen of its own, for terminals without room beside the tables.

May import textual.
"""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from mcp_shop_console.control_room.screens.stage import StageScreen
from mcp_shop_console.control_room.widgets.talk_script import TalkScript


class ScriptScreen(StageScreen):
    """Status, moments and keys stay round it."""

    AUTO_FOCUS = "#script-page"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.pop_screen", "Back", key_display="esc"),
        Binding("s,q", "app.pop_screen", "Back", show=False),
    ]

    def compose_body(self) -> ComposeResult:
        script = TalkScript(self.room.talk, self.room.bookmark, id="script-page")
        yield script.add_class("pane")
