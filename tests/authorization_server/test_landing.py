import json
import re

import pytest

from tests.authorization_server.parties import ORIGIN, PUBLIC_ORIGIN, House, page_of

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("origin", [ORIGIN, "http://127.0.0.1:7777", PUBLIC_ORIGIN])
async def test_the_front_door_shows_how_to_connect_with_the_address_used(
    house: House, origin: str
) -> None:
    async with house.http(origin) as http:
        response = await http.get("/")

    text = page_of(response).text
    url = f"{origin}/mcp"
    assert response.status_code == 200
    assert f"claude mcp add --transport http shop {url}" in text
    assert f"npx @modelcontextprotocol/inspector --transport http --server-url {url}" in text
    found = re.search(r"\{\"mcpServers.*\}\}\}", text, re.DOTALL)
    assert found is not None
    assert json.loads(found[0])["mcpServers"]["shop"]["args"][-1] == url


async def test_claude_ai_is_told_to_come_to_a_public_address(house: House) -> None:
    async with house.http() as http, house.http(PUBLIC_ORIGIN) as public:
        local, world = await http.get("/"), await public.get("/")

    assert "--public-url" in local.text
    assert "Add custom connector" in world.text
