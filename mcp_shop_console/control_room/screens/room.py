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

    def compose_body(self) -> ComposeResult:
        yield ConnectPanel(self.room.url, self.room.stage_code, self.room.tunnels)
        with Horizontal(id="body"):
            with Vertical(id="traffic"):
                with Horizontal(id="people"):
                    yield self.sessions.add_class("pane")
                    yield self.orders.add_class("pane")
                yield self.calls.add_class("pane")
            yield TalkScript(self.room.talk, id="script").add_class("pane")

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
        self.set_class(not len(self.room.state.sessions), "-empty")
        self.sessions.draw(veil)
        self.orders.draw(veil)
        if self.focused is None:
            # The tables come into view with the first session only.
            self.sessions.focus()

    def focus_script(self) -> bool:
        """Go to the script beside the tables. False if there is no room for it."""
        script = self.query_one(TalkScript)
        if not script.display:
            return False
        script.focus()
        return True

    @on(LineTable.Selected)
    def show_keys_of_selection(self) -> None:
        self.query_one(KeyLine).refresh()

    @on(LineTable.Opened)
    def open_selected(self) -> None:
        self.post_message(self.OpenRow(self.selected))
