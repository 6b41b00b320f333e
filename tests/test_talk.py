"""demo_script.md, played as it is written: real agents, real pages, the real control room."""

import dataclasses
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
import pytest
from anyio.abc import TaskGroup
from mcp_types import CallToolResult
from textual.pilot import Pilot

from mcp_shop_console.console.clock import SteadyClock
from mcp_shop_console.console.house import House, open_house
from mcp_shop_console.console.sockets import listen
from mcp_shop_console.control_room.app import ControlRoom
from mcp_shop_console.control_room.rows import CallRow, SessionRow
from mcp_shop_console.control_room.screens.room import RoomScreen
from mcp_shop_console.model.origins import resource_of
from mcp_shop_console.settings import read_settings
from tests.control_room.reading import screen_text
from tests.live.conftest import Clock
from tests.live.people import Agent, Person, text_of
from tests.talk import Answer, Click, OnScreen, Press, Run, Section, Select, Shown, Step, Type, acts

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

PATIENCE_SECONDS = 20
EMAIL = "ada@example.com"
DESCRIPTIONS = {
    "the control room, still empty, and how to connect to it.": ("claude mcp add", "/mcp"),
    "the e-mail, for ten seconds.": (EMAIL,),
    "the agent, the human, the grant, the consent, and the audit entry's hash.": (
        "Claude Code",
        "Ada",
        "grant",
        "consent",
        "hash",
    ),
    "the address on the status line.": ("http://localhost:",),
}
PAGES = {
    "the sign-in page.": "Go on",
    "the consent page. Leave it open.": "Approve",
    "the consent page again.": "Approve",
}


@dataclass
class Actor:
    """An agent that stays connected, and answers one question after the other."""

    agent: Agent
    tasks: TaskGroup
    is_connected: bool = False
    ended: anyio.Event = field(default_factory=anyio.Event)
    _answers: list[CallToolResult] = field(default_factory=list[CallToolResult])
    _answered: anyio.Event = field(default_factory=anyio.Event)
    _asked: anyio.Event = field(default_factory=anyio.Event)
    _question: Type | None = None

    def connect(self) -> None:
        if not self.is_connected:
            self.is_connected = True
            self._answered.set()
            self.tasks.start_soon(self._act)

    async def ask(self, question: Type) -> None:
        """Put a question once the one before is answered; the answer comes when it comes."""
        await self._answered.wait()
        self._answered = anyio.Event()
        self._question = question
        self._asked.set()

    async def answer(self) -> CallToolResult:
        await self._answered.wait()
        return self._answers[-1]

    async def leave(self) -> None:
        await self._answered.wait()
        self._question = None
        self._asked.set()
        await self.ended.wait()

    async def _act(self) -> None:
        async with self.agent.connected() as client:
            while True:
                await self._asked.wait()
                self._asked = anyio.Event()
                if self._question is None:
                    break
                question = self._question
                self._answers.append(await client.call_tool(question.tool, {**question.arguments}))
                self._answered.set()
        self.ended.set()


@dataclass
class Player:
    """The presenter with both hands: one on the room's keys, one on the browser."""

    pilot: Pilot[None]
    room: ControlRoom
    clock: Clock
    actors: dict[str, Actor] = field(default_factory=dict[str, Actor])
    asked: Actor | None = None
    waiting_button: str = ""
    clicked: anyio.Event = field(default_factory=anyio.Event)

    async def hesitate(self, button: str) -> None:
        """The browser shows a page: wait for the script to click."""
        self.waiting_button = button
        await self.clicked.wait()
        self.clicked = anyio.Event()
        self.clock.advance(2)

    async def play(self, step: Step) -> None:
        with anyio.fail_after(PATIENCE_SECONDS):
            await self._play(step)

    async def _play(self, step: Step) -> None:
        match step:
            case Run() | Click() | Type() | Press() | Select():
                await self._do(step)
            case Answer(text):
                assert self.asked is not None
                assert text in _read(await self.asked.answer())
            case OnScreen(word):
                await self._see(word)
            case Shown(what):
                await self._see_described(what)

    async def _do(self, step: Run | Click | Type | Press | Select) -> None:
        match step:
            case Run(command):
                if command == "claude mcp login shop":
                    self.actors["Claude"].connect()
            case Click(button):
                await self._see_page(button)
                self.waiting_button = ""
                self.clicked.set()
            case Type(agent=name):
                self.asked = self.actors[name]
                await self.asked.ask(step)
            case Press(key):
                await self.pilot.press(key)
            case Select(what):
                await self._select(what)

    async def _see_described(self, what: str) -> None:
        if what not in PAGES:
            for word in DESCRIPTIONS[what]:
                await self._see(word)
            return
        if self.actors["Claude"].is_connected and "again" in what:
            self.actors["Inspector"].connect()
        await self._see_page(PAGES[what])

    async def _see_page(self, button: str) -> None:
        while self.waiting_button != button:
            await self.pilot.pause()

    async def _see(self, word: str) -> None:
        while word not in screen_text(self.room):
            await self.pilot.pause()

    async def _select(self, what: str) -> None:
        """Move with the keys that the script names: tab to the pane, arrows to the row."""
        screen = self.room.screen
        assert isinstance(screen, RoomScreen)
        pane = screen.calls if what.startswith("the call ") else screen.sessions
        while screen.focused is not pane:
            await self.pilot.press("tab")
        await self.pilot.press("end")
        while not _is_meant(screen.selected, what):
            await self.pilot.press("up")


def _is_meant(row: object, what: str) -> bool:
    match row:
        case CallRow(tool=tool):
            return f"`{tool}`" in what
        case SessionRow(agent=agent) if agent is not None:
            return what == f"the session of {agent.name}"
        case _:
            return False


def _read(result: CallToolResult) -> str:
    """What an agent reads: the text, and the reason beside it."""
    return text_of(result) + json.dumps(result.structured_content, ensure_ascii=False)


@asynccontextmanager
async def stage() -> AsyncGenerator[Player, None]:
    """The house with its control room at a size for the hall, and two agents of one human."""
    sockets = listen("localhost", 0)
    settings = read_settings(["--database", ":memory:"], {})
    clock = Clock()
    async with open_house(settings, sockets, clock=SteadyClock(clock, clock)) as house:
        room = _control_room(house)
        async with (
            house.listening(sockets),
            room.run_test(size=(120, 36)) as pilot,
            anyio.create_task_group() as tasks,
        ):
            player = Player(pilot, room, clock)
            ada = Person("Ada", EMAIL, hesitate=player.hesitate)
            url = resource_of(house.origins.main)
            for name, full_name in (("Claude", "Claude Code"), ("Inspector", "MCP Inspector")):
                player.actors[name] = Actor(Agent(url, ada, full_name), tasks)
            yield player
            tasks.cancel_scope.cancel()


def _control_room(house: House) -> ControlRoom:
    return ControlRoom(
        house.authority,
        house.feed,
        now_ms=house.now_ms,
        url=resource_of(house.origins.main),
        stage_code=house.stage_code,
    )


async def test_the_talk_plays_as_it_is_written() -> None:
    async with stage() as player:
        for act in acts():
            for number, step in enumerate(act.steps, 1):
                try:
                    await player.play(step)
                except (TimeoutError, AssertionError, KeyError) as error:
                    raise AssertionError(_report(act, number, step, player, error)) from None


def _report(act: Section, number: int, step: Step, player: Player, error: Exception) -> str:
    words = dataclasses.asdict(step)
    picture = screen_text(player.room)
    return f"{act.title}, step {number}: {type(step).__name__} {words}\n{error}\n{picture}"
