"""Sessions as the control room sees them: who is connected, and when they have left."""

import logging
from collections.abc import Generator
from contextlib import contextmanager

import anyio
import httpx2
import pytest

from mcp_shop_console.feed import Feed, Reader
from mcp_shop_console.mcp_server.session_limit import SessionLimits
from mcp_shop_console.mcp_server.sessions import (
    CLOSED_STREAM_SECONDS,
    MODERN_WINDOW_SECONDS,
    Sessions,
    shown_id,
)
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Deputy, Session
from mcp_shop_console.model.events import Event, SessionEnded, SessionSeen
from tests.mcp_server.stage import (
    ANN,
    AT_MS,
    BOB,
    CLAUDE,
    LEGACY,
    SCOPES,
    Era,
    Stage,
    modern_headers,
    modern_request,
    next_decision,
    next_event,
    open_legacy_session,
    open_stage,
)
from tests.requirement import requirement

pytestmark = pytest.mark.anyio

ANNS = Deputy(ANN, CLAUDE, "grant-ann", "consent", SCOPES)
_LEGACY_IDLE_SECONDS = 1800
BOBS = Deputy(BOB, CLAUDE, "grant-bob", "consent", SCOPES)


class Room:
    """Sessions with a clock in hand, and what they told the feed."""

    def __init__(self, reader: Reader, feed: Feed) -> None:
        self.now = 0.0
        self._reader = reader
        self.sessions = Sessions(
            feed,
            lambda: AT_MS,
            legacy_idle_seconds=_LEGACY_IDLE_SECONDS,
            monotonic=lambda: self.now,
        )

    def told(self) -> list[Event]:
        return self._reader.take()

    def seen(self, deputy: Deputy = ANNS, mcp_session_id: str = "", name: str = "Test") -> Session:
        return self.sessions.seen(
            deputy,
            mcp_session_id=mcp_session_id,
            agent_name=name,
            agent_version="1",
            protocol_version="2025-11-25",
        )


@contextmanager
def open_room() -> Generator[Room, None, None]:
    feed = Feed()
    with feed.subscribe() as reader:
        yield Room(reader, feed)


async def test_a_client_shows_as_a_session_with_its_name_and_protocol(
    stage: Stage, era: Era
) -> None:
    with stage.feed.subscribe() as reader, anyio.fail_after(5):
        async with stage.client(era, name="Inspector", version="2.12.0") as client:
            await client.list_tools()
            seen = await next_event(reader, SessionSeen)

    assert seen.deputy.human == ANN
    assert seen.deputy.agent == CLAUDE
    assert (seen.session.agent_name, seen.session.agent_version) == ("Inspector", "2.12.0")
    assert seen.session.protocol_version == ("2025-11-25" if era == "legacy" else era)


async def test_a_legacy_session_ends_when_its_client_deletes_it(stage: Stage) -> None:
    with stage.feed.subscribe() as reader, anyio.fail_after(5):
        async with stage.client("legacy"):
            seen = await next_event(reader, SessionSeen)
        ended = await next_event(reader, SessionEnded)

    assert ended.session_id == seen.session.id


@requirement("N10")
async def test_a_made_up_session_id_makes_no_session_in_the_era_that_has_none(stage: Stage) -> None:
    headers, request = modern_headers("tools/list"), modern_request("tools/list", {})

    with stage.feed.subscribe() as reader:
        async with stage.http() as http:
            for number in range(30):
                made_up = headers | {"mcp-session-id": str(number)}
                answer = await http.post(stage.url, headers=made_up, json=request)
                assert answer.status_code == 200

    seen = {event.session.id for event in reader.take() if isinstance(event, SessionSeen)}
    assert len(seen) == 1


@requirement("U7")
async def test_the_real_session_id_never_shows(stage: Stage) -> None:
    async with stage.http() as http:
        mcp_session_id = await open_legacy_session(stage, http)
        with stage.feed.subscribe() as reader, anyio.fail_after(5):
            await http.delete(stage.url, headers={"mcp-session-id": mcp_session_id})
            ended = await next_event(reader, SessionEnded)

    assert ended.session_id
    assert ended.session_id not in mcp_session_id
    assert mcp_session_id not in str(await stage.audit())


@requirement("U7")
async def test_the_real_session_id_stands_in_no_log(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with stage.http() as mine, stage.http("bob.claude") as theirs:
        mcp_session_id = await open_legacy_session(stage, mine)
        for http in (theirs, mine):
            await http.delete(stage.url, headers=LEGACY | {"mcp-session-id": mcp_session_id})

    ours = [record.getMessage() for record in caplog.records if record.name.startswith("mcp.")]
    assert any(shown_id(mcp_session_id) in said for said in ours)
    assert not any(mcp_session_id in said for said in ours)


@requirement("N9")
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("stranger", ["bob.claude", "ann.cursor"])
async def test_another_deputys_session_looks_like_none(
    stage: Stage, method: str, stranger: str
) -> None:
    async with stage.http() as mine, stage.http(stranger) as theirs:
        mcp_session_id = await open_legacy_session(stage, mine)
        answers = [
            await theirs.request(
                method,
                stage.url,
                headers=LEGACY | {"mcp-session-id": session_id},
                json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
            )
            for session_id in (mcp_session_id, "unknown")
        ]
        still = await mine.post(
            stage.url,
            headers=LEGACY | {"mcp-session-id": mcp_session_id},
            json={"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
        )

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert still.status_code == 200


@requirement("N9")
async def test_a_strangers_attempt_neither_ends_the_session_nor_goes_uncounted(
    stage: Stage,
) -> None:
    async with stage.http() as mine, stage.http("bob.claude") as theirs:
        mcp_session_id = await open_legacy_session(stage, mine)
        with stage.feed.subscribe() as reader:
            await theirs.delete(stage.url, headers=LEGACY | {"mcp-session-id": mcp_session_id})
            await stage.server.refused.flush()
            ended = [event for event in reader.take() if isinstance(event, SessionEnded)]

    assert ended == []
    facts = (await stage.audit())[-1].facts
    assert facts == {"status": 404, "reason": "foreign_session", "count": 1}


@requirement("N9")
async def test_a_call_whose_session_is_deleted_meanwhile_is_told_that_it_is_gone(
    stage: Stage,
) -> None:
    await stage.authority.ban_human(ANN.id)
    answers: list[httpx2.Response] = []

    async with stage.http() as http:
        session = LEGACY | {"mcp-session-id": await open_legacy_session(stage, http)}

        async def plead() -> None:
            answers.append(
                await http.post(
                    stage.url,
                    headers=session,
                    json={
                        "jsonrpc": "2.0",
                        "id": 7,
                        "method": "tools/call",
                        "params": {"name": "prettyPlease", "arguments": {}},
                    },
                )
            )

        with stage.feed.subscribe() as reader, anyio.fail_after(5):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(plead)
                await next_decision(reader, AuditKind.PLEA_OPENED)
                await http.delete(stage.url, headers=session)

    assert [answer.status_code for answer in answers] == [404]


async def test_a_new_grant_of_the_same_human_and_client_keeps_its_session(stage: Stage) -> None:
    """Clients come back after a revoke with a new token and the old session id."""
    async with stage.http() as http:
        mcp_session_id = await open_legacy_session(stage, http)
        old = stage.grants["ann.claude"]
        await stage.authority.revoke_grant(old.id)
        await stage.add_grant("ann.again", ANN, CLAUDE)
        answer = await http.post(
            stage.url,
            headers=LEGACY
            | {"mcp-session-id": mcp_session_id, "authorization": "Bearer ann.again"},
            json={
                "jsonrpc": "2.0",
                "id": 2,
                "method": "tools/call",
                "params": {"name": "listMcpShopOrders", "arguments": {}},
            },
        )

    assert answer.status_code == 200
    assert (await stage.audit())[-1].grant_id == stage.grants["ann.again"].id != old.id


async def test_a_revoke_ends_the_sessions_of_its_grant(stage: Stage, era: Era) -> None:
    with stage.feed.subscribe() as reader, anyio.fail_after(5):
        async with stage.client(era) as client:
            await client.list_tools()
            seen = await next_event(reader, SessionSeen)
            await stage.authority.revoke_grant(stage.grants["ann.claude"].id)
            ended = await next_event(reader, SessionEnded)

    assert ended.session_id == seen.session.id


def test_a_session_is_told_of_at_most_once_a_second() -> None:
    with open_room() as room:
        for room.now in (0.0, 0.5, 0.9, 1.2):
            room.seen()

        assert [type(event) for event in room.told()] == [SessionSeen, SessionSeen]


def test_one_grant_with_two_programs_is_two_sessions_and_two_grants_are_two() -> None:
    with open_room() as room:
        ids = {room.seen().id, room.seen(name="Other").id, room.seen(BOBS).id, room.seen().id}

        assert len(ids) == 3


@pytest.mark.parametrize(
    ("mcp_session_id", "patience"),
    [("legacy", _LEGACY_IDLE_SECONDS), ("", MODERN_WINDOW_SECONDS)],
)
def test_a_session_without_a_sign_of_life_ends(mcp_session_id: str, patience: int) -> None:
    with open_room() as room:
        session = room.seen(mcp_session_id=mcp_session_id)
        room.told()

        room.now = patience
        room.sessions.end_idle()
        assert room.told() == []

        room.now = patience + 1
        room.sessions.end_idle()
        assert room.told() == [SessionEnded(session.id, AT_MS)]


def test_an_open_stream_keeps_a_session_and_closing_it_shortens_its_life() -> None:
    with open_room() as room:
        session = room.seen(mcp_session_id="legacy")
        room.told()

        with room.sessions.streaming(session.id):
            room.now = 10 * _LEGACY_IDLE_SECONDS
            room.sessions.end_idle()
        room.now += CLOSED_STREAM_SECONDS
        room.sessions.end_idle()
        assert room.told() == []

        room.now += 1
        room.sessions.end_idle()
        assert room.told() == [SessionEnded(session.id, AT_MS)]


def test_the_probe_of_mcp_remote_is_not_shown() -> None:
    with open_room() as room:
        session = room.seen(name="mcp-remote-fallback-test")
        with room.sessions.streaming(session.id):
            room.sessions.end_all()

        assert room.told() == []


def test_an_agent_that_changes_its_name_in_every_request_gets_so_many_rows() -> None:
    with open_room() as room:
        for number in range(100):
            room.seen(name=f"Name {number}")
        bobs = room.seen(BOBS)
        told = room.told()

        ended = [event for event in told if isinstance(event, SessionEnded)]
        assert len(ended) == 80
        room.sessions.end_all()
        assert SessionEnded(bobs.id, AT_MS) in room.told()


def test_a_name_of_any_length_is_cut() -> None:
    with open_room() as room:
        assert len(room.seen(name="x" * 1_000_000).agent_name) == 200


@requirement("N10")
async def test_a_stream_that_asks_to_resume_begins_anew(stage: Stage) -> None:
    async with stage.http() as http:
        headers = LEGACY | {"mcp-session-id": await open_legacy_session(stage, http)}
        wish = {"last-event-id": "of-another-stream"}
        with anyio.fail_after(5):
            async with http.stream("GET", stage.url, headers=headers | wish) as response:
                status, kind = response.status_code, response.headers["content-type"]

    assert (status, kind) == (200, "text/event-stream")


@requirement("N10")
async def test_nobody_resumes_the_stream_of_another(stage: Stage) -> None:
    async with stage.http() as http, stage.http("bob.claude") as other:
        headers = LEGACY | {"mcp-session-id": await open_legacy_session(stage, http)}
        answer = await other.get(stage.url, headers=headers | {"last-event-id": "1"})

    assert answer.status_code == 404


async def test_a_legacy_session_is_kept_no_longer_than_it_may_be_idle() -> None:
    limits = SessionLimits(idle_seconds=0.05)
    async with open_stage(session_limits=limits) as stage, stage.http() as http:
        with stage.feed.subscribe() as reader, anyio.fail_after(10):
            session = {"mcp-session-id": await open_legacy_session(stage, http)}
            await next_event(reader, SessionEnded)
        answer = await http.post(
            stage.url,
            headers=LEGACY | session,
            json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
        )

    assert answer.status_code == 404
