"""What is no single strict JSON-RPC message is refused before anybody acts on it."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import httpx2
import pytest

from mcp_shop_console.mcp_server.server import MAX_BODY_BYTES
from mcp_shop_console.model.audit import AuditKind
from tests.mcp_server.stage import (
    ANN,
    CURSOR,
    LEGACY,
    Era,
    Stage,
    modern_headers,
    modern_request,
    next_decision,
    open_legacy_session,
)
from tests.requirement import requirement

pytestmark = pytest.mark.anyio

LIST = '{"jsonrpc": "2.0", "id": 1, "method": "tools/list"%s}'


def headers_of(era: Era) -> dict[str, str]:
    return LEGACY if era == "legacy" else modern_headers("tools/list")


def call_of(tool: str, request_id: int | str) -> dict[str, object]:
    params: dict[str, object] = {"name": tool, "arguments": {}}
    return {"jsonrpc": "2.0", "id": request_id, "method": "tools/call", "params": params}


def code_of(answer: httpx2.Response) -> int:
    """The JSON-RPC error code of a 400."""
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/json"
    said = json.loads(answer.text)
    assert said["jsonrpc"] == "2.0"
    return said["error"]["code"]


@requirement("N6")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        (LIST % ', "method": "tools/call"').encode(),
        (LIST % ', "params": {"_meta": {"a": 1, "a": 2}}').encode(),
        (LIST % ', "params": {"a": NaN}').encode(),
        (LIST % ', "params": {"a": 1e999}').encode(),
        (LIST % (', "params": ' + '{"a":' * 64 + "1" + "}" * 64)).encode(),
        b"[" * 200_000,
        b"\xef\xbb\xbf" + (LIST % "").encode(),
        (LIST % "").encode("utf-16"),
        (LIST % ', "params": {"a": "?"}').encode().replace(b"?", b"\xff"),
    ],
)
async def test_what_is_no_strict_json_is_a_parse_error(stage: Stage, era: Era, body: bytes) -> None:
    async with stage.http() as http:
        answer = await http.post(stage.url, headers=headers_of(era), content=body)

    assert code_of(answer) == -32700
    assert json.loads(answer.text)["id"] is None


@requirement("N6")
@pytest.mark.parametrize("body", [f"[{LIST % ''}]", "[]", "1", '"text"', "null"])
async def test_a_batch_and_what_is_no_object_is_an_invalid_request(
    stage: Stage, era: Era, body: str
) -> None:
    async with stage.http() as http:
        answer = await http.post(stage.url, headers=headers_of(era), content=body)

    assert code_of(answer) == -32600


@requirement("N6")
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"id": 1, "method": "tools/list"},
        {"jsonrpc": "1.0", "id": 1, "method": "tools/list"},
        {"jsonrpc": "2.0", "id": 1},
        {"jsonrpc": "2.0", "id": True, "method": "tools/list"},
        {"jsonrpc": "2.0", "id": 1, "method": 7},
        {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": ["secret"]},
        {"jsonrpc": "2.0", "id": 1, "result": "secret"},
        {"jsonrpc": "2.0", "id": 1, "error": {"code": "secret", "message": "x"}},
        {"jsonrpc": "2.0", "id": 1, "error": {"code": True, "message": "x"}},
    ],
)
async def test_what_is_no_message_is_an_invalid_request_and_never_quoted(
    stage: Stage, era: Era, body: dict[str, object]
) -> None:
    async with stage.http() as http:
        answer = await http.post(stage.url, headers=headers_of(era), json=body)

    assert code_of(answer) == -32600
    assert "secret" not in answer.text
    assert "pydantic" not in answer.text


@requirement("N6")
@pytest.mark.parametrize("request_id", [None, True, 1.5, {}, []])
async def test_a_request_whose_id_is_none_of_json_rpc_is_refused_in_a_session_too(
    stage: Stage, request_id: object
) -> None:
    request = {"jsonrpc": "2.0", "id": request_id, "method": "tools/list"}

    async with stage.http() as http:
        headers = LEGACY | {"mcp-session-id": await open_legacy_session(stage, http)}
        answer = await http.post(stage.url, headers=headers, json=request)

    assert code_of(answer) == -32600


@pytest.mark.parametrize(
    "body",
    [
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": "none", "result": {}},
        {"jsonrpc": "2.0", "id": None, "error": {"code": -32603, "message": "x"}},
    ],
)
async def test_notifications_and_responses_are_messages_too(
    stage: Stage, body: dict[str, object]
) -> None:
    async with stage.http() as http:
        headers = LEGACY | {"mcp-session-id": await open_legacy_session(stage, http)}
        answer = await http.post(stage.url, headers=headers, json=body)

    assert answer.status_code == 202


@requirement("N6")
async def test_a_duplicate_name_can_hide_no_call_from_the_scope_gate(
    stage: Stage, era: Era
) -> None:
    await stage.add_grant("ann.reader", ANN, CURSOR, frozenset({"shop:browse"}))
    sent = json.dumps(call_of("buyMcpShopItem", 1))
    twice = sent.replace('"name": ', '"name": "listMcpShopInventory", "name": ')

    async with stage.http("ann.reader") as http:
        answer = await http.post(stage.url, headers=headers_of(era), content=twice)

    assert code_of(answer) == -32700


async def test_who_shows_no_token_learns_nothing_about_their_json(stage: Stage) -> None:
    async with stage.http("") as http:
        answer = await http.post(stage.url, headers=LEGACY, content=b"{")

    assert answer.status_code == 401


@requirement("N4")
async def test_a_body_above_the_limit_is_413_announced_or_not(stage: Stage, era: Era) -> None:
    async def chunks() -> AsyncGenerator[bytes, None]:
        yield b" " * MAX_BODY_BYTES
        yield b" "

    async with stage.http() as http:
        for content in (b" " * (MAX_BODY_BYTES + 1), chunks()):
            answer = await http.post(stage.url, headers=headers_of(era), content=content)
            assert answer.status_code == 413


@asynccontextmanager
async def pleading(
    stage: Stage, http: httpx2.AsyncClient, headers: dict[str, str], call: dict[str, object]
) -> AsyncGenerator[list[httpx2.Response], None]:
    """A prettyPlease that waits while the block runs, and is answered at its end."""
    await stage.authority.ban_human(ANN.id)
    answers: list[httpx2.Response] = []

    async def plead() -> None:
        answers.append(await http.post(stage.url, headers=headers, json=call))

    with stage.feed.subscribe() as reader, anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(plead)
            await next_decision(reader, AuditKind.PLEA_OPENED)
            yield answers
            await stage.authority.pardon_human(ANN.id)


@requirement("N5")
@pytest.mark.parametrize(("first", "second"), [(7, 7), (7, "7")])
async def test_the_second_request_with_an_id_in_flight_is_refused_and_the_first_is_answered(
    stage: Stage, first: int | str, second: int | str
) -> None:
    call = call_of("listMcpShopOrders", second)

    async with stage.http() as http:
        session = LEGACY | {"mcp-session-id": await open_legacy_session(stage, http)}
        async with pleading(stage, http, session, call_of("prettyPlease", first)) as answers:
            refused = await http.post(stage.url, headers=session, json=call)
            other = await http.post(stage.url, headers=session, json=call | {"id": 8})
        again = await http.post(stage.url, headers=session, json=call)

    assert code_of(refused) == -32600
    assert json.loads(refused.text)["id"] == second
    assert [answer.json()["id"] for answer in (*answers, other, again)] == [first, 8, second]
    assert "Fine, you can order" in answers[0].text


@requirement("N5")
async def test_without_sessions_each_request_has_its_id_for_itself(stage: Stage) -> None:
    plea = modern_request("tools/call", {"name": "prettyPlease", "arguments": {}})
    headers = modern_headers("tools/call", "prettyPlease")

    async with stage.http() as http, pleading(stage, http, headers, plea) as answers:
        listed = await http.post(
            stage.url,
            headers=modern_headers("tools/list"),
            json=modern_request("tools/list", {}),
        )

    assert len(listed.json()["result"]["tools"]) == 7
    assert "Fine, you can order" in answers[0].text


@requirement("N9")
async def test_an_id_in_flight_in_another_deputys_session_shows_nothing(stage: Stage) -> None:
    call = call_of("listMcpShopOrders", 7)

    async with stage.http() as anns, stage.http("bob.claude") as bobs:
        session = LEGACY | {"mcp-session-id": await open_legacy_session(stage, anns)}
        made_up = session | {"mcp-session-id": "0" * 32}
        async with pleading(stage, anns, session, call_of("prettyPlease", 7)):
            foreign = await bobs.post(stage.url, headers=session, json=call)
            unknown = await bobs.post(stage.url, headers=made_up, json=call)

    assert (foreign.status_code, foreign.content) == (404, unknown.content)
