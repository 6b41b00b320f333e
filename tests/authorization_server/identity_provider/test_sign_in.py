"""Verified humans: whoever the provider names, by the name it gives them."""

import json
from dataclasses import replace

import pytest

from mcp_shop_console.authorization_server import Policy
from mcp_shop_console.model.audit import AuditKind
from tests.authorization_server.identity_provider.fake import (
    ADA,
    CLIENT_ID,
    CLIENT_SECRET,
    ISSUER,
    FakeProvider,
    asked_of,
)
from tests.authorization_server.identity_provider.visits import ACCOUNT, come_back, leave, sign_in
from tests.authorization_server.parties import (
    ORIGIN,
    PUBLIC_ORIGIN,
    Agent,
    Clock,
    House,
    Person,
    answer_of,
    page_of,
    registered,
)
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


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
    house: House, policy: Policy, clock: Clock, provider: FakeProvider
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
