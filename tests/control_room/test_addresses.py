"""The address and the stage code: whole wherever somebody has to read them, on any terminal."""

import pytest
from textual.pilot import Pilot

from mcp_shop_console.control_room.screens.help import HelpScreen
from mcp_shop_console.model.events import ServerChanged
from tests.control_room.story import STAGE_CODE, START_MS, URL, Hall, Story, busy_story

pytestmark = pytest.mark.anyio

LONG_URL = "https://a-rather-long-name-of-a-tunnel.trycloudflare.com/mcp"
LONGEST_URL = f"https://{'a-name-of-sixty-characters-' * 2}.dev42/mcp"
TUNNELS = (
    "cloudflared tunnel --url http://localhost:7777",
    f"ngrok http 7777 --url {LONGEST_URL.removesuffix('/mcp')}",
)
SHOWN_CODE = f"stage code {STAGE_CODE[:3]} {STAGE_CODE[3:]}"
SIZES = [(80, 24), (100, 30), (120, 36), (160, 50)]
URLS = [URL, LONG_URL, LONGEST_URL]


async def see(hall: Hall, pilot: Pilot[None]) -> None:
    await hall.tell()
    await pilot.pause()


def status(hall: Hall) -> list[str]:
    return hall.text().splitlines()[: hall.app.screen.query_one("#status").outer_size.height]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("url", URLS)
async def test_the_status_line_has_the_whole_address_and_the_stage_code(
    url: str, size: tuple[int, int]
) -> None:
    assert len(LONGEST_URL) == len("https:///mcp") + 60
    hall = Hall(busy_story(), url=url)
    async with hall.app.run_test(size=size) as pilot:
        await see(hall, pilot)
        hall.story.events.append(ServerChanged(True, "", START_MS))
        await see(hall, pilot)

        assert sum(url in line.split() for line in status(hall)) == 1
        assert any(line.rstrip().endswith(SHOWN_CODE) for line in status(hall))
        assert "● LISTENING" in status(hall)[0]
        assert "3 sessions  5 calls  2 orders  0 banned  audit #11 " in status(hall)[-1]


async def test_a_short_address_needs_no_line_of_its_own() -> None:
    hall = Hall(busy_story())
    async with hall.app.run_test(size=(80, 24)) as pilot:
        await see(hall, pilot)

        assert len(status(hall)) == 2


async def test_a_status_line_gets_its_third_line_when_the_terminal_shrinks() -> None:
    hall = Hall(busy_story(), url=LONGEST_URL)
    async with hall.app.run_test(size=(160, 50)) as pilot:
        await see(hall, pilot)
        assert len(status(hall)) == 2

        await pilot.resize_terminal(80, 24)
        await see(hall, pilot)

        assert len(status(hall)) == 3


@pytest.mark.parametrize("url", URLS)
async def test_how_to_connect_can_be_read_to_its_end_on_a_small_terminal(url: str) -> None:
    hall = Hall(Story(), url=url, tunnels=TUNNELS)
    async with hall.app.run_test(size=(80, 24)) as pilot:
        await see(hall, pilot)
        first = hall.text()

        await pilot.press("end")
        await see(hall, pilot)

        both = first + hall.text()
        on_status_line_as_address_and_in_command = 3
        whole = [line for line in first.splitlines() if url in line.split()]
        assert len(whole) == on_status_line_as_address_and_in_command
        assert [word for command in TUNNELS for word in command.split() if word not in both] == []
        assert f"{STAGE_CODE[:3]} {STAGE_CODE[3:]}" in both


@pytest.mark.parametrize("url", URLS)
async def test_the_help_shows_the_address(url: str) -> None:
    hall = Hall(busy_story(), url=url)
    async with hall.app.run_test(size=(80, 24)) as pilot:
        await see(hall, pilot)
        await pilot.press("question_mark")
        await see(hall, pilot)

        assert isinstance(hall.app.screen, HelpScreen)
        assert any(url in line.split() for line in hall.text().splitlines()[4:])
