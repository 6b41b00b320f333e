"""The keys that only show: panes, calls that pause, private data, screens."""

from dataclasses import replace

import pytest

from mcp_shop_console.control_room.app import REVEAL_MS
from mcp_shop_console.control_room.screens.detail import DetailScreen
from mcp_shop_console.control_room.screens.help import HelpScreen
from mcp_shop_console.control_room.screens.room import RoomScreen
from mcp_shop_console.control_room.screens.script import ScriptScreen
from mcp_shop_console.control_room.widgets.call_feed import CallFeed
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.catalog import TShirtSize
from mcp_shop_console.model.events import CallStarted
from mcp_shop_console.model.orders import OrderRequest
from mcp_shop_console.shop import Shop
from tests.control_room.conftest import BANNED, NORMAL, SIZE, Live, standings
from tests.control_room.reading import screen_text
from tests.control_room.story import ADA, BOOK
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


async def test_incoming_traffic_never_moves_the_selection_or_the_focus(live: Live) -> None:
    async with live.app.run_test(size=(80, 24)) as pilot:
        await live.see(pilot)
        await pilot.press("down")
        room = live.app.screen
        assert isinstance(room, RoomScreen)
        before = room.target, live.app.focused

        for number in range(300):
            deputy = replace(live.deputies[0], grant_id=f"grant {number}")
            call = replace(live.call("buyMcpShopItem"), id=f"call {number}")
            live.feed.publish([CallStarted(deputy, call, BOOK)])
        await live.see(pilot)

        assert (room.target, live.app.focused) == before


async def test_a_selected_call_stays_selected_while_calls_come_in(live: Live) -> None:
    async with live.app.run_test(size=SIZE) as pilot:
        await live.see(pilot)
        calls = [replace(live.call("getUserInfo"), id=f"call {n}") for n in range(100)]
        live.feed.publish(
            CallStarted(live.deputies[n % 3], call, {}) for n, call in enumerate(calls[:50])
        )
        await live.see(pilot)
        await pilot.press("tab", "tab", "up", "up", "up")
        room = live.app.screen
        assert isinstance(room, RoomScreen) and room.calls.selected is not None
        selected, top = room.calls.selected.id, room.calls.scroll_offset.y

        live.feed.publish(CallStarted(live.deputies[0], call, {}) for call in calls[50:])
        await live.see(pilot)

        assert room.calls.selected is not None
        assert room.calls.selected.id == selected
        assert room.calls.scroll_offset.y == top


async def test_space_pauses_the_feed_and_counts_what_is_new(live: Live) -> None:
    async with live.app.run_test(size=SIZE) as pilot:
        await live.see(pilot)
        await pilot.press("space")
        live.feed.publish(
            CallStarted(live.deputies[0], replace(live.call("getUserInfo"), id=f"c{n}"), {})
            for n in range(17)
        )
        await live.see(pilot)
        assert "PAUSED  +17 new" in screen_text(live.app)
        assert "getUserInfo" not in screen_text(live.app)

        await pilot.press("space")
        await live.see(pilot)

        assert "PAUSED" not in screen_text(live.app)
        assert "getUserInfo" in screen_text(live.app)


@requirement("U6")
async def test_m_shows_private_data_for_ten_seconds_and_records_it(live: Live) -> None:
    async with live.app.run_test(size=SIZE) as pilot:
        await live.see(pilot)
        assert "ada@example.com" not in screen_text(live.app)

        await pilot.press("m")
        await pilot.pause()
        assert "ada@example.com" in screen_text(live.app)
        assert await live.kinds() == [AuditKind.PRIVATE_DATA_REVEALED]

        live.clock.at_ms += REVEAL_MS
        await live.see(pilot)
        assert "ada@example.com" not in screen_text(live.app)


@requirement("U6")
async def test_m_masks_again_at_once(live: Live) -> None:
    async with live.app.run_test(size=SIZE) as pilot:
        await live.see(pilot)

        await pilot.press("m", "m")
        await pilot.pause()

        assert "ada@example.com" not in screen_text(live.app)


async def test_enter_with_no_call_selected_says_so(live: Live) -> None:
    async with live.app.run_test(size=SIZE) as pilot:
        await live.see(pilot)

        await pilot.press("tab", "tab", "enter")

        assert isinstance(live.app.screen, RoomScreen)
        assert isinstance(live.app.screen.focused, CallFeed)
        assert "Nothing to open" in live.spotlight()


async def test_enter_shows_the_selected_row_and_keys_act_on_it_there(live: Live) -> None:
    async with live.app.run_test(size=SIZE) as pilot:
        await live.see(pilot)
        await pilot.press("down", "down", "enter")
        await live.see(pilot)
        assert isinstance(live.app.screen, DetailScreen)
        assert live.deputies[2].consent_id in screen_text(live.app)

        await pilot.press("b")
        assert await standings(live) == [NORMAL, NORMAL, BANNED]
        await live.see(pilot)
        assert "✗ BANNED by presenter" in screen_text(live.app)

        await pilot.press("escape")
        assert isinstance(live.app.screen, RoomScreen)


async def test_question_mark_s_and_t_show_help_script_and_the_other_theme(live: Live) -> None:
    async with live.app.run_test(size=(80, 24)) as pilot:
        await live.see(pilot)
        await pilot.press("question_mark")
        assert isinstance(live.app.screen, HelpScreen)
        await pilot.press("escape", "s")
        assert isinstance(live.app.screen, ScriptScreen)
        await pilot.press("escape", "t")

        assert live.app.theme == "stage-light"


async def test_s_goes_to_the_script_beside_the_tables_where_there_is_room(live: Live) -> None:
    async with live.app.run_test(size=(160, 50)) as pilot:
        await live.see(pilot)

        await pilot.press("s")

        assert isinstance(live.app.screen, RoomScreen)
        assert live.app.focused is not None and live.app.focused.id == "script"


@pytest.mark.parametrize("keys", [(), ("r",), ("question_mark",), ("enter",), ("s",), ("ctrl+p",)])
async def test_ctrl_q_quits_from_every_screen(live: Live, keys: tuple[str, ...]) -> None:
    async with live.app.run_test(size=SIZE) as pilot:
        await live.see(pilot)
        await pilot.press(*keys)

        await pilot.press("ctrl+q")

        assert not live.app._running or live.app._exit  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - Textual has no public way


@requirement("U6")
async def test_an_order_in_full_hides_where_it_goes_until_m_is_pressed(live: Live) -> None:
    request = OrderRequest("Engines Ltd", "1 Dorset St\nLondon", TShirtSize.L)
    await Shop(live.database).place_order(live.deputies[0], live.call("buyMcpShopItem"), request)
    async with live.app.run_test(size=SIZE) as pilot:
        await live.see(pilot)
        await pilot.press("tab", "home", "enter")
        await live.see(pilot)
        assert "2 lines, 18 chars" in screen_text(live.app)
        assert live.deputies[0].consent_id in screen_text(live.app)

        await pilot.press("m")
        await pilot.pause()

        assert "1 Dorset St↵London" in screen_text(live.app)
        assert ADA.email in screen_text(live.app)


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_a_call_in_full_shows_the_hash_of_its_audit_entry(
    live: Live, size: tuple[int, int]
) -> None:
    request = OrderRequest("Acme", "1 Main Street, Springfield", TShirtSize.L)
    call = live.call("buyMcpShopItem")
    live.feed.publish([CallStarted(live.deputies[0], call, BOOK)])
    await Shop(live.database).place_order(live.deputies[0], call, request)
    placed = (await live.audit())[-1]
    async with live.app.run_test(size=size) as pilot:
        await live.see(pilot)
        await pilot.press(*["tab"] * (1 if size[0] < 100 else 2), "end", "enter")
        await live.see(pilot)

        whole = f"#{placed.seq} order.placed  hash {placed.hash}"
        lines = screen_text(live.app).splitlines()
        (line,) = [line for line in lines if "audit entry" in line]
        if size[0] < 100:
            assert line.rstrip().endswith(whole.replace(placed.hash, placed.hash[:8]))
        else:
            assert whole in line


async def test_the_hash_is_whole_as_soon_as_a_wider_terminal_has_room_for_it(live: Live) -> None:
    request = OrderRequest("Acme", "1 Main Street, Springfield", TShirtSize.L)
    call = live.call("buyMcpShopItem")
    await Shop(live.database).place_order(live.deputies[0], call, request)
    placed = (await live.audit())[-1]
    async with live.app.run_test(size=SIZE) as pilot:
        await live.see(pilot)
        await pilot.press("tab", "home", "enter")
        await live.see(pilot)
        assert placed.hash in screen_text(live.app)

        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert placed.hash not in screen_text(live.app)
        assert f"hash {placed.hash[:8]}" in screen_text(live.app)

        await pilot.resize_terminal(*SIZE)
        await pilot.pause()
        assert placed.hash in screen_text(live.app)


@pytest.mark.parametrize("keys", [("question_mark",), ("s",), ("enter",)])
async def test_pause_is_offered_only_where_the_calls_are(live: Live, keys: tuple[str, ...]) -> None:
    async with live.app.run_test(size=SIZE) as pilot:
        await live.see(pilot)
        assert "spc Pause" in screen_text(live.app)
        assert live.app.applies("pause")

        await pilot.press(*keys)
        await live.see(pilot)

        assert "esc Back" in screen_text(live.app)
        assert "spc Pause" not in screen_text(live.app)
        assert not live.app.applies("pause")


@pytest.mark.parametrize("pane", ["sessions", "calls"])
async def test_space_follows_calls_that_stand_still_whatever_has_the_focus(
    live: Live, pane: str
) -> None:
    async with live.app.run_test(size=SIZE) as pilot:
        live.feed.publish(
            CallStarted(live.deputies[0], replace(live.call("getUserInfo"), id=f"c{n}"), {})
            for n in range(30)
        )
        await live.see(pilot)
        await pilot.press("tab", "tab", "home")
        await live.see(pilot)
        assert "standing still  (space follows)" in screen_text(live.app)
        if pane == "sessions":
            await pilot.press("tab")

        await pilot.press("space")
        await live.see(pilot)

        room = live.app.screen
        assert isinstance(room, RoomScreen)
        assert room.focused is not None and room.focused.id == pane
        assert "standing still" not in screen_text(live.app)
        assert "PAUSED" not in screen_text(live.app)
        assert room.calls.scroll_offset.y == room.calls.max_scroll_y
