"""The frame of every screen: status above, the moment and the banners below it, keys at the foot.

May import textual.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

from textual.app import ComposeResult
from textual.screen import Screen

from mcp_shop_console.control_room.moments import Moment
from mcp_shop_console.control_room.privacy import Veil
from mcp_shop_console.control_room.rows import Target
from mcp_shop_console.control_room.state import RoomState
from mcp_shop_console.control_room.widgets.banners import Banners
from mcp_shop_console.control_room.widgets.key_line import KeyLine
from mcp_shop_console.control_room.widgets.spotlight_bar import SpotlightBar
from mcp_shop_console.control_room.widgets.status_line import StatusLine
from mcp_shop_console.control_room.widgets.talk_script import Bookmark


@dataclass(frozen=True, slots=True)
class Room:
    """What every screen is given."""

    state: RoomState
    now_ms: Callable[[], int]
    zone: tzinfo | None
    url: str
    stage_code: str
    talk: str
    applies: Callable[[str], bool]
    """Whether a key's action would change anything now."""
    tunnels: Sequence[str] = ()
    """Commands that make this server reachable under a public address."""
    bookmark: Bookmark = field(default_factory=Bookmark)


class StageScreen(Screen[None]):
    """A screen that shows the state of the room round its own body."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self.room = room
        self._drawn_revision: int = -1
        self._tables_revision: int = -1
        self._drawn_veil = Veil()

    def compose(self) -> ComposeResult:
        yield StatusLine(self.room.state, self.room.url, self.room.stage_code)
        yield SpotlightBar()
        yield Banners(self.room.state)
        yield from self.compose_body()
        yield KeyLine(self.room.applies)

    def compose_body(self) -> ComposeResult:
        """What this screen is for."""
        yield from ()

    def on_descendant_focus(self) -> None:
        """Another pane has other keys."""
        self.query_one(KeyLine).refresh()

    @property
    def target(self) -> Target | None:
        """Whom a key acts on here; None if nobody is selected."""
        return None

    def draw(
        self, moment: Moment | None, veil: Veil, *, may_draw_tables: bool, is_clock: bool
    ) -> None:
        """Show what has changed. Tables may only be drawn now and then; ages need a clock."""
        if not self.is_mounted:
            return
        revision = self.room.state.revision
        self.query_one(StatusLine).draw()
        self.query_one(SpotlightBar).draw(moment)
        self.query_one(Banners).draw(moment, self.target)
        is_veil_changed = veil != self._drawn_veil
        if is_clock or revision != self._drawn_revision or self.room.state.has_open_calls:
            self._drawn_revision, self._drawn_veil = revision, veil
            self.draw_feed(veil)
        if is_clock or is_veil_changed or (may_draw_tables and revision != self._tables_revision):
            self._tables_revision = revision
            self.draw_tables(veil)
            self.query_one(KeyLine).refresh()

    def draw_feed(self, veil: Veil) -> None:
        """Show what may change with every call."""

    def draw_tables(self, veil: Veil) -> None:
        """Show what costs more to draw."""
