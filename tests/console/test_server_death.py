import anyio
import httpx2
import pytest
import uvicorn

from mcp_shop_console.console.house import open_house
from mcp_shop_console.console.sockets import listen
from mcp_shop_console.control_room.app import ControlRoom
from mcp_shop_console.model.origins import resource_of
from mcp_shop_console.settings import read_settings
from tests.control_room.reading import screen_text
from tests.requirement import requirement

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(30)]


@requirement("U10")
async def test_the_screen_outlives_the_server_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    struck = anyio.Event()

    async def die(_: uvicorn.Server) -> None:
        await struck.wait()
        raise RuntimeError("struck by lightning")

    monkeypatch.setattr(uvicorn.Server, "main_loop", die)
    sockets = listen("localhost", 0)
    settings = read_settings(["--database", ":memory:"], {})
    async with open_house(settings, sockets) as house:
        room = ControlRoom(
            house.authority,
            house.feed,
            now_ms=house.now_ms,
            url=resource_of(house.origins.main),
            stage_code=house.stage_code,
        )
        async with house.listening(sockets), room.run_test(size=(80, 24)) as pilot:
            with anyio.fail_after(10):
                while "LISTENING" not in screen_text(room):
                    await pilot.pause()
                struck.set()
                while "DOWN" not in screen_text(room):
                    await pilot.pause()
                await pilot.press("question_mark")
                while "pretty please:" not in screen_text(room):
                    await pilot.pause()
                async with httpx2.AsyncClient() as http:
                    with pytest.raises(httpx2.ConnectError):
                        await http.get(house.origins.main)

            assert "lightning" not in screen_text(room)


async def test_a_fresh_house_listens_on_all_three_names() -> None:
    sockets = listen("localhost", 0)
    settings = read_settings(["--database", ":memory:"], {})
    async with (
        open_house(settings, sockets) as house,
        house.listening(sockets),
        httpx2.AsyncClient() as http,
    ):
        for origin in house.origins.all:
            answer = await http.get(f"{origin}/.well-known/oauth-authorization-server")
            assert answer.json()["issuer"] == origin
