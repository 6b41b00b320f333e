"""Sessions are so many, of one deputy and in all, and nobody else notices."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import anyio
import httpx2
import pytest
from anyio import wait_all_tasks_blocked
from starlette.types import Message, Receive, Scope, Send

from mcp_shop_console.mcp_server.session_limit import SessionLimit, SessionLimits
from mcp_shop_console.mcp_server.token_verifier import DeputyUser
from mcp_shop_console.model.deputies import Agent, Deputy
from tests.mcp_server.stage import (
    ANN,
    LEGACY,
    SCOPES,
    Stage,
    open_legacy_session,
    open_stage,
)
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


@asynccontextmanager
async def full_house(*tokens: str) -> AsyncGenerator[tuple[Stage, list[str]], None]:
    """A stage with room for as many sessions as these deputies open."""
    async with open_stage(session_limits=SessionLimits(in_all=len(tokens))) as stage:
        yield stage, [await new_session(stage, token) for token in tokens]


async def new_session(stage: Stage, token: str) -> str:
    async with stage.http(token) as http:
        return await open_legacy_session(stage, http)


async def still_open(stage: Stage, sessions: list[str], *tokens: str) -> list[bool]:
    answers: list[bool] = []
    for session_id, token in zip(sessions, tokens, strict=True):
        async with stage.http(token) as http:
            answers.append(await is_open(stage, http, session_id))
    return answers


@asynccontextmanager
async def streaming(stage: Stage, token: str, session_id: str) -> AsyncGenerator[None, None]:
    headers = LEGACY | {"mcp-session-id": session_id}
    async with stage.http(token) as http, http.stream("GET", stage.url, headers=headers):
        yield


@requirement("N5")
async def test_in_a_full_house_a_newcomer_takes_the_room_of_who_holds_most() -> None:
    owners = ("bob.claude", "ann.claude", "ann.claude", "ann.cursor")
    async with full_house(*owners) as (stage, sessions):
        newest = await new_session(stage, "bob.cursor")

        assert await still_open(stage, sessions, *owners) == [True, False, True, True]
        assert await still_open(stage, [newest], "bob.cursor") == [True]


@requirement("N5")
async def test_among_equals_the_one_unused_longest_gives_way() -> None:
    owners = ("bob.claude", "ann.claude", "ann.cursor")
    async with full_house(*owners) as (stage, sessions):
        assert await still_open(stage, sessions[:1], "bob.claude") == [True]
        await new_session(stage, "bob.cursor")

        assert await still_open(stage, sessions, *owners) == [True, False, True]


@requirement("N5")
async def test_a_session_with_an_open_stream_is_the_last_to_give_way() -> None:
    owners = ("ann.claude", "ann.claude", "bob.claude")
    async with full_house(*owners) as (stage, sessions), AsyncExitStack() as streams:
        for session_id in sessions[:2]:
            await streams.enter_async_context(streaming(stage, "ann.claude", session_id))
        newest = await new_session(stage, "bob.cursor")

        assert await still_open(stage, sessions, *owners) == [True, True, False]

        await streams.enter_async_context(streaming(stage, "bob.cursor", newest))
        last = await new_session(stage, "bob.cursor")

        assert await still_open(stage, sessions[:2], *owners[:2]) == [False, True]
        both = await still_open(stage, [newest, last], "bob.cursor", "bob.cursor")
        assert both == [True, True]


@requirement("N5")
async def test_of_a_deputys_sessions_too_one_with_an_open_stream_is_the_last_to_end() -> None:
    owners = ("bob.claude", "ann.claude", "ann.claude")
    async with open_stage(session_limits=SessionLimits(of_deputy=2)) as stage:
        sessions = [await new_session(stage, token) for token in owners]
        async with streaming(stage, "ann.claude", sessions[1]):
            third = await new_session(stage, "ann.claude")

            assert await still_open(stage, sessions, *owners) == [True, True, False]

            async with streaming(stage, "ann.claude", third):
                await new_session(stage, "ann.claude")

                assert await still_open(stage, sessions, *owners) == [True, False, False]


async def test_many_newcomers_at_once_take_the_room_of_as_many() -> None:
    owners = ["bob.claude"] * 10 + ["ann.claude"]
    async with full_house(*owners) as (stage, sessions):
        async with anyio.create_task_group() as tasks:
            for token in ["ann.claude", "ann.cursor", "bob.cursor"]:
                tasks.start_soon(new_session, stage, token)

        assert await still_open(stage, sessions, *owners) == [False] * 3 + [True] * 8


class _Opener:
    """Stands behind the limit: opens a session for whoever asks, and counts what is ended.

    A stream stays open until it is told to close.
    """

    def __init__(self) -> None:
        self._opened = 0
        self.deleted = 0
        self.closing = anyio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: list[tuple[bytes, bytes]] = []
        if scope["method"] == "DELETE":
            self.deleted += 1
        elif scope["method"] == "GET":
            await self.closing.wait()
        else:
            self._opened += 1
            headers = [(b"mcp-session-id", str(self._opened).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


async def _receive() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _send(_: Message) -> None:
    pass


def _scope(number: int, method: str = "POST", session_id: str = "") -> Scope:
    """A request of one of many agents."""
    agent = Agent(f"client-{number}", "Claude", "claude.ai")
    user = DeputyUser(Deputy(ANN, agent, "grant", "consent", SCOPES))
    headers = [(b"mcp-session-id", session_id.encode())] if session_id else []
    return {"method": method, "headers": headers, "user": user}


async def test_sessions_that_nobody_ends_are_counted_no_longer_than_they_are_kept() -> None:
    now, opener = 0.0, _Opener()
    limit = SessionLimit(opener, SessionLimits(of_deputy=2, idle_seconds=60), monotonic=lambda: now)

    for number in range(1000):
        now = float(number)
        await limit(_scope(number // 2), _receive, _send)

    assert len(limit) == 61
    assert opener.deleted == 0


async def test_a_session_is_counted_while_its_stream_is_open_and_as_long_as_any_after_it() -> None:
    now, opener = 0.0, _Opener()
    limit = SessionLimit(opener, SessionLimits(idle_seconds=60), monotonic=lambda: now)
    counted: list[int] = []

    async def count_at(second: int) -> None:
        nonlocal now
        now = float(second)
        await limit(_scope(second), _receive, _send)
        counted.append(len(limit))

    await limit(_scope(0), _receive, _send)
    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(limit, _scope(0, "GET", "1"), _receive, _send)
            await wait_all_tasks_blocked()
            await count_at(1000)
            opener.closing.set()
    await count_at(1060)
    await count_at(1061)

    assert counted == [2, 3, 2]
