"""Verified humans: whoever the provider names, and nobody else."""

import base64
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse

from mcp_shop_console.authorization_server import Policy
from mcp_shop_console.authorization_server.identity_provider import ProviderAccount
from mcp_shop_console.model.audit import AuditKind
from tests.authorization_server.fake_provider import (
    ADA,
    CLIENT_ID,
    CLIENT_SECRET,
    ISSUER,
    Asked,
    FakeProvider,
    asked_of,
    new_key,
)
from tests.authorization_server.parties import (
    ORIGIN,
    PUBLIC_ORIGIN,
    Agent,
    Clock,
    House,
    Person,
    answer_of,
    open_house,
    page_of,
    registered,
)
from tests.requirement import requirement

pytestmark = pytest.mark.anyio

ACCOUNT = ProviderAccount(ISSUER, CLIENT_ID, CLIENT_SECRET)


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def policy(policy: Policy) -> Policy:
    return replace(policy, provider=ACCOUNT, provider_seconds=1.0)


@pytest.fixture
async def house(
    policy: Policy, clock: Clock, tmp_path: Path, provider: FakeProvider
) -> AsyncGenerator[House]:
    async with open_house(tmp_path, policy, clock, provider.connect) as house:
        yield house


async def leave(person: Person, agent: Agent) -> Asked:
    """Follow the agent's link until the browser is sent to the provider."""
    return asked_of(await person.open(agent))


async def come_back(person: Person, address: str) -> httpx2.Response:
    return await person.follow(await person.http.get(address))


async def sign_in(person: Person, agent: Agent, provider: FakeProvider) -> httpx2.Response:
    return await come_back(person, provider.accept(await leave(person, agent)))


async def refusals(house: House) -> list[tuple[str, object]]:
    entries = await house.entries(AuditKind.SIGN_IN_REFUSED)
    return [(entry.code, entry.facts.get("detail", "")) for entry in entries]


async def assert_nobody_is_signed_in(house: House, response: httpx2.Response) -> None:
    assert "Make this agent your deputy?" not in response.text
    assert house.rows("select * from human") == []
    assert house.rows("select * from browser where human_id is not null") == []
    assert await house.entries(AuditKind.HUMAN_SIGNED_IN) == []


async def test_a_person_signed_in_at_the_provider_is_verified(
    house: House, agent: Agent, person: Person, provider: FakeProvider
) -> None:
    page = await sign_in(person, agent, provider)

    assert "Make this agent your deputy?" in page.text
    assert "Ada Lovelace" in page.text
    assert "nobody has checked" not in page.text
    (entry,) = await house.entries(AuditKind.HUMAN_SIGNED_IN)
    assert entry.human
    assert (entry.human.name, entry.human.email) == ("Ada Lovelace", "ada@example.com")
    assert (entry.human.is_verified, entry.human.is_admin) == (True, False)
    assert entry.facts == {"is_new": True, "provider": ISSUER}
    assert "code" in answer_of(await person.answer(page, "approve"))


async def test_the_provider_is_asked_with_pkce_nonce_and_state_new_each_time(
    agent: Agent, person: Person, provider: FakeProvider
) -> None:
    first, second = await leave(person, agent), await leave(person, agent)

    for asked in (first, second):
        assert asked.parameters["response_type"] == "code"
        assert asked.parameters["client_id"] == CLIENT_ID
        assert asked.parameters["scope"] == "openid profile email"
        assert asked.parameters["redirect_uri"] == f"{ORIGIN}/sign-in/callback"
        assert asked.parameters["code_challenge_method"] == "S256"
        assert "prompt" not in asked.parameters
    for name in ("state", "nonce", "code_challenge"):
        assert first.parameters[name] != second.parameters[name]
        assert len(first.parameters[name]) >= 20
    await come_back(person, provider.accept(second))
    (redeemed,) = provider.redeemed
    assert len(redeemed["code_verifier"]) >= 43
    assert redeemed["authorization"].startswith("Basic ")


async def test_no_page_of_ours_asks_for_a_name_then(
    house: House, agent: Agent, person: Person
) -> None:
    page = await person.open(agent)
    request_id = house.rows("select id from authorization_request")[0][0]
    typed = {"request": str(request_id), "name": "Ada", "email": "ada@example.com"}

    posted = await person.http.post("/sign-in", data=typed)

    assert asked_of(page)
    assert posted.status_code == 405
    assert house.rows("select * from human") == []


@requirement("U7", "T12")
async def test_nothing_of_the_providers_tokens_and_nothing_that_opens_them_is_stored(
    house: House, agent: Agent, person: Person, provider: FakeProvider
) -> None:
    asked = await leave(person, agent)
    on_the_way = house.path.read_bytes() + house.path.with_name("shop.sqlite3-wal").read_bytes()
    page = await come_back(person, provider.accept(asked))

    assert page.status_code == 200
    afterwards = house.path.read_bytes() + house.path.with_name("shop.sqlite3-wal").read_bytes()
    secrets = [asked.state, asked.parameters["nonce"], provider.redeemed[0]["code_verifier"]]
    for secret in [*secrets, "good-code", "provider-access-token", "provider-refresh-token"]:
        assert secret.encode() not in on_the_way + afterwards
    assert house.rows("select * from departure") == []


async def test_who_comes_back_is_the_same_human_whatever_their_email_is_now(
    house: House, agent: Agent, person: Person, stranger: Person, provider: FakeProvider
) -> None:
    await sign_in(person, agent, provider)
    provider.claims |= {"email": "countess@example.com", "name": "Countess"}

    page = await sign_in(stranger, agent, provider)

    assert "Countess" in page.text
    assert house.rows("select email, name from human") == [("countess@example.com", "Countess")]


async def test_the_email_of_somebody_else_makes_nobody_them(
    house: House, agent: Agent, person: Person, stranger: Person, provider: FakeProvider
) -> None:
    await sign_in(person, agent, provider)
    provider.claims |= {"sub": "ada-2"}

    await sign_in(stranger, agent, provider)

    assert house.rows("select count(*), count(distinct id) from human") == [(2, 2)]


@requirement("C11")
async def test_a_typed_email_neither_takes_a_verified_human_over_nor_is_taken_over(
    house: House, policy: Policy, clock: Clock, tmp_path: Path, provider: FakeProvider
) -> None:
    plain = House(house.database, replace(policy, provider=None), clock, house.path)

    async def come(at: House, *, verified: bool) -> None:
        async with at.http() as http:
            person, agent = Person(http), await registered(http)
            if verified:
                assert "Make this agent" in (await sign_in(person, agent, provider)).text
            else:
                await person.come_to_consent(agent)

    await come(plain, verified=False)
    await come(house, verified=True)
    async with plain.http() as http:
        page = await Person(http).sign_in(await Person(http).open(await registered(http)))

    assert page_of(page).status == 400, "the e-mail still belongs to its first browser"
    kinds = house.rows("select is_verified, count(*) from human group by 1")
    assert kinds == [(0, 1), (1, 1)]


async def test_a_verified_email_can_be_typed_by_others_who_stay_unverified(
    house: House, policy: Policy, clock: Clock, agent: Agent, person: Person, provider: FakeProvider
) -> None:
    await sign_in(person, agent, provider)
    plain = House(house.database, replace(policy, provider=None), clock, house.path)

    async with plain.http() as http:
        page = await Person(http, "Mallory").come_to_consent(await registered(http))

    assert "nobody has checked this e-mail" in page_of(page).text
    assert house.rows("select name from human where is_verified = 1") == [("Ada Lovelace",)]


async def test_whoever_only_typed_a_name_before_has_to_sign_in_at_the_provider(
    house: House, policy: Policy, clock: Clock
) -> None:
    plain = House(house.database, replace(policy, provider=None), clock, house.path)
    async with plain.http() as http:
        person, agent = Person(http), await registered(http)
        page = await person.come_to_consent(agent)

        async with house.http() as elsewhere:
            elsewhere.cookies = http.cookies
            again = await Person(elsewhere).open(agent)
            answer = await Person(elsewhere).answer(page, "approve")

    assert asked_of(again)
    assert answer.headers["location"].startswith("/sign-in?")
    assert house.rows("select * from grant") == []


async def test_someone_else_at_the_same_browser_is_asked_anew(
    agent: Agent, person: Person, provider: FakeProvider
) -> None:
    page = await sign_in(person, agent, provider)

    asked = asked_of(await person.change_person(page))
    provider.claims = {"sub": "bob-1", "name": "Bob", "email": "bob@example.com"}
    page = await come_back(person, provider.accept(asked))

    assert asked.parameters["prompt"] == "login"
    assert "Bob" in page_of(page).text
    assert "Ada" not in page_of(page).text


@requirement("C3")
async def test_the_cookie_changes_at_the_sign_in(
    house: House, agent: Agent, person: Person, provider: FakeProvider
) -> None:
    asked = await leave(person, agent)
    before = dict(person.http.cookies)

    await come_back(person, provider.accept(asked))

    assert dict(person.http.cookies) != before


async def test_a_public_address_has_its_own_callback_and_needs_no_stage_code(
    house: House, agent: Agent, provider: FakeProvider
) -> None:
    async with house.http(PUBLIC_ORIGIN) as http:
        person = Person(http)
        asked = await leave(person, agent)
        page = await come_back(person, provider.accept(asked))

    assert asked.parameters["redirect_uri"] == f"{PUBLIC_ORIGIN}/sign-in/callback"
    assert "Make this agent your deputy?" in page.text


@pytest.mark.parametrize(
    ("claims", "is_admin"),
    [
        ({"roles": "shop-admin"}, True),
        ({"roles": ["guest", "shop-admin"]}, True),
        ({"roles": "shop-admins"}, False),
        ({"roles": ["guest"]}, False),
        ({"roles": {"shop-admin": True}}, False),
        ({"roles": [["shop-admin"], None, 7]}, False),
        ({"roles": True}, False),
        ({}, False),
    ],
)
async def test_the_claim_of_the_settings_makes_an_admin(
    house: House,
    policy: Policy,
    provider: FakeProvider,
    claims: dict[str, object],
    is_admin: bool,
) -> None:
    account = replace(ACCOUNT, admin_claim="roles", admin_value="shop-admin")
    strict = House(
        house.database, replace(policy, provider=account), house.clock, house.path, provider.connect
    )
    provider.claims |= claims

    async with strict.http() as http:
        await sign_in(Person(http), await registered(http), provider)

    assert house.rows("select is_admin from human") == [(int(is_admin),)]


async def test_an_admin_by_email_is_none_at_a_provider(
    house: House, agent: Agent, person: Person, provider: FakeProvider
) -> None:
    provider.claims |= {"email": "boss@example.com", "": [""]}

    await sign_in(person, agent, provider)

    assert house.rows("select email, is_admin from human") == [("boss@example.com", 0)]


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": None, "given_name": "Ada", "family_name": "L."}, "Ada L."),
        ({"name": "  Ada \u2003 Lovelace "}, "Ada Lovelace"),
        ({"name": None}, "ada"),
        ({"name": "Ada\x1b[2J"}, "ada"),
        ({"name": 7}, "ada"),
        ({"name": "A" * 500}, "A" * 80),
        ({"name": "A" * 5000}, "ada"),
    ],
)
async def test_a_name_is_made_of_what_the_provider_says(
    house: House,
    agent: Agent,
    person: Person,
    provider: FakeProvider,
    claims: dict[str, object],
    name: str,
) -> None:
    provider.claims |= claims

    await sign_in(person, agent, provider)

    assert house.rows("select name from human") == [(name,)]


async def test_what_the_token_leaves_out_is_asked_of_the_userinfo_endpoint(
    house: House, agent: Agent, person: Person, provider: FakeProvider
) -> None:
    provider.claims = {"sub": "ada-1"}
    provider.userinfo = dict(ADA)

    await sign_in(person, agent, provider)

    assert house.rows("select name, email from human") == [("Ada Lovelace", "ada@example.com")]


async def test_userinfo_of_somebody_else_is_not_believed(
    house: House, agent: Agent, person: Person, provider: FakeProvider
) -> None:
    provider.claims = {"sub": "mallory-1"}
    provider.userinfo = dict(ADA)

    response = await sign_in(person, agent, provider)

    await assert_nobody_is_signed_in(house, response)
    assert await refusals(house) == [("id_token_invalid", "userinfo sub")]


@requirement("T13")
@pytest.mark.parametrize(
    ("claims", "detail"),
    [
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"iss": "https://other.example"}, "iss"),
        ({"iss": f"{ISSUER}/"}, "iss"),
        ({"aud": "another-client"}, "aud"),
        ({"aud": "another-client", "azp": CLIENT_ID}, "aud"),
        ({"aud": [CLIENT_ID, "another-client"]}, "azp"),
        ({"aud": None}, "aud"),
        ({"exp": 1_000_000}, "exp"),
        ({"exp": None}, "exp"),
        ({"exp": "soon"}, "exp"),
        ({"iat": None}, "iat"),
        ({"at_hash": "bm90IGl0cyBoYXNo"}, "at_hash"),
    ],
)
async def test_an_id_token_for_somebody_else_or_another_time_signs_nobody_in(
    house: House,
    agent: Agent,
    person: Person,
    provider: FakeProvider,
    claims: dict[str, object],
    detail: str,
) -> None:
    provider.claims |= claims

    response = await sign_in(person, agent, provider)

    await assert_nobody_is_signed_in(house, response)
    assert response.status_code == 403
    assert await refusals(house) == [("id_token_invalid", detail)]


def unsigned(token: str) -> str:
    return f"eyJhbGciOiJub25lIn0.{token.split('.')[1]}."


FORGERIES: list[Callable[[str], object]] = [
    unsigned,
    lambda token: token[:-4] + "AAAA",
    lambda token: token + "." + "A" * 9000,
    lambda token: token + "A" * 9000,
    lambda token: token.split(".")[1],
    lambda _: "",
    lambda _: None,
    lambda _: ["a", "b", "c"],
    lambda _: "....",
    lambda token: "not base64!." + token.partition(".")[2],
    lambda token: "WzFd." + token.partition(".")[2],
]


@requirement("T13")
@pytest.mark.parametrize("forge", FORGERIES)
async def test_a_token_without_a_good_signature_signs_nobody_in(
    house: House,
    agent: Agent,
    person: Person,
    provider: FakeProvider,
    forge: Callable[[str], object],
) -> None:
    provider.forge = forge

    response = await sign_in(person, agent, provider)

    await assert_nobody_is_signed_in(house, response)
    ((code, _),) = await refusals(house)
    assert code == "id_token_invalid"


@requirement("T13")
@pytest.mark.parametrize(
    "header",
    [
        {"jwk": new_key().as_dict(private=False)},
        {"jku": "https://evil.example/keys"},
        {"x5u": "https://evil.example/cert"},
    ],
    ids=["jwk", "jku", "x5u"],
)
async def test_a_token_that_brings_its_own_key_signs_nobody_in(
    house: House, agent: Agent, person: Person, provider: FakeProvider, header: dict[str, object]
) -> None:
    provider.header |= header

    response = await sign_in(person, agent, provider)

    await assert_nobody_is_signed_in(house, response)
    assert await refusals(house) == [("id_token_invalid", "header")]


@requirement("T13")
async def test_a_token_that_must_be_understood_in_a_special_way_signs_nobody_in(
    house: House, agent: Agent, person: Person, provider: FakeProvider
) -> None:
    header = b'{"alg":"ES256","kid":"key-1","crit":["exp"]}'
    critical = base64.urlsafe_b64encode(header).decode().rstrip("=")
    provider.forge = lambda token: f"{critical}.{token.partition('.')[2]}"

    response = await sign_in(person, agent, provider)

    await assert_nobody_is_signed_in(house, response)
    assert await refusals(house) == [("id_token_invalid", "header")]


@requirement("T13")
async def test_a_token_signed_with_another_key_signs_nobody_in(
    house: House, agent: Agent, person: Person, provider: FakeProvider
) -> None:
    provider.published = new_key()

    response = await sign_in(person, agent, provider)

    await assert_nobody_is_signed_in(house, response)
    assert await refusals(house) == [("id_token_invalid", "bad_signature")]


@requirement("T13")
async def test_a_provider_that_signs_with_shared_keys_only_is_not_used(
    house: House, agent: Agent, person: Person, provider: FakeProvider
) -> None:
    provider.metadata = {"id_token_signing_alg_values_supported": ["HS256", "none"]}

    response = await person.open(agent)

    await assert_nobody_is_signed_in(house, response)
    assert await refusals(house) == [("provider_nonsense", "no known signature")]


async def test_a_new_key_of_the_provider_is_known_at_once(
    house: House, agent: Agent, person: Person, provider: FakeProvider
) -> None:
    await sign_in(person, agent, provider)
    provider.key, provider.header = new_key("key-2"), {"alg": "ES256", "kid": "key-2"}

    page = await come_back(
        person, provider.accept(asked_of(await person.change_person(await person.open(agent))))
    )

    assert "Make this agent your deputy?" in page.text


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


def link_of(page: httpx2.Response) -> str:
    """Where "Try again" leads."""
    assert "Try again" in page.text
    return page.text.split('<a href="')[1].split('"')[0]


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


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"code": None, "error": "access_denied"}, ("provider_refused", "access_denied")),
        ({"error": "access_denied"}, ("provider_refused", "access_denied")),
        ({"code": None}, ("provider_refused", "no code")),
        ({"code": None, "error": "<script>" * 9}, ("provider_refused", "")),
        ({"iss": "https://other.example"}, ("provider_wrong_issuer", "answer")),
        ({"iss": f"{ISSUER}/"}, ("provider_wrong_issuer", "answer")),
        ({"code": "a\x00b"}, ("provider_refused", "no code")),
    ],
)
async def test_a_person_sent_back_without_a_good_answer_is_not_signed_in(
    house: House,
    agent: Agent,
    person: Person,
    provider: FakeProvider,
    changes: Mapping[str, str | None],
    refusal: tuple[str, str],
) -> None:
    address = provider.accept(await leave(person, agent), **changes)

    response = await come_back(person, address)

    await assert_nobody_is_signed_in(house, response)
    assert await refusals(house) == [refusal]
    assert provider.redeemed == []
    assert link_of(response)


async def test_a_code_that_the_provider_does_not_take_signs_nobody_in(
    house: House, agent: Agent, person: Person, provider: FakeProvider
) -> None:
    provider.instead = {"/token": JSONResponse({"error": "invalid_grant"}, 400)}

    response = await sign_in(person, agent, provider)

    await assert_nobody_is_signed_in(house, response)
    assert await refusals(house) == [("provider_refused", "invalid_grant")]


@pytest.mark.parametrize(("named", "status"), [(None, 502), (ISSUER, 200)])
async def test_a_provider_that_promises_to_name_itself_must(
    agent: Agent, person: Person, provider: FakeProvider, named: str | None, status: int
) -> None:
    provider.metadata = {"authorization_response_iss_parameter_supported": True}

    response = await come_back(person, provider.accept(await leave(person, agent), iss=named))

    assert response.status_code == status


@requirement("C1")
async def test_an_answer_counts_once_and_in_its_own_browser_only(
    house: House, agent: Agent, person: Person, stranger: Person, provider: FakeProvider
) -> None:
    address = provider.accept(await leave(person, agent))

    stolen = await come_back(stranger, address)
    again = await come_back(person, address)

    await assert_nobody_is_signed_in(house, stolen)
    assert stolen.status_code == 403
    assert again.status_code == 400
    assert "This sign-in is over" in again.text
    assert await refusals(house) == [("sign_in_stale", "")]
    assert provider.redeemed == []


@requirement("C1")
async def test_a_used_answer_signs_nobody_in_again(
    house: House, agent: Agent, person: Person, provider: FakeProvider
) -> None:
    address = provider.accept(await leave(person, agent))
    await come_back(person, address)

    again = await come_back(person, address)

    assert again.status_code == 400
    assert len(await house.entries(AuditKind.HUMAN_SIGNED_IN)) == 1
    assert len(provider.redeemed) == 1


@requirement("C1")
async def test_a_made_up_answer_is_over_and_leaves_no_trace(
    house: House, agent: Agent, person: Person, provider: FakeProvider
) -> None:
    good = provider.accept(await leave(person, agent))

    for query in ("", "?code=x", "?state=x&code=y", "?error=x", f"{good.partition('?')[1]}state=a"):
        response = await person.http.get(f"/sign-in/callback{query}")
        assert response.status_code == 400
    twice = await person.http.get(f"{good}&code=other")

    assert twice.status_code == 400
    assert await refusals(house) == []
    assert (await come_back(person, good)).status_code == 200


async def test_the_attackers_answer_does_not_sign_the_victim_in_as_the_attacker(
    house: House, agent: Agent, person: Person, stranger: Person, provider: FakeProvider
) -> None:
    await leave(person, agent)
    provider.claims = {"sub": "mallory-1", "email": "mallory@example.com"}
    attack = provider.accept(await leave(stranger, agent))

    response = await come_back(person, attack)

    await assert_nobody_is_signed_in(house, response)


async def test_a_request_that_expired_meanwhile_signs_nobody_in(
    house: House, agent: Agent, person: Person, provider: FakeProvider, clock: Clock
) -> None:
    address = provider.accept(await leave(person, agent))
    clock.advance(seconds=601)

    response = await come_back(person, address)

    await assert_nobody_is_signed_in(house, response)
    assert "This request has expired" in response.text
    assert provider.redeemed == []


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


@requirement("U7")
async def test_no_secret_stands_in_an_audit_entry_or_a_repr(
    house: House, agent: Agent, person: Person, provider: FakeProvider
) -> None:
    asked = await leave(person, agent)
    provider.claims |= {"nonce": "another"}
    await come_back(person, provider.accept(asked))

    told = json.dumps([repr(entry) for entry in await house.entries()]) + repr(house.policy)
    for secret in (asked.state, asked.parameters["nonce"], "good-code", CLIENT_SECRET):
        assert secret not in told
