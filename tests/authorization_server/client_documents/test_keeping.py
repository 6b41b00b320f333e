"""A document is believed for a day, then read anew; what nobody deputizes is forgotten."""

from dataclasses import replace

import httpx2
import pytest

from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.store.transaction import Transaction
from tests.authorization_server.client_documents.conftest import described, is_unknown
from tests.authorization_server.client_documents.web import CLIENT_ID, HOST, Web, answer, describe
from tests.authorization_server.parties import (
    Agent,
    Clock,
    House,
    Person,
    deputized,
    page_of,
    refusal_of,
)
from tests.requirement import requirement

pytestmark = pytest.mark.anyio

DAY_SECONDS = 24 * 3600


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
