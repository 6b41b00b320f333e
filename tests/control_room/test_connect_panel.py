import pytest

from tests.control_room.story import Hall, Story

pytestmark = pytest.mark.anyio

COMMAND = "ngrok http 7777 --url https://shop.example"


async def shown(hall: Hall) -> str:
    async with hall.app.run_test(size=(120, 36)) as pilot:
        await hall.tell()
        await pilot.pause()
        return hall.text()


async def test_a_public_address_is_shown_with_the_command_of_its_tunnel() -> None:
    assert COMMAND in await shown(Hall(Story(), url="https://shop.example/mcp", tunnels=[COMMAND]))


async def test_without_a_public_address_no_tunnel_is_shown() -> None:
    assert "tunnel" not in await shown(Hall(Story()))
