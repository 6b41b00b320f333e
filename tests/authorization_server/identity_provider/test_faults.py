"""A provider that is down, slow or nonsensical signs nobody in."""

from dataclasses import replace

import pytest
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse

from mcp_shop_console.authorization_server import Policy
from tests.authorization_server.identity_provider.fake import (
    ADA,
    CLIENT_ID,
    CLIENT_SECRET,
    ISSUER,
    FakeProvider,
    asked_of,
)
from tests.authorization_server.identity_provider.visits import (
    ACCOUNT,
    assert_nobody_is_signed_in,
    come_back,
    link_of,
    refusals,
    sign_in,
)
from tests.authorization_server.parties import Agent, House, Person, registered

pytestmark = pytest.mark.anyio


NONSENSE = {
    "a page": HTMLResponse("<html>Please sign in to the hotel's network</html>"),
    "a text": PlainTextResponse("no"),
    "a list": JSONResponse([]),
    "an empty object": JSONResponse({}),
    "too much": JSONResponse({"x": "x" * 300_000}),
    "a way elsewhere": PlainTextResponse("", 302, {"Location": "https://evil.example"}),
    "an error": JSONResponse({"error": "server_error"}, 500),
    "deep": PlainTextResponse('{"a":' + "[" * 100_000),
    "bad UTF-8": PlainTextResponse(b'{"\xff": 1}'),
    "another shape": JSONResponse({"issuer": 7, "keys": [7], "id_token": {}, "sub": []}),
    "a bad key": JSONResponse({"keys": [{"kty": "EC", "crv": "P-256", "x": "", "y": ""}]}),
    "no keys": JSONResponse({"keys": []}),
    "keys of no kind": JSONResponse({"keys": {"a": 1}}),
    "a number": JSONResponse({"error": 7}),
}


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE.keys())
@pytest.mark.parametrize(
    "path", ["/.well-known/openid-configuration", "/token", "/jwks", "/userinfo"]
)
async def test_a_provider_that_answers_nonsense_signs_nobody_in_and_can_be_tried_again(
    house: House,
    agent: Agent,
    person: Person,
    provider: FakeProvider,
    path: str,
    answer: PlainTextResponse,
) -> None:
    good = dict(provider.claims)
    provider.claims = {"sub": "ada-1"}
    provider.userinfo, provider.instead = dict(ADA), {path: answer}
    page = await person.open(agent)
    if page.status_code == 303:
        page = await come_back(person, provider.accept(asked_of(page)))

    await assert_nobody_is_signed_in(house, page)
    assert page.status_code in (403, 502)
    assert "You are not signed in" in page.text
    assert "login.example" in page.text
    assert len(await refusals(house)) == 1

    provider.instead, provider.claims = {}, good
    again = await person.http.get(link_of(page))
    page = await come_back(person, provider.accept(asked_of(again)))
    assert "Make this agent your deputy?" in page.text


async def test_a_provider_that_is_down_is_named(
    house: House, agent: Agent, person: Person, provider: FakeProvider
) -> None:
    provider.is_down = True

    response = await person.open(agent)

    assert response.status_code == 502
    assert "login.example, where you sign in, cannot be reached" in response.text
    assert await refusals(house) == [("provider_unreachable", "ConnectError")]
    await assert_nobody_is_signed_in(house, response)


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/jwks"])
async def test_a_provider_that_never_answers_is_not_waited_for(
    house: House,
    policy: Policy,
    person: Person,
    agent: Agent,
    provider: FakeProvider,
    path: str,
) -> None:
    provider.silent = {path}
    hasty = House(
        house.database,
        replace(policy, provider_seconds=0.05),
        house.clock,
        house.path,
        provider.connect,
    )

    async with hasty.http() as http:
        page = await Person(http).open(agent)
        if page.status_code == 303:
            page = await come_back(Person(http), provider.accept(asked_of(page)))

    assert page.status_code == 502
    assert "took too long to answer" in page.text
    assert await refusals(house) == [("provider_slow", "")]


@pytest.mark.parametrize(
    ("metadata", "cause"),
    [
        ({"issuer": "https://other.example"}, "provider_wrong_issuer"),
        ({"issuer": f"{ISSUER}/"}, "provider_wrong_issuer"),
        ({"token_endpoint": "http://login.example/token"}, "provider_nonsense"),
        ({"token_endpoint": "http://localhost/token"}, "provider_nonsense"),
        ({"jwks_uri": "file:///etc/passwd"}, "provider_nonsense"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "provider_nonsense"),
        ({"authorization_endpoint": "https://a\r\nLocation: b"}, "provider_nonsense"),
        ({"authorization_endpoint": "https://[broken"}, "provider_nonsense"),
        ({"userinfo_endpoint": "https://me@login.example/"}, "provider_nonsense"),
        ({"token_endpoint": None}, "provider_nonsense"),
    ],
)
async def test_what_a_provider_says_of_itself_is_checked(
    house: House,
    agent: Agent,
    person: Person,
    provider: FakeProvider,
    metadata: dict[str, object],
    cause: str,
) -> None:
    provider.metadata = metadata

    response = await person.open(agent)

    await assert_nobody_is_signed_in(house, response)
    assert [code for code, _ in await refusals(house)] == [cause]


async def test_metadata_cannot_loosen_how_the_provider_is_asked(
    agent: Agent, person: Person, provider: FakeProvider
) -> None:
    provider.metadata = {"verify": False, "client_id": "x", "scope": "all", "timeout": 1000}

    page = await sign_in(person, agent, provider)

    assert "Make this agent your deputy?" in page.text


async def test_the_secret_goes_in_the_way_the_provider_takes_it(
    agent: Agent, person: Person, provider: FakeProvider
) -> None:
    provider.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}

    await sign_in(person, agent, provider)

    (redeemed,) = provider.redeemed
    assert redeemed["client_secret"] == CLIENT_SECRET
    assert redeemed["authorization"] == ""


async def test_a_client_without_a_secret_sends_none(
    house: House, policy: Policy, provider: FakeProvider
) -> None:
    public = replace(policy, provider=replace(ACCOUNT, client_secret=""))
    open_client = House(house.database, public, house.clock, house.path, provider.connect)

    async with open_client.http() as http:
        page = await sign_in(Person(http), await registered(http), provider)

    assert "Make this agent your deputy?" in page.text
    (redeemed,) = provider.redeemed
    assert (redeemed["client_id"], redeemed["authorization"]) == (CLIENT_ID, "")
    assert "client_secret" not in redeemed


@pytest.mark.parametrize(
    ("claims", "cause", "words"),
    [
        ({"email": None}, "email_missing", "did not share your e-mail"),
        ({"email": "nobody"}, "email_missing", "did not share your e-mail"),
        ({"email": ["ada@example.com"]}, "email_missing", "did not share your e-mail"),
        ({"email": "ada@example.com\x00"}, "email_missing", "did not share your e-mail"),
        ({"email_verified": False}, "email_unconfirmed", "not confirmed"),
        ({"email_verified": "false"}, "email_unconfirmed", "not confirmed"),
        ({"email_verified": 1.5}, "email_unconfirmed", "not confirmed"),
        ({"sub": ""}, "provider_nonsense", "makes no sense"),
        ({"sub": "a\x00"}, "provider_nonsense", "makes no sense"),
        ({"sub": "a" * 256}, "provider_nonsense", "makes no sense"),
    ],
)
async def test_a_person_without_what_the_shop_needs_reads_what_is_missing(
    house: House,
    agent: Agent,
    person: Person,
    provider: FakeProvider,
    claims: dict[str, object],
    cause: str,
    words: str,
) -> None:
    provider.claims |= claims

    response = await sign_in(person, agent, provider)

    await assert_nobody_is_signed_in(house, response)
    assert words in response.text
    assert [code for code, _ in await refusals(house)] == [cause]
    again = asked_of(await person.http.get(link_of(response)))
    assert again.parameters.get("prompt", "") == ("login" if "email" in cause else "")


async def test_the_discovery_document_is_asked_for_once_by_a_hall_and_again_after_a_fault(
    agent: Agent, person: Person, stranger: Person, provider: FakeProvider
) -> None:
    discovery = "/.well-known/openid-configuration"
    await sign_in(person, agent, provider)
    await sign_in(stranger, agent, provider)
    assert provider.asked_paths.count(discovery) == 1

    provider.instead = {"/token": PlainTextResponse("oops", 502)}
    page = await person.change_person(await person.open(agent))
    await come_back(person, provider.accept(asked_of(page)))
    provider.instead = {}
    await person.change_person(await person.open(agent))

    assert provider.asked_paths.count(discovery) == 2
