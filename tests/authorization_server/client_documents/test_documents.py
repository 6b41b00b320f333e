"""An agent with a document needs no registration, and one whose document is faulty is unknown."""

import json
import logging

import pytest

from mcp_shop_console.authorization_server import AuthorizationServer, Policy
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.store.clients import AuthMethod
from tests.authorization_server.client_documents.conftest import described, is_unknown
from tests.authorization_server.client_documents.web import (
    CLIENT_ID,
    HOST,
    PUBLIC,
    Respond,
    Web,
    answer,
    describe,
    document,
)
from tests.authorization_server.parties import Agent, House, Person, deputized, page_of, refusal_of
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


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


async def test_what_is_kept_comes_back(house: House, agent: Agent, person: Person) -> None:
    await person.open(agent)

    client = await house.database.read(lambda tx: tx.clients.get(CLIENT_ID))

    assert client is not None
    assert (client.auth_method, client.secret_hash) == (AuthMethod.NONE, None)
    assert client.redirect_uris == ("http://localhost/callback", "http://127.0.0.1/callback")
