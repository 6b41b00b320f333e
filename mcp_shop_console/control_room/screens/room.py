"""The main screen: sessions, orders, the feed of calls, and the script where there is room.

May import model and textual.
"""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message

from mcp_shop_console.control_room.privacy import Veil
from mcp_shop_console.control_room.rows import CallRow, OrderRow, SessionRow, Target
from mcp_shop_console.control_room.screens.stage import Room, StageScreen
from mcp_shop_console.control_room.widgets.call_feed import CallFeed
from mcp_shop_console.control_room.widgets.connect_panel import ConnectPanel
from mcp_shop_console.control_room.widgets.key_line import KeyLine
from mcp_shop_console.control_room.widgets.line_table import LineTable
from mcp_shop_console.control_room.widgets.order_table import OrderTable
from mcp_shop_console.control_room.widgets.session_table import SessionTable
from mcp_shop_console.control_room.widgets.talk_script import TalkScript

Row = SessionRow | CallRow | OrderRow


class RoomScreen(StageScreen):
    """Everything at once, in a layout made for the width at hand."""

    AUTO_FOCUS = "#sessions"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "app.focus_next", "Next pane", show=False),
        Binding("left", "app.focus_previous", "Previous pane", show=False),
    ]

    class OpenRow(Message):
        """The presenter wants to see ``row`` in full; None if none is selected."""

        def __init__(self, row: Row | None) -> None:
            super().__init__()
            self.row = row

    def __init__(self, room: Room) -> None:
        super().__init__(room)
        self.sessions = SessionTable(room.state, room.now_ms)
        self.orders = OrderTable(room.state, room.zone)
        self.calls = CallFeed(room.state, room.now_ms, room.zone)
        self._choose_panes()

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="body"):
            yield ConnectPanel(self.room.url, self.room.stage_code, self.room.tunnels)
            with Vertical(id="traffic"):
                with Horizontal(id="people"):
                    yield self.sessions.add_class("pane")
                    yield self.orders.add_class("pane")
                yield self.calls.add_class("pane")
            script = TalkScript(self.room.talk, self.room.bookmark, id="script")
            yield script.add_class("pane")

    def on_resize(self) -> None:
        """Another width hides other panes, which one of them cannot know by itself."""
        self.call_after_refresh(self._focus_what_is_shown)

    def on_screen_resume(self) -> None:
        """The script may have been read on a screen of its own."""
        self.query_one(TalkScript).open_at_bookmark()

    @property
    def selected(self) -> Row | None:
        """The selected row of the pane that has the focus, else the selected session."""
        focused = self.focused
        if isinstance(focused, CallFeed | OrderTable):
            return focused.selected
        return self.sessions.selected

    @property
    def target(self) -> Target | None:
        row = self.selected
        return row.target if row else None

    def draw_feed(self, veil: Veil) -> None:
        self.calls.draw(veil)

    def draw_tables(self, veil: Veil) -> None:
        self._choose_panes()
        self.sessions.draw(veil)
        self.orders.draw(veil)
        self.call_after_refresh(self._focus_what_is_shown)

    def focus_script(self) -> bool:
        """Go to the script beside the tables. False if there is no room for it."""
        script = self.query_one(TalkScript)
        if script not in self.focus_chain:
            return False
        script.focus()
        return True

    def _choose_panes(self) -> None:
        """How to connect stands in place of the tables until the first session is there."""
        is_empty = not len(self.room.state.sessions)
        self.set_class(is_empty, "-empty")
        if not is_empty and isinstance(self.focused, ConnectPanel):
            # Textual would give the focus to a neighbour, which is the script.
            self.set_focus(self.sessions)

    def _focus_what_is_shown(self) -> None:
        shown = self.focus_chain
        if shown and self.focused not in shown:
            shown[0].focus()

    @on(LineTable.Selected)
    def show_keys_of_selection(self) -> None:
        self.query_one(KeyLine).refresh()

    @on(LineTable.Opened)
    def open_selected(self) -> None:
        self.post_message(self.OpenRow(self.selected))
