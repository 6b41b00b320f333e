import pytest

from mcp_shop_console.control_room.app import ControlRoom
from mcp_shop_console.control_room.screens.detail import DetailScreen
from mcp_shop_console.control_room.screens.room import RoomScreen
from mcp_shop_console.model.events import ServerChanged, StoreChanged
from tests.control_room.story import (
    ADA,
    ADAS_CLAUDE,
    CLAUDE_SESSION,
    GRACE,
    GRACES_CLAUDE,
    STAGE_CODE,
    URL,
    Hall,
    Story,
    busy_story,
)
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


def room_of(app: ControlRoom) -> RoomScreen:
    assert isinstance(app.screen, RoomScreen)
    return app.screen


async def test_before_anybody_is_here_the_screen_says_how_to_connect() -> None:
    hall = Hall(Story())
    async with hall.app.run_test(size=(80, 24)) as pilot:
        await hall.tell()
        await pilot.pause()

        assert f"claude mcp add --transport http shop {URL}" in hall.text()
        assert f"{STAGE_CODE[:3]} {STAGE_CODE[3:]}" in hall.text()


async def test_the_keys_work_as_soon_as_the_first_session_is_there() -> None:
    hall = Hall(Story())
    async with hall.app.run_test(size=(80, 24)) as pilot:
        await hall.tell()
        hall.retell(busy_story())
        await hall.tell()
        await pilot.pause()

        assert room_of(hall.app).focused is room_of(hall.app).sessions
        assert hall.app.target is not None and hall.app.target.human == ADA


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (120, 36), (160, 50)])
async def test_every_counter_fits_on_the_status_line(size: tuple[int, int]) -> None:
    hall = Hall(busy_story())
    async with hall.app.run_test(size=size) as pilot:
        await hall.tell()
        await pilot.pause()
        second = hall.text().splitlines()[1]

    assert "3 sessions  5 calls  2 orders  0 banned  audit #11 " in second
    assert hall.app.state.head_hash[:8] in second


async def test_a_click_selects_and_a_second_one_opens() -> None:
    hall = Hall(busy_story())
    async with hall.app.run_test(size=(120, 36)) as pilot:
        await hall.tell()
        await pilot.pause()
        room = room_of(hall.app)

        await pilot.click(room.sessions, offset=(5, 4))
        assert hall.app.target is not None and hall.app.target.human == GRACE

        await pilot.click(room.sessions, offset=(5, 4), times=2)
        await pilot.pause()
        assert isinstance(hall.app.screen, DetailScreen)


async def test_a_click_beside_the_rows_selects_nothing() -> None:
    hall = Hall(busy_story())
    async with hall.app.run_test(size=(120, 36)) as pilot:
        await hall.tell()
        await pilot.pause()
        room = room_of(hall.app)

        await pilot.click(room.orders, offset=(5, 1))
        await pilot.click(room.orders, offset=(5, 8))

        assert room.orders.selected is None


async def test_pages_and_ends_can_be_reached_by_keys() -> None:
    story = Story()
    for number in range(1, 61):
        story.buy(ADAS_CLAUDE, CLAUDE_SESSION, number)
    hall = Hall(story)
    async with hall.app.run_test(size=(120, 36)) as pilot:
        await hall.tell()
        await pilot.pause()
        orders, calls = room_of(hall.app).orders, room_of(hall.app).calls

        await pilot.press("right", "home")
        assert orders.selected is not None and orders.selected.number == 60
        await pilot.press("pagedown")
        assert orders.selected.number == 60 - orders.page_rows
        await pilot.press("end")
        assert orders.selected.number == 1
        await pilot.press("right", "home", "pagedown")
        assert calls.selected is not None and calls.selected.serial == calls.page_rows
        assert "standing still" in hall.text()
        await pilot.press("end")
        hall.app.draw_now()
        await pilot.pause()
        assert "standing still" not in hall.text()


async def test_what_stands_in_view_stays_there_when_old_calls_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mcp_shop_console.control_room.state.MOST_CALLS", 100)
    story = Story()
    for _ in range(100):
        story.browse(ADAS_CLAUDE, CLAUDE_SESSION)
    hall = Hall(story)
    async with hall.app.run_test(size=(80, 24)) as pilot:
        await hall.tell()
        await pilot.pause()
        calls = room_of(hall.app).calls
        calls.focus()
        await pilot.press(*["up"] * 30)
        top = calls.key_at(calls.scroll_offset.y)

        for _ in range(20):
            story.browse(GRACES_CLAUDE, CLAUDE_SESSION)
        await hall.tell()
        await pilot.pause()

        assert calls.key_at(calls.scroll_offset.y) == top


@requirement("U10")
async def test_server_and_store_that_fail_are_named_until_they_work() -> None:
    hall = Hall(busy_story())
    async with hall.app.run_test(size=(80, 24)) as pilot:
        hall.story.events.append(ServerChanged(False, "it crashed", 1))
        hall.story.events.append(StoreChanged(False, "the disk is full", 1))
        await hall.tell()
        await pilot.pause()
        assert "✗ DOWN" in hall.text()
        assert "SERVER DOWN  it crashed" in hall.text()
        assert "STORE FAILED  the disk is full" in hall.text()

        hall.story.events.append(ServerChanged(True, "", 2))
        hall.story.events.append(StoreChanged(True, "", 2))
        await hall.tell()
        await pilot.pause()
        assert "● LISTENING" in hall.text()
        assert "STORE FAILED" not in hall.text()


async def test_what_several_humans_ask_for_is_counted() -> None:
    story = busy_story()
    story.plead(ADAS_CLAUDE, CLAUDE_SESSION)
    story.plead(GRACES_CLAUDE, CLAUDE_SESSION)
    hall = Hall(story)
    async with hall.app.run_test(size=(120, 36)) as pilot:
        await hall.tell()
        hall.story.now_ms += 60_000
        await hall.tell()
        await pilot.pause()

        assert "(1 more wait)" in hall.text()


@requirement("U10")
async def test_a_fault_while_drawing_does_not_end_the_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("a bug")

    hall = Hall(busy_story())
    async with hall.app.run_test(size=(80, 24)) as pilot:
        with monkeypatch.context() as patch:
            patch.setattr("mcp_shop_console.control_room.presenter.moment_of", fail)
            await hall.tell()
        hall.retell(busy_story())
        await hall.tell()
        await pilot.pause()

        assert "Ada" in hall.text()


async def test_the_palette_runs_what_its_title_says() -> None:
    hall = Hall(busy_story())
    async with hall.app.run_test(size=(120, 36)) as pilot:
        await hall.tell()
        await pilot.press("ctrl+p", *"script")
        await pilot.pause(0.3)
        assert "Script" in hall.text()
        await pilot.press("down", "enter")
        await pilot.pause(0.3)

        assert hall.app.screen.__class__.__name__ == "ScriptScreen"


async def test_the_script_turns_its_pages_and_stops_at_the_ends() -> None:
    hall = Hall(busy_story())
    async with hall.app.run_test(size=(80, 24)) as pilot:
        await hall.tell()
        await pilot.press("s", "n", "n", "n", "n")
        assert "Script  3 of 3" in hall.text()

        await pilot.press("N", "N", "N", "N", "N")
        await pilot.pause()
        assert "Script  1 of 3" in hall.text()


async def test_quitting_tells_whoever_wants_to_know() -> None:
    told: list[str] = []
    hall = Hall(Story(), on_quit=lambda: told.append("quit"))
    async with hall.app.run_test() as pilot:
        await pilot.press("ctrl+q")

    assert told == ["quit"]


async def test_without_colour_the_theme_stays_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    hall = Hall(busy_story())
    async with hall.app.run_test(size=(80, 24)) as pilot:
        await hall.tell()
        await pilot.press("t")
        await pilot.pause()

        assert hall.app.theme == "stage-plain"
        assert "NO_COLOR" in hall.text()
