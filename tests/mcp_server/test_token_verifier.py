"""The gate in front of the MCP endpoint, asked over plain HTTP."""

import httpx2
import pytest

from tests.mcp_server.stage import BOB, LEGACY, Era, Stage, modern_headers, modern_request
from tests.requirement import requirement

pytestmark = pytest.mark.anyio

SCOPES = "shop:browse orders:read shop:order profile:read"


def metadata_of(url: str) -> str:
    return url.removesuffix("/mcp") + "/.well-known/oauth-protected-resource/mcp"


def whole(answer: httpx2.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    """Everything of an answer but its date."""
    headers = [(name, value) for name, value in answer.headers.items() if name != "date"]
    return answer.status_code, answer.content, headers


@requirement("T1")
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_who_has_no_token_is_told_where_to_get_one(stage: Stage, method: str) -> None:
    async with stage.http("") as http:
        answer = await http.request(method, stage.url)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == (
        f'Bearer resource_metadata="{metadata_of(stage.url)}", scope="{SCOPES}"'
    )
    assert answer.headers["cache-control"] == "no-store"


@requirement("T1")
async def test_another_scheme_is_no_token(stage: Stage) -> None:
    async with stage.http("") as http:
        answer = await http.post(stage.url, headers={"authorization": "Basic YTpi"})

    assert answer.status_code == 401
    assert "error=" not in answer.headers["www-authenticate"]


@requirement("T2")
async def test_bad_revoked_and_malformed_tokens_get_the_same_bytes(stage: Stage) -> None:
    await stage.authority.revoke_grant(stage.grants["ann.claude"].id)
    tokens = ["unknown", "ann.claude", "not a token", "x" * 1000, "="]

    async with stage.http("") as http:
        answers = [
            await http.post(stage.url, headers={"authorization": f"Bearer {token}"})
            for token in tokens
        ]

    assert len({str(whole(answer)) for answer in answers}) == 1
    assert answers[0].status_code == 401
    assert answers[0].headers["www-authenticate"] == (
        f'Bearer error="invalid_token", resource_metadata="{metadata_of(stage.url)}",'
        f' scope="{SCOPES}"'
    )


async def test_two_tokens_are_none(stage: Stage) -> None:
    both = [("authorization", "Bearer ann.claude"), ("authorization", "Bearer bob.claude")]

    async with stage.http("") as http:
        answer = await http.post(stage.url, headers=both)

    assert answer.status_code == 401


@requirement("T3")
async def test_a_token_in_the_query_is_ignored(stage: Stage) -> None:
    async with stage.http("") as http:
        answer = await http.post(f"{stage.url}?access_token=ann.claude")
    await stage.server.refused.flush()

    assert answer.status_code == 401
    assert "error=" not in answer.headers["www-authenticate"]
    entry = (await stage.audit())[-1]
    assert entry.facts["reason"] == "token_in_query"
    assert "ann.claude" not in str(entry)


@requirement("A18")
async def test_the_challenge_follows_the_name_that_was_asked_and_no_other(stage: Stage) -> None:
    port = httpx2.URL(stage.url).port

    async with stage.http("") as http:
        own = await http.post(stage.url, headers={"host": f"LOCALHOST:{port}"})
        foreign = await http.post(stage.url, headers={"host": "evil.example"})

    assert f'"http://localhost:{port}/.well-known' in own.headers["www-authenticate"]
    assert "evil" not in foreign.headers["www-authenticate"]


@requirement("O12")
async def test_a_failing_store_is_a_503_and_never_a_401(stage: Stage) -> None:
    stage.is_store_down = True

    async with stage.http() as http:
        answer = await http.post(stage.url)

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "www-authenticate" not in answer.headers


@requirement("O12")
async def test_service_returns_with_the_store(stage: Stage, era: Era) -> None:
    stage.is_store_down = True
    async with stage.http() as http:
        assert (await http.post(stage.url)).status_code == 503

    stage.is_store_down = False
    async with stage.client(era) as client:
        assert not (await client.call_tool("listMcpShopInventory", {})).is_error


@requirement("T5", "A16")
@pytest.mark.parametrize("granted", [{"shop:browse"}, {"shop:browse", "offline_access"}])
@pytest.mark.parametrize("legacy", [False, True])
async def test_a_call_beyond_its_grant_is_told_every_scope_of_the_shop_it_takes(
    stage: Stage, granted: set[str], *, legacy: bool
) -> None:
    agent = stage.grants["bob.claude"].agent
    await stage.add_grant("bob.narrow", BOB, agent, frozenset(granted))
    headers = LEGACY if legacy else modern_headers("tools/call", "buyMcpShopItem")
    call = modern_request("tools/call", {"name": "buyMcpShopItem", "arguments": {}})

    async with stage.http("bob.narrow") as http:
        answer = await http.post(stage.url, headers=headers, json=call)

    assert answer.status_code == 403
    assert answer.headers["www-authenticate"] == (
        f'Bearer error="insufficient_scope", resource_metadata="{metadata_of(stage.url)}",'
        ' scope="shop:browse shop:order"'
    )


@requirement("T5")
async def test_a_narrow_grant_is_served_within_its_scopes(stage: Stage, era: Era) -> None:
    agent = stage.grants["bob.claude"].agent
    await stage.add_grant("bob.narrow", BOB, agent, frozenset({"shop:browse"}))

    async with stage.client(era, "bob.narrow") as client:
        await client.list_tools()
        result = await client.call_tool("listMcpShopInventory", {})

    assert not result.is_error


@pytest.mark.parametrize("body", [b"[" * 100_000, b"\xff", b"{}", b"", b"x" * 300_000])
async def test_an_odd_body_of_a_narrow_grant_is_left_to_the_sdk(stage: Stage, body: bytes) -> None:
    await stage.add_grant("bob.narrow", BOB, stage.grants["bob.claude"].agent, frozenset())

    async with stage.http("bob.narrow") as http:
        answer = await http.post(stage.url, headers=modern_headers("tools/call", "x"), content=body)

    assert answer.status_code in {400, 413}
