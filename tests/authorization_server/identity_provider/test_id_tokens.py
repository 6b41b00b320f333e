"""Only a token of the provider, for us, of now, says who somebody is."""

import base64
from collections.abc import Callable

import pytest

from tests.authorization_server.identity_provider.fake import (
    ADA,
    CLIENT_ID,
    ISSUER,
    FakeProvider,
    asked_of,
    new_key,
)
from tests.authorization_server.identity_provider.visits import (
    assert_nobody_is_signed_in,
    come_back,
    refusals,
    sign_in,
)
from tests.authorization_server.parties import Agent, House, Person
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


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
async def test_a_token_of_more_than_eight_kib_is_not_looked_into(
    house: House, agent: Agent, person: Person, provider: FakeProvider
) -> None:
    provider.claims |= {"groups": ["x" * 90] * 90}

    response = await sign_in(person, agent, provider)

    await assert_nobody_is_signed_in(house, response)
    assert await refusals(house) == [("id_token_invalid", "too long")]


@requirement("T13")
async def test_an_encrypted_token_is_not_looked_into(
    house: House, agent: Agent, person: Person, provider: FakeProvider
) -> None:
    provider.forge = lambda token: f"{token}.a.b"

    response = await sign_in(person, agent, provider)

    await assert_nobody_is_signed_in(house, response)
    assert await refusals(house) == [("id_token_invalid", "not signed")]


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
