"""The script beside the room and on a screen of its own: one script, open at one place."""

import pytest
from textual.pilot import Pilot
from textual.widget import Widget

from mcp_shop_console.control_room.screens.room import RoomScreen
from mcp_shop_console.control_room.screens.script import ScriptScreen
from mcp_shop_console.control_room.widgets.connect_panel import ConnectPanel
from mcp_shop_console.control_room.widgets.session_table import SessionTable
from mcp_shop_console.control_room.widgets.talk_script import TalkScript
from tests.control_room.story import ADA, TALK, Hall, Story, busy_story

pytestmark = pytest.mark.anyio

NARROW, WIDE = (80, 24), (160, 50)
LONG_TALK = "\n".join(f"## Act {act}\n" + "A line to say.\n\n" * 40 for act in range(1, 5))
EMPTY_WIDE = [(140, 40), (150, 40), (200, 50)]


async def see(hall: Hall, pilot: Pilot[None]) -> None:
    """Let the screen come to rest."""
    await pilot.pause()
    hall.app.draw_now()
    await pilot.pause()


async def resize(hall: Hall, pilot: Pilot[None], size: tuple[int, int]) -> None:
    await pilot.resize_terminal(*size)
    await see(hall, pilot)


def focused(hall: Hall) -> Widget | None:
    return hall.app.screen.focused


def script(hall: Hall) -> TalkScript:
    return hall.app.screen.query_one(TalkScript)


@pytest.mark.parametrize("size", EMPTY_WIDE)
async def test_before_anybody_is_here_the_script_stands_beside_how_to_connect(
    size: tuple[int, int],
) -> None:
    hall = Hall(Story())
    async with hall.app.run_test(size=size) as pilot:
        await hall.tell()
        await pilot.press("s", "n")
        await see(hall, pilot)

        assert "Script  2 of 3" in hall.text()
        assert "claude mcp add" in hall.text()


async def test_the_script_stays_open_where_it_was_when_the_first_agent_comes() -> None:
    hall = Hall(Story())
    async with hall.app.run_test(size=WIDE) as pilot:
        await hall.tell()
        await pilot.press("s", "n")
        hall.retell(busy_story())
        await hall.tell()
        await see(hall, pilot)

        assert "Script  2 of 3" in hall.text()
        assert "claude mcp add" not in hall.text()
        assert focused(hall) is script(hall)
        assert hall.app.target is not None and hall.app.target.human == ADA


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_the_first_agent_brings_the_focus_to_the_sessions(size: tuple[int, int]) -> None:
    hall = Hall(Story())
    async with hall.app.run_test(size=size) as pilot:
        await hall.tell()
        await see(hall, pilot)
        assert isinstance(focused(hall), ConnectPanel)

        hall.retell(busy_story())
        await hall.tell()
        await see(hall, pilot)

        assert isinstance(focused(hall), SessionTable)


@pytest.mark.parametrize("comes_first", ["resize", "agent"])
async def test_a_script_that_a_resize_hides_gives_the_focus_to_the_sessions(
    comes_first: str,
) -> None:
    hall = Hall(Story())
    async with hall.app.run_test(size=WIDE) as pilot:
        await hall.tell()
        await pilot.press("s")
        if comes_first == "resize":
            await resize(hall, pilot, NARROW)
        hall.retell(busy_story())
        await hall.tell()
        await pilot.pause()
        if comes_first == "agent":
            await pilot.resize_terminal(*NARROW)
            await pilot.pause()

        room = hall.app.screen
        assert isinstance(room, RoomScreen)
        assert room.focused is room.sessions
        before = room.sessions.selected_index
        await pilot.press("down")
        assert room.sessions.selected_index != before


async def test_a_script_without_room_beside_an_empty_room_has_its_own_screen() -> None:
    hall = Hall(Story())
    async with hall.app.run_test(size=NARROW) as pilot:
        await hall.tell()
        await pilot.press("s", "n")
        await see(hall, pilot)

        assert isinstance(hall.app.screen, ScriptScreen)
        assert "Script  2 of 3" in hall.text()


@pytest.mark.parametrize("talk", [TALK, LONG_TALK], ids=["short", "long"])
async def test_the_script_opens_at_the_page_where_it_was_left(talk: str) -> None:
    hall = Hall(busy_story(), talk=talk)
    async with hall.app.run_test(size=NARROW) as pilot:
        await hall.tell()
        await pilot.press("s", "n", "n", "escape", "s")
        await see(hall, pilot)

        assert "Script  3 of " in hall.text()


async def test_the_script_opens_at_the_line_where_it_was_left() -> None:
    hall = Hall(busy_story(), talk=LONG_TALK)
    async with hall.app.run_test(size=NARROW) as pilot:
        await hall.tell()
        await pilot.press("s", "n", "pagedown", "down")
        await see(hall, pilot)
        line = script(hall).scroll_y

        await pilot.press("escape", "s")
        await see(hall, pilot)

        assert line > 0
        assert script(hall).scroll_y == line


async def test_the_script_stays_at_its_place_across_both_views_and_any_size() -> None:
    hall = Hall(busy_story(), talk=LONG_TALK)
    async with hall.app.run_test(size=NARROW) as pilot:
        await hall.tell()
        await pilot.press("s", "n", "end")
        await see(hall, pilot)
        line = script(hall).scroll_y

        await pilot.press("escape")
        await resize(hall, pilot, WIDE)
        assert "Script  2 of 4" in hall.text()
        assert 0 < script(hall).scroll_y == script(hall).max_scroll_y < line

        await resize(hall, pilot, NARROW)
        await pilot.press("s")
        await see(hall, pilot)
        assert script(hall).scroll_y == line

        await pilot.press("escape")
        await resize(hall, pilot, WIDE)
        await pilot.press("s", "n", "down", "down")
        await see(hall, pilot)
        await resize(hall, pilot, NARROW)
        await pilot.press("s")
        await see(hall, pilot)
        assert "Script  3 of 4" in hall.text()
        assert script(hall).scroll_y == 2


async def test_a_page_that_is_turned_starts_at_its_top() -> None:
    hall = Hall(busy_story(), talk=LONG_TALK)
    async with hall.app.run_test(size=NARROW) as pilot:
        await hall.tell()
        await pilot.press("s", "end", "n")
        await see(hall, pilot)

        assert script(hall).scroll_y == 0


async def test_the_line_of_keys_follows_the_focus_at_once() -> None:
    hall = Hall(busy_story())
    async with hall.app.run_test(size=WIDE) as pilot:
        await hall.tell()
        await see(hall, pilot)
        assert "⏎ Open" in hall.text()

        await pilot.press("s")
        await pilot.pause()

        assert "⏎ Open" not in hall.text()


@pytest.mark.parametrize("widens_on", ["the script's screen", "the room"])
async def test_a_page_turned_on_the_scripts_screen_is_open_beside_the_room_too(
    widens_on: str,
) -> None:
    hall = Hall(busy_story(), talk=LONG_TALK)
    async with hall.app.run_test(size=WIDE) as pilot:
        await hall.tell()
        await see(hall, pilot)
        assert "Script  1 of 4" in hall.text()
        await resize(hall, pilot, NARROW)
        await pilot.press("s")
        if widens_on == "the script's screen":
            await resize(hall, pilot, WIDE)
        await pilot.press("n", "n", "down", "escape")
        if widens_on == "the room":
            await resize(hall, pilot, WIDE)
        await see(hall, pilot)

        assert isinstance(hall.app.screen, RoomScreen)
        assert "Script  3 of 4" in hall.text()
        assert script(hall).scroll_y == 1
