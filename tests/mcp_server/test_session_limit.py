"""Sessions of one deputy are so many, and nobody else notices."""

import httpx2
import pytest
from starlette.types import Message, Receive, Scope, Send

from mcp_shop_console.mcp_server.session_limit import SessionLimit, SessionLimits
from mcp_shop_console.mcp_server.token_verifier import DeputyUser
from mcp_shop_console.model.deputies import Agent, Deputy
from tests.mcp_server.stage import ANN, LEGACY, SCOPES, Stage, open_legacy_session
from tests.requirement import requirement

MOST_OF_DEPUTY = SessionLimits().of_deputy
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


class _Opener:
    """Stands behind the limit: opens a session for whoever asks, and counts what is ended."""

    def __init__(self) -> None:
        self._opened = 0
        self.deleted = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: list[tuple[bytes, bytes]] = []
        if scope["method"] == "DELETE":
            self.deleted += 1
        else:
            self._opened += 1
            headers = [(b"mcp-session-id", str(self._opened).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


async def test_sessions_that_nobody_ends_are_counted_no_longer_than_they_are_kept() -> None:
    now, opener = 0.0, _Opener()
    limit = SessionLimit(opener, SessionLimits(of_deputy=2, idle_seconds=60), monotonic=lambda: now)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_: Message) -> None:
        pass

    for number in range(1000):
        now = float(number)
        agent = Agent(f"client-{number // 2}", "Claude", "claude.ai")
        user = DeputyUser(Deputy(ANN, agent, "grant", "consent", SCOPES))
        await limit({"method": "POST", "headers": [], "user": user}, receive, send)

    assert len(limit) == 61
    assert opener.deleted == 0
