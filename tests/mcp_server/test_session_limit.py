"""Sessions of one deputy are so many, and nobody else notices."""

import httpx2
import pytest

from mcp_shop_console.mcp_server.session_limit import MOST_OF_DEPUTY
from tests.mcp_server.stage import LEGACY, Stage, open_legacy_session
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


async def is_open(stage: Stage, http: httpx2.AsyncClient, session_id: str) -> bool:
    answer = await http.post(
        stage.url,
        headers=LEGACY | {"mcp-session-id": session_id},
        json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
    )
    return answer.status_code == 200


@requirement("N5")
async def test_who_opens_one_session_too_many_loses_the_one_unused_longest(stage: Stage) -> None:
    async with stage.http() as mine, stage.http("bob.claude") as theirs:
        other = await open_legacy_session(stage, theirs)
        first, second = [await open_legacy_session(stage, mine) for _ in range(2)]
        for _ in range(MOST_OF_DEPUTY - 2):
            await open_legacy_session(stage, mine)
        assert await is_open(stage, mine, first)

        newest = await open_legacy_session(stage, mine)

        assert await is_open(stage, mine, first)
        assert not await is_open(stage, mine, second)
        assert await is_open(stage, mine, newest)
        assert await is_open(stage, theirs, other)


async def test_a_session_that_was_ended_makes_room(stage: Stage) -> None:
    async with stage.http() as http:
        first = await open_legacy_session(stage, http)
        for _ in range(MOST_OF_DEPUTY):
            session_id = await open_legacy_session(stage, http)
            await http.delete(stage.url, headers=LEGACY | {"mcp-session-id": session_id})

        assert await is_open(stage, http, first)


async def test_the_use_of_another_deputys_session_does_not_make_it_ones_own(stage: Stage) -> None:
    async with stage.http() as mine, stage.http("bob.claude") as theirs:
        other = await open_legacy_session(stage, theirs)
        assert not await is_open(stage, mine, other)
        for _ in range(MOST_OF_DEPUTY + 1):
            await open_legacy_session(stage, mine)

        assert await is_open(stage, theirs, other)
