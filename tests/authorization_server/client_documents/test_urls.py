"""Client ids that are addresses: which count, what they open, and what their host vouches for."""

import pytest

from mcp_shop_console.authorization_server.client_documents.urls import document_url, vouching_host
from tests.authorization_server.client_documents.conftest import described, is_unknown
from tests.authorization_server.client_documents.web import CLIENT_ID, HOST, Web, describe
from tests.authorization_server.parties import Agent, House, Person, page_of
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


@requirement("D6")
@pytest.mark.parametrize(
    "client_id",
    [
        f"http://{HOST}/client.json",
        f"https://{HOST}",
        f"https://{HOST}/",
        f"https://me@{HOST}/client.json",
        f"https://me:secret@{HOST}/client.json",
        f"https://{HOST}/client.json#part",
        f"https://{HOST}/./client.json",
        f"https://{HOST}/a/../client.json",
        f"https://{HOST}/a/%2E%2e/client.json",
        f"https://{HOST}/..",
        f"https://{HOST}/a b",
        f"https://{HOST}\\@evil.example/x",
        f"https://{HOST}:0/x",
        f"https://{HOST}:65536/x",
        f"https://{HOST}:/x",
        f"https://{HOST}./x",
        f"https://{HOST.upper()}/x",
        f"HTTPS://{HOST}/x",
        f"https://{HOST}/\r\nX: y",
        f"https://{HOST}/" + "x" * 512,
        "https://localhost/x",
        "https://127.0.0.1/x",
        "https://2130706433/x",
        "https://0x7f.1/x",
        "https://[::1]/x",
        "https:///x",
        "https://ägent.example/x",
    ],
)
async def test_a_client_id_that_is_no_plain_address_is_unknown(
    agent: Agent, person: Person, web: Web, client_id: str
) -> None:
    assert document_url(client_id) is None
    assert await is_unknown(person, described(agent.http, client_id))
    assert web.resolved == []


@requirement("D5", "D6")
async def test_nobody_manages_a_client_that_has_a_document(
    house: House, agent: Agent, person: Person
) -> None:
    await person.open(agent)
    key = {"authorization": "Bearer anything"}

    for place in (f"/register/{CLIENT_ID}", "/register/https:%2F%2Fagent.example%2Fclient.json"):
        assert (await agent.http.get(place, headers=key)).status_code in (401, 404)


@requirement("A11", "D6")
async def test_a_redirect_to_this_computer_may_use_any_port(agent: Agent, person: Person) -> None:
    assert (await person.open(agent, redirect_uri="http://127.0.0.1:1/callback")).status_code == 200
    refused = await person.open(agent, redirect_uri="http://localhost:1/other")
    assert refused.status_code == 400


@requirement("D7", "C7")
async def test_a_program_on_this_computer_is_never_verified(agent: Agent, person: Person) -> None:
    text = page_of(await person.come_to_consent(agent)).text

    assert "a program on this computer" in text
    assert "Anyone can claim this name" in text
    assert "Verified" not in text


@requirement("D7")
async def test_a_name_is_verified_if_its_host_gets_the_codes(
    house: House, agent: Agent, person: Person, web: Web
) -> None:
    own, foreign = f"https://{HOST}/callback", "https://other.example/callback"
    web.respond = describe(redirect_uris=[own, foreign])

    verified = page_of(await person.come_to_consent(agent, redirect_uri=own)).text
    claimed = page_of(await person.come_to_consent(agent, redirect_uri=foreign)).text

    assert f"Verified: {HOST} says so." in verified
    assert "Verified" not in claimed
    assert "Anyone can claim this name" in claimed


@requirement("D7")
@pytest.mark.parametrize(
    "redirect_uri",
    [
        f"http://{HOST}/callback",
        f"https://{HOST}.evil.example/",
        f"https://sub.{HOST}/",
        "app.example:/callback",
        "http://localhost/callback",
    ],
)
def test_no_other_place_is_the_host_itself(redirect_uri: str) -> None:
    assert vouching_host(CLIENT_ID, redirect_uri) == ""
    assert vouching_host("a" * 32, f"https://{HOST}/callback") == ""
