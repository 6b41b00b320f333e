"""The control room: draws what happens, sends what the presenter decides.

May import authority, feed, model, textual and rich.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from datetime import tzinfo
from functools import partial
from io import StringIO
from typing import ClassVar

from textual import on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.screen import Screen

from mcp_shop_console.authority import Authority
from mcp_shop_console.control_room.commands import RoomCommands
from mcp_shop_console.control_room.description import Describer, Description
from mcp_shop_console.control_room.intake import MOST_WAITING_EVENTS, Intake
from mcp_shop_console.control_room.moments import Moment, nothing_to, plea_moment, said
from mcp_shop_console.control_room.presenter import Presenter, answer
from mcp_shop_console.control_room.privacy import Veil
from mcp_shop_console.control_room.rows import CallRow, OrderRow, SessionRow, Target
from mcp_shop_console.control_room.screens.detail import DetailScreen
from mcp_shop_console.control_room.screens.help import HelpScreen
from mcp_shop_console.control_room.screens.reset_question import ResetQuestion
from mcp_shop_console.control_room.screens.room import RoomScreen, Row
from mcp_shop_console.control_room.screens.script import ScriptScreen
from mcp_shop_console.control_room.screens.stage import Room, StageScreen
from mcp_shop_console.control_room.spotlight import Spotlight
from mcp_shop_console.control_room.state import RoomState
from mcp_shop_console.control_room.themes import STAGE_DARK, STAGE_LIGHT, STAGE_PLAIN
from mcp_shop_console.feed import Feed
from mcp_shop_console.model.audit import AuditEntry, AuditKind

_LOG = logging.getLogger(__name__)

TICK_SECONDS = 0.1
TICKS_A_TABLE = 3
"""Tables are drawn on every third tick at most."""
TICKS_A_CLOCK = 10
"""Ages are drawn anew so often, though nothing happens."""
REVEAL_MS = 10_000
BELL_EVERY_MS = 60_000
_PLEAS = frozenset({AuditKind.PLEA_OPENED, AuditKind.PLEA_JOINED})


class ControlRoom(App[None]):
    """The presenter's screen. Owns no server: it draws the feed and calls the authority."""

    CSS_PATH = [  # noqa: RUF012
        "screens/stage.tcss",
        "screens/room.tcss",
        "screens/detail.tcss",
        "screens/help.tcss",
        "screens/script.tcss",
        "screens/reset_question.tcss",
    ]
    TITLE = "mcp.shop control room"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {RoomCommands}
    # Textual declares the types of these three.
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-normal"), (140, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall"), (44, "-xtall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("b", "ban", "Ban", id="human.ban"),
        Binding("p", "pretty_please", "Pretty please", id="human.pardon"),
        Binding("B", "ban_agent", "Ban agent", id="grant.ban"),
        Binding("x", "revoke", "Revoke", id="grant.revoke"),
        Binding("r", "reset", "Reset", id="authority.reset"),
        Binding("m", "mask", "Unmask", id="privacy.mask"),
        Binding("space", "pause", "Pause", id="calls.pause"),
        Binding("a", "see_alarms", "Seen", id="alarms.see"),
        Binding("s", "script", "Script", id="script.show"),
        Binding("t", "turn_light", "Light", id="theme.turn"),
        Binding("question_mark", "help", "Help", id="help.show"),
        Binding("ctrl+q", "quit", "Quit", id="app.quit", priority=True),
    ]

    def __init__(
        self,
        authority: Authority,
        feed: Feed,
        *,
        now_ms: Callable[[], int],
        url: str,
        stage_code: str,
        tunnels: Sequence[str] = (),
        history: Sequence[AuditEntry] = (),
        call_count: int = 0,
        talk: str = "",
        theme: str = "dark",
        zone: tzinfo | None = None,
        on_quit: Callable[[], None] | None = None,
    ) -> None:
        """Subscribes to ``feed`` at once.

        ``history`` is what a screen is rebuilt from, ``call_count`` how many calls there have been.
        """
        super().__init__()
        self._authority = authority
        self._now_ms = now_ms
        self._zone = zone
        self._on_quit = on_quit
        self._subscription = ExitStack()
        reader = self._subscription.enter_context(feed.subscribe(MOST_WAITING_EVENTS))
        self.state = RoomState.rebuilt(history, call_count)
        self._intake = Intake(reader, authority, self.state)
        self.presenter = Presenter(authority, self.state)
        self._room = Room(self.state, now_ms, zone, url, stage_code, talk, self.applies, tunnels)
        self._spotlight = Spotlight()
        self._veil = Veil()
        self._veil_falls_at_ms = 0
        self._rang_at_ms: int | None = None
        self._ticks = 0
        self._drawn_revision = -1
        self.animation_level = "none"
        for each in (STAGE_DARK, STAGE_LIGHT, STAGE_PLAIN):
            self.register_theme(each)
        self.theme = STAGE_PLAIN.name if self.no_color else f"stage-{theme}"

    def _handle_exception(self, error: Exception) -> None:
        # Textual prints a traceback with every local variable: that is not for an audience.
        _LOG.error("The control room died", exc_info=error)
        self.error_console.file = StringIO()
        super()._handle_exception(error)

    def get_default_screen(self) -> Screen[None]:
        return RoomScreen(self._room)

    def on_mount(self) -> None:
        self.set_interval(TICK_SECONDS, self.show_news)

    def on_unmount(self) -> None:
        self._subscription.close()

    @property
    def stage(self) -> StageScreen | None:
        """The topmost screen that shows the room; a question may stand before it."""
        stages = [screen for screen in self.screen_stack if isinstance(screen, StageScreen)]
        return stages[-1] if stages else None

    @property
    def target(self) -> Target | None:
        """Whom a key acts on now."""
        return self.stage.target if self.stage else None

    def applies(self, action: str) -> bool:
        """Whether an action would change anything, as far as the screen knows.

        For greying only: the key is asked all the same, as the authority may know better.
        """
        if action == "see_alarms":
            return bool(self.state.alarms)
        if action == "pause":
            return isinstance(self.stage, RoomScreen)
        return self.presenter.applies(action, self.target)

    # Facts come in: ten times a second, and never more than can be drawn.

    async def show_news(self) -> None:
        """Take in what the feed has brought, and draw what has changed by it."""
        self._ticks += 1
        try:
            for entry in await self._intake.take():
                self._announce(entry)
            self._let_veil_fall()
            self._draw()
        except Exception:  # noqa: BLE001 - the border that U10 asks for
            _LOG.exception("the screen could not be brought up to date")

    def _announce(self, entry: AuditEntry) -> None:
        now_ms = self._now_ms()
        moment = self.presenter.moment_of(entry)
        if moment is not None:
            self._spotlight.offer(moment, now_ms)
        is_due = self._rang_at_ms is None or now_ms - self._rang_at_ms >= BELL_EVERY_MS
        if entry.kind in _PLEAS and is_due:
            self._rang_at_ms = now_ms
            self.bell()

    def _draw(self) -> None:
        is_clock = self._ticks % TICKS_A_CLOCK == 0
        is_table = self._ticks % TICKS_A_TABLE == 0
        if self.stage is not None:
            self.stage.draw(
                self._moment, self._veil, may_draw_tables=is_table or is_clock, is_clock=is_clock
            )

    def draw_now(self) -> None:
        """Draw everything at once: a key was pressed, or a screen came to the front."""
        if self.stage is not None:
            self.stage.draw(self._moment, self._veil, may_draw_tables=True, is_clock=True)

    @property
    def _moment(self) -> Moment | None:
        moment, plea = self._spotlight.moment(self._now_ms()), self.state.next_plea(self.target)
        if plea is not None and (moment is None or moment.seq == plea.seq):
            return plea_moment(plea, len(self.state.pleas) - 1)
        return moment

    # Keys. Each decision is awaited here, never in a worker: a worker dies with the screen.

    async def action_ban(self) -> None:
        await self._decide(partial(self.presenter.ban, self.target))

    async def action_ban_agent(self) -> None:
        await self._decide(partial(self.presenter.ban_agent, self.target))

    async def action_pretty_please(self) -> None:
        await self._decide(partial(self.presenter.pretty_please, self.target))

    async def action_revoke(self) -> None:
        await self._decide(partial(self.presenter.revoke, self.target))

    def action_reset(self) -> None:
        question = ResetQuestion(self.state.banned_count, len(self.state.pleas))
        self.push_screen(question, self._reset_if)

    async def _reset_if(self, is_yes: bool | None) -> None:
        if is_yes:
            await self._decide(self.presenter.reset)
        else:
            self._say(said("○", "No reset", "everything stays as it is"))

    async def action_mask(self) -> None:
        if self._veil.is_lifted:
            self._veil_falls_at_ms = 0
            self._let_veil_fall()
            self.draw_now()
        else:
            await self._decide(self._reveal)

    async def _reveal(self) -> Moment:
        moment = await self.presenter.reveal()
        self._veil = Veil(is_lifted=True)
        self._veil_falls_at_ms = self._now_ms() + REVEAL_MS
        return moment

    def _let_veil_fall(self) -> None:
        if self._veil.is_lifted and self._now_ms() >= self._veil_falls_at_ms:
            self._veil = Veil()
            self._say(said("○", "Masked", "e-mails and addresses are hidden again"))

    def action_pause(self) -> None:
        if not isinstance(self.stage, RoomScreen):
            return
        if self.stage.calls.toggle_pause():
            self._say(said("‖", "Paused", "calls go on, the list stands still; space follows"))
        else:
            self._say(said("▸", "Following", "the newest calls are shown"))

    async def action_see_alarms(self) -> None:
        await self._decide(self.presenter.see_alarms)

    def action_script(self) -> None:
        if isinstance(self.stage, RoomScreen) and self.stage.focus_script():
            return
        self.push_screen(ScriptScreen(self._room))

    def action_help(self) -> None:
        self.push_screen(HelpScreen(self._room))

    def action_turn_light(self) -> None:
        if self.no_color:
            self._say(said("○", "No colour", "the environment asks for none (NO_COLOR)"))
            return
        is_dark = self.theme == STAGE_DARK.name
        self.theme = STAGE_LIGHT.name if is_dark else STAGE_DARK.name

    @on(RoomScreen.OpenRow)
    def open_row(self, message: RoomScreen.OpenRow) -> None:
        if message.row is None:
            self._say(nothing_to("open"))
            return
        describe = partial(self._describe, message.row)
        self.push_screen(DetailScreen(self._room, describe, message.row.target))

    async def action_quit(self) -> None:
        if self._on_quit is not None:
            self._on_quit()
        self.exit()

    async def _decide(self, decide: Callable[[], Awaitable[Moment]]) -> None:
        self._say(await answer(decide))

    def _say(self, moment: Moment) -> None:
        self._spotlight.show(moment, self._now_ms())
        self.draw_now()

    def _describe(self, row: Row, veil: Veil) -> Description:
        """The row as it is now; as it was, if it is not kept any more."""
        describer = Describer(veil, self._zone, self._now_ms())
        human = row.target.human
        standings = self.state.standings(human.id if human else "", row.target.grant_id)
        match row:
            case CallRow():
                return describer.call(self.state.calls.get(row.serial) or row, standings)
            case SessionRow():
                return describer.session(self.state.sessions.get(row.key) or row, standings)
            case OrderRow():
                return describer.order(row, standings)
