"""Agents whose client id is the address of their description: fetched safely, or not at all."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import anyio
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_shop_console.authorization_server import AuthorizationServer, Policy
from mcp_shop_console.authorization_server.client_documents import Internet
from mcp_shop_console.authorization_server.client_documents.addresses import is_public
from mcp_shop_console.authorization_server.client_documents.fetching import (
    INTERNET,
    DocumentFault,
    Fetcher,
)
from mcp_shop_console.authorization_server.client_documents.urls import (
    document_url,
    vouching_host,
)
from mcp_shop_console.authorization_server.limits import Limits
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.store.clients import AuthMethod
from mcp_shop_console.store.transaction import Transaction
from tests.authorization_server.client_documents.web import (
    CLIENT_ID,
    HOST,
    PUBLIC,
    Respond,
    Web,
    answer,
    describe,
    document,
    never,
    open_web,
)
from tests.authorization_server.parties import (
    Agent,
    Clock,
    House,
    Person,
    deputized,
    open_house,
    page_of,
    refusal_of,
)
from tests.requirement import requirement

pytestmark = pytest.mark.anyio

CALLBACK = "http://localhost:50123/callback"
DAY_SECONDS = 24 * 3600


@pytest.fixture
async def web(tmp_path: Path) -> AsyncGenerator[Web]:
    async with open_web(tmp_path) as web:
        yield web


@pytest.fixture
async def house(policy: Policy, clock: Clock, tmp_path: Path, web: Web) -> AsyncGenerator[House]:
    switched_on = replace(
        policy, client_id_metadata_documents=True, limits=Limits(unused_clients=2)
    )
    async with open_house(tmp_path, switched_on, clock) as house:
        house.run(AuthorizationServer(house.database, house.policy, clock, internet=web.internet))
        yield house


@pytest.fixture
async def agent(house: House) -> AsyncGenerator[Agent]:
    async with house.http() as http:
        yield described(http)


def described(http: httpx2.AsyncClient, client_id: str = CLIENT_ID) -> Agent:
    """An agent that registered nowhere."""
    return Agent(http, {"client_id": client_id}, CALLBACK)


async def is_unknown(person: Person, agent: Agent) -> bool:
    """Whether the agent's link ends on a page of ours, which sends nothing anywhere."""
    response = await person.http.get("/authorize", params=agent.request())
    return response.status_code == 400 and "location" not in response.headers


async def fault(web: Web, internet: Internet | None = None, *, seconds: float = 5) -> str:
    url = document_url(CLIENT_ID)
    assert url is not None
    with pytest.raises(DocumentFault) as caught:
        await Fetcher(internet or web.internet, seconds).fetch(url)
    return str(caught.value)


@requirement("D6")
async def test_an_agent_with_a_document_needs_no_registration(
    house: House, agent: Agent, person: Person, web: Web
) -> None:
    tokens = await deputized(person, agent)
    refreshed = await agent.refresh(tokens["refresh_token"])

    assert refreshed.status_code == 200
    assert await house.knows(refreshed.json())
    assert (web.resolved, web.dialled) == ([(HOST, 443)], [(PUBLIC, 443)])
    head = web.requests[0]
    assert head.startswith("GET /client.json HTTP/1.1\r\n")
    assert f"\r\nHost: {HOST}\r\n" in head
    assert "cookie" not in head.lower() and "authorization" not in head.lower()
    (entry,) = await house.entries(AuditKind.CLIENT_REGISTERED)
    assert entry.agent is not None
    assert (entry.agent.client_id, entry.agent.name) == (CLIENT_ID, "Claude Code")


@requirement("D6")
async def test_it_is_off_unless_switched_on(
    policy: Policy, house: House, agent: Agent, person: Person, web: Web
) -> None:
    await person.approve(agent)
    off = AuthorizationServer(house.database, policy, house.clock, internet=web.internet)
    web.requests.clear()
    house.run(off)
    async with house.http() as http:
        metadata = (await http.get("/.well-known/oauth-authorization-server")).json()
        somebody = Person(http)

        assert "client_id_metadata_document_supported" not in metadata
        assert await is_unknown(somebody, described(http))
        refused = await described(http).redeem("any")
        assert refusal_of(refused, status=401) == "invalid_client"
    assert web.requests == []


@requirement("D6")
async def test_switched_on_it_is_in_the_metadata(house: House) -> None:
    async with house.http() as http:
        metadata = (await http.get("/.well-known/oauth-authorization-server")).json()

    assert metadata["client_id_metadata_document_supported"] is True
    assert "none" in metadata["token_endpoint_auth_methods_supported"]


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


@requirement("D6")
@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.127.255.255",
        "0.0.0.0",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.255",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:93.184.216.34",
        "::93.184.216.34",
        "64:ff9b::5db8:d822",
        "64:ff9b:1::1",
        "2002:7f00:1::1",
        "2001::1",
        "2001:db8::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "not an address",
        "",
    ],
)
async def test_nothing_is_fetched_from_an_address_inside_a_house(web: Web, address: str) -> None:
    web.addresses = [address]
    assert "not of the public internet" in await fault(web)

    web.addresses = [PUBLIC, address]
    assert "not of the public internet" in await fault(web)

    assert web.dialled == []


@requirement("D6")
@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "160.79.104.1", "2606:4700::1111"])
def test_an_address_of_the_public_internet_is_one(address: str) -> None:
    assert is_public(address)


@requirement("D6")
@given(st.ip_addresses())
def test_what_python_calls_private_is_never_public(address: IPv4Address | IPv6Address) -> None:
    is_inside = address.is_private or address.is_multicast or address.is_reserved

    assert not (is_inside and is_public(str(address)))


@requirement("D6")
async def test_a_host_is_looked_up_once_and_connected_to_there(web: Web) -> None:
    web.addresses = ["2606:4700::1111", PUBLIC]
    url = document_url(f"https://{HOST}:8443/c?v=1")
    assert url is not None

    await Fetcher(web.internet).fetch(url)

    assert web.resolved == [(HOST, 8443)]
    assert web.dialled == [("2606:4700::1111", 8443)]
    assert web.requests[0].startswith("GET /c?v=1 HTTP/1.1\r\n")
    assert f"\r\nHost: {HOST}:8443\r\n" in web.requests[0]


@requirement("D6")
async def test_a_host_that_cannot_be_found_is_no_error_of_ours(web: Web) -> None:
    async def unknown(_: str, __: int) -> list[str]:
        raise OSError("no such host")

    web.addresses = []
    assert "not of the public internet" in await fault(web)
    nowhere = Internet(unknown, web.internet.connect)
    assert "cannot be reached" in await fault(web, nowhere)


@requirement("D6")
async def test_the_way_out_asks_the_systems_resolver() -> None:
    assert "127.0.0.1" in await INTERNET.resolve("127.0.0.1", 443)
    async with INTERNET.connect():
        pass


@requirement("D6")
async def test_a_certificate_of_another_host_is_not_believed(tmp_path: Path) -> None:
    async with open_web(tmp_path, "evil.example") as web:
        assert "cannot be reached" in await fault(web)
        assert web.requests == []


@requirement("D6")
@pytest.mark.parametrize(
    ("respond", "reason"),
    [
        (answer(b"", f"Location: {CLIENT_ID}2", status="302 Found"), "302"),
        (answer(b"", "Location: http://127.0.0.1/", status="308 Permanent Redirect"), "308"),
        (answer(b"no", status="404 Not Found"), "404"),
        (answer(b"{}", status="206 Partial Content"), "206"),
        (answer(b"<p>", kind="text/html"), "not plain JSON"),
        (answer(b"{}", kind="text/json"), "not plain JSON"),
        (answer(b"\x1f\x8b", "Content-Encoding: gzip"), "not plain JSON"),
        (answer(b" " * 5121), "too long"),
        (answer(b" " * 9000, "Content-Length: 9000"), "too long"),
    ],
)
async def test_only_a_short_json_document_at_that_very_place_is_taken(
    web: Web, respond: Respond, reason: str
) -> None:
    web.respond = respond

    assert reason in await fault(web)
    assert len(web.requests) == 1


@requirement("D6")
async def test_a_document_of_five_kibibytes_is_taken(web: Web) -> None:
    body = json.dumps(document()).encode().ljust(5120)
    web.respond = answer(body, kind="application/vnd.client+json; charset=utf-8")
    url = document_url(CLIENT_ID)
    assert url is not None

    assert await Fetcher(web.internet).fetch(url) == body


async def _drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


@requirement("D6")
@pytest.mark.parametrize("respond", [never, _drip])
async def test_a_slow_host_has_five_seconds_in_all(web: Web, respond: Respond) -> None:
    web.respond = respond

    with anyio.fail_after(5):
        assert "in time" in await fault(web, seconds=0.2)


@requirement("D6")
async def test_a_slow_resolver_has_no_more(web: Web) -> None:
    async def forever(_: str, __: int) -> list[str]:
        await anyio.sleep_forever()
        return []

    with anyio.fail_after(5):
        assert "in time" in await fault(web, Internet(forever, web.internet.connect), seconds=0.1)


@requirement("D6")
@pytest.mark.parametrize(
    "respond",
    [
        describe(client_id=f"{CLIENT_ID}/"),
        describe(client_id="https://evil.example/client.json"),
        describe(client_id=None),
        describe(client_name=""),
        describe(client_name="\x1b[31m"),
        describe(redirect_uris=[]),
        describe(redirect_uris=["javascript:alert(1)"]),
        describe(redirect_uris=["http://evil.example/callback"]),
        describe(token_endpoint_auth_method="client_secret_post"),
        describe(token_endpoint_auth_method="private_key_jwt"),
        describe(grant_types=["client_credentials"]),
        answer(b"[]"),
        answer(b"{"),
        answer(b"\xff"),
        answer(b"[" * 5000),
        answer(b"null"),
    ],
)
async def test_a_document_that_does_not_describe_its_client_is_of_no_use(
    house: House, agent: Agent, person: Person, web: Web, respond: Respond
) -> None:
    web.respond = respond

    assert await is_unknown(person, agent)
    assert house.rows("select id from client") == []


@requirement("D4", "D6")
async def test_a_document_that_names_no_method_is_of_a_client_without_a_secret(
    agent: Agent, person: Person, web: Web
) -> None:
    described_without = {k: v for k, v in document().items() if not k.startswith("token_")}
    web.respond = answer(json.dumps(described_without).encode())

    assert (await deputized(person, agent))["access_token"]


@requirement("D6")
async def test_a_fault_is_explained_and_not_remembered(
    agent: Agent, person: Person, web: Web, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "mcp_shop_console")
    web.respond = answer(b"", status="500 Oops")
    page = page_of(await person.http.get("/authorize", params=agent.request()))
    assert HOST in page.text and "Try again" in page.text
    assert any("its host answers 500" in message for message in caplog.messages)

    web.respond = describe()

    assert (await person.open(agent)).status_code == 200


@requirement("D6")
async def test_a_good_document_is_believed_for_a_day(
    house: House, agent: Agent, person: Person, web: Web, clock: Clock
) -> None:
    tokens = await deputized(person, agent)
    web.respond = answer(b"", status="503 Service Unavailable")
    clock.advance(seconds=DAY_SECONDS)
    assert (await person.open(agent)).status_code == 200
    assert len(web.requests) == 1

    clock.advance(seconds=1)

    assert await is_unknown(person, agent)
    assert len(web.requests) == 2
    assert (await agent.refresh(tokens["refresh_token"])).status_code == 200
    web.respond = describe(client_name="Claude Code 3")
    assert "Claude Code 3" in page_of(await person.open(agent)).text
    assert len(await house.entries(AuditKind.CLIENT_UPDATED)) == 1


@requirement("D6")
async def test_a_document_that_is_read_again_unchanged_changes_nothing(
    house: House, agent: Agent, person: Person, web: Web, clock: Clock
) -> None:
    tokens = await deputized(person, agent)
    clock.advance(seconds=DAY_SECONDS + 1)

    assert (await person.open(agent)).status_code == 200

    assert len(web.requests) == 2
    assert (await agent.refresh(tokens["refresh_token"])).status_code == 200
    assert await house.entries(AuditKind.CLIENT_UPDATED) == []


@requirement("D5", "D6")
async def test_a_document_that_gives_up_a_redirect_uri_ends_its_grants(
    house: House, agent: Agent, person: Person, web: Web, clock: Clock
) -> None:
    tokens = await deputized(person, agent)
    clock.advance(seconds=DAY_SECONDS + 1)
    web.respond = describe(redirect_uris=["http://127.0.0.1/callback"])

    assert await is_unknown(person, agent)

    refused = await agent.refresh(tokens["refresh_token"])
    assert refusal_of(refused) == "invalid_grant"
    (entry,) = await house.entries(AuditKind.GRANT_REVOKED)
    assert entry.facts["reason"] == "client_updated"


@requirement("D1", "D6")
async def test_one_that_nobody_deputizes_is_forgotten_and_read_anew(
    house: House, agent: Agent, person: Person, web: Web, clock: Clock
) -> None:
    await person.open(agent)
    clock.advance(seconds=DAY_SECONDS + 1)

    assert (await person.open(agent)).status_code == 200
    assert len(web.requests) == 2
    assert len(await house.entries(AuditKind.CLIENT_REMOVED)) == 1


@requirement("D1", "D6")
async def test_one_that_expired_comes_back_however_many_expired_with_it(
    house: House, agent: Agent, person: Person, clock: Clock
) -> None:
    def crowd(tx: Transaction) -> None:
        for number in range(100):
            client = tx.clients.get(CLIENT_ID)
            assert client is not None
            tx.clients.insert(replace(client, id=str(number), registered_at_ms=number))

    await person.open(agent)
    await house.database.write(crowd)
    clock.advance(seconds=DAY_SECONDS + 1)

    assert (await person.open(agent)).status_code == 200
    assert house.rows("select id from client") == [(CLIENT_ID,)]


@requirement("D1", "D6")
async def test_made_up_ids_are_limited_like_registrations(
    house: House, agent: Agent, person: Person, web: Web
) -> None:
    responses: list[httpx2.Response] = []
    for number in range(3):
        client_id = f"https://{HOST}/{number}"
        web.respond = describe(client_id=client_id)
        responses.append(await person.open(described(agent.http, client_id)))

    assert [response.status_code for response in responses] == [200, 200, 429]
    assert int(responses[-1].headers["retry-after"]) > 0
    assert len(house.rows("select id from client")) == 2


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


async def test_what_is_kept_comes_back(house: House, agent: Agent, person: Person) -> None:
    await person.open(agent)

    client = await house.database.read(lambda tx: tx.clients.get(CLIENT_ID))

    assert client is not None
    assert (client.auth_method, client.secret_hash) == (AuthMethod.NONE, None)
    assert client.redirect_uris == ("http://localhost/callback", "http://127.0.0.1/callback")
