"""What an agent does with its own registration (RFC 7592), and what ends with it."""

import anyio
import httpx2
import pytest

from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Rank
from tests.authorization_server.parties import (
    CALLBACK,
    ORIGIN,
    PUBLIC_ORIGIN,
    Agent,
    Clock,
    House,
    Person,
    deputized,
    refusal_of,
    registered,
)
from tests.core import held
from tests.requirement import requirement

pytestmark = pytest.mark.anyio

OTHER_CALLBACK = "https://agent.example/callback"
DAY_SECONDS = 24 * 3600


def place_of(agent: Agent) -> str:
    return agent.registration["registration_client_uri"]


def key_of(agent: Agent) -> dict[str, str]:
    return {"authorization": f"Bearer {agent.registration['registration_access_token']}"}


async def read(agent: Agent) -> httpx2.Response:
    return await agent.http.get(place_of(agent), headers=key_of(agent))


async def update(agent: Agent, **changes: object) -> httpx2.Response:
    metadata = {
        "client_id": agent.client_id,
        "client_name": "Claude",
        "redirect_uris": [CALLBACK],
        "token_endpoint_auth_method": "none",
    }
    return await agent.http.put(place_of(agent), headers=key_of(agent), json=metadata | changes)


async def remove(agent: Agent) -> httpx2.Response:
    return await agent.http.delete(place_of(agent), headers=key_of(agent))


async def refused_update(agent: Agent, **changes: object) -> str:
    before = (await read(agent)).json()
    error = refusal_of(await update(agent, **changes))
    assert (await read(agent)).json() == before
    return error


@requirement("D5")
async def test_a_client_learns_where_and_with_what_it_manages_itself(
    house: House, agent: Agent
) -> None:
    assert place_of(agent) == f"{ORIGIN}/register/{agent.client_id}"
    assert len(agent.registration["registration_access_token"]) >= 43
    async with house.http(PUBLIC_ORIGIN) as http:
        elsewhere = await registered(http)
    assert place_of(elsewhere).startswith(f"{PUBLIC_ORIGIN}/register/")


@requirement("D5", "T12")
async def test_a_copied_database_manages_no_client(house: House, agent: Agent) -> None:
    stored = b"".join(path.read_bytes() for path in house.path.parent.iterdir())

    assert agent.registration["registration_access_token"].encode() not in stored


async def test_a_client_reads_what_it_registered(agent: Agent) -> None:
    response = await read(agent)

    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert response.json() == agent.registration
    assert isinstance(response.json()["client_id_issued_at"], int)


async def test_reading_neither_tells_nor_changes_the_secret(http: httpx2.AsyncClient) -> None:
    agent = await registered(http, token_endpoint_auth_method="client_secret_post")

    answer = (await read(agent)).json()

    told = {"client_secret", "client_secret_expires_at"}
    assert answer == {k: v for k, v in agent.registration.items() if k not in told}


async def test_a_client_changes_what_it_registered_and_that_is_recorded(
    house: House, agent: Agent
) -> None:
    response = await update(agent, client_name="Claude 2", redirect_uris=[CALLBACK, OTHER_CALLBACK])

    assert response.status_code == 200
    changes = {"client_name": "Claude 2", "redirect_uris": [CALLBACK, OTHER_CALLBACK]}
    assert response.json() == agent.registration | changes
    assert response.json() == (await read(agent)).json()
    (entry,) = await house.entries(AuditKind.CLIENT_UPDATED)
    assert entry.agent is not None
    assert (entry.agent.name, entry.actor) == ("Claude 2", Rank.AGENT)


@requirement("A12", "A13", "D2", "D3")
async def test_a_change_keeps_to_the_rules_of_registration(agent: Agent) -> None:
    uri, other = "invalid_redirect_uri", "invalid_client_metadata"

    assert await refused_update(agent, redirect_uris=["javascript:alert(1)"]) == uri
    assert await refused_update(agent, redirect_uris=["https://me@agent.example/"]) == uri
    assert await refused_update(agent, redirect_uris=[]) == uri
    assert await refused_update(agent, client_name="\x1b[31m") == other
    assert await refused_update(agent, client_name="x" * 65) == other
    assert await refused_update(agent, token_endpoint_auth_method="private_key_jwt") == other


async def test_a_change_names_its_client_and_chooses_no_secret(
    agent: Agent, http: httpx2.AsyncClient
) -> None:
    confidential = await registered(http, token_endpoint_auth_method="client_secret_post")
    method = {"token_endpoint_auth_method": "client_secret_post"}
    secret = confidential.registration["client_secret"]

    assert await refused_update(agent, client_id="another") == "invalid_client_metadata"
    assert await refused_update(agent, client_secret="mine") == "invalid_client_metadata"
    wrong = await refused_update(confidential, client_secret="mine", **method)
    kept = await update(confidential, client_secret=secret, **method)

    assert wrong == "invalid_client_metadata"
    assert kept.json()["client_secret"] == secret


@requirement("D4")
async def test_a_secret_comes_and_goes_with_the_method_that_needs_one(agent: Agent) -> None:
    with_secret = await update(agent, token_endpoint_auth_method="client_secret_post")
    secret = with_secret.json()["client_secret"]
    without_it = await agent.refresh("unknown")
    with_it = await agent.refresh("unknown", client_secret=secret)
    public = await update(agent, client_secret=secret)

    assert refusal_of(without_it, status=401) == "invalid_client"
    assert refusal_of(with_it) == "invalid_grant"
    assert "client_secret" not in public.json()
    assert refusal_of(await agent.refresh("unknown")) == "invalid_grant"


@requirement("D5", "C4")
async def test_a_grant_ends_when_its_redirect_uri_is_given_up(
    house: House, agent: Agent, person: Person
) -> None:
    tokens = await deputized(person, agent)
    await update(agent, redirect_uris=[CALLBACK, OTHER_CALLBACK])
    assert await house.knows(tokens)

    await update(agent, redirect_uris=[OTHER_CALLBACK])

    assert not await house.knows(tokens)
    (entry,) = await house.entries(AuditKind.GRANT_REVOKED)
    assert entry.facts["reason"] == "client_updated"


@requirement("D5", "T11")
async def test_a_grant_ends_when_its_scope_is_given_up(
    house: House, agent: Agent, person: Person
) -> None:
    tokens = await deputized(person, agent)

    await update(agent, scope="shop:browse")

    assert not await house.knows(tokens)


@requirement("C5")
async def test_a_consent_page_of_the_registration_as_it_was_can_not_be_approved(
    house: House, agent: Agent, person: Person
) -> None:
    page = await person.come_to_consent(agent)

    await update(agent, client_name="Somebody else")

    assert (await person.answer(page, "approve")).status_code == 400
    assert await house.entries(AuditKind.CONSENT_APPROVED) == []


@requirement("D5")
async def test_with_a_client_go_its_grants_and_tokens_at_once(
    house: House, agent: Agent, person: Person
) -> None:
    tokens = await deputized(person, agent)

    response = await remove(agent)

    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["cache-control"] == "no-store"
    assert not await house.knows(tokens)
    refreshed = await agent.refresh(tokens["refresh_token"])
    assert refusal_of(refreshed, status=401) == "invalid_client"
    assert refusal_of(await read(agent), status=401) == "invalid_token"
    assert refusal_of(await remove(agent), status=401) == "invalid_token"
    revoked, removed = (await house.entries())[-2:]
    assert (revoked.kind, revoked.actor) == (AuditKind.GRANT_REVOKED, Rank.AGENT)
    assert (removed.kind, removed.facts) == (
        AuditKind.CLIENT_REMOVED,
        {"reason": "asked", "grants": 1},
    )


@requirement("D5")
async def test_with_a_client_goes_what_waits_for_a_human(
    house: House, agent: Agent, person: Person, stranger: Person
) -> None:
    code = await person.approve(agent)
    page = await stranger.come_to_consent(agent)

    await remove(agent)

    assert (await stranger.answer(page, "approve")).status_code == 400
    assert (await person.open(agent)).status_code == 400
    assert refusal_of(await agent.redeem(code), status=401) == "invalid_client"
    assert len(await house.entries(AuditKind.CONSENT_APPROVED)) == 1


@requirement("D5")
async def test_nobody_is_asked_about_a_client_that_leaves_meanwhile(
    house: House, agent: Agent, person: Person
) -> None:
    pages: list[httpx2.Response] = []

    async def ask() -> None:
        pages.append(await person.open(agent))

    async with anyio.create_task_group() as tasks, held(house.database):
        tasks.start_soon(remove, agent)
        # What reads before them has been read once these have.
        await house.database.read(lambda _: None)
        tasks.start_soon(ask)
        for _ in range(3):
            await house.database.read(lambda _: None)

    assert pages[0].status_code == 400
    assert house.rows("select id from authorization_request") == []


@requirement("D5")
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_only_a_clients_own_token_manages_it(
    house: House, agent: Agent, http: httpx2.AsyncClient, method: str
) -> None:
    other = await registered(http)
    wrong = [
        {},
        {"authorization": "Bearer"},
        {"authorization": "Bearer wrong"},
        {"authorization": "Basic " + agent.registration["registration_access_token"]},
        key_of(other),
    ]

    answers = [
        await http.request(method, place, headers=headers)
        for place, headers in [
            *((place_of(agent), headers) for headers in wrong),
            (f"{ORIGIN}/register/unknown", key_of(agent)),
        ]
    ]

    assert {refusal_of(answer, status=401) for answer in answers} == {"invalid_token"}
    assert len({answer.content for answer in answers}) == 1
    assert all("Bearer" in answer.headers["www-authenticate"] for answer in answers)
    assert (await read(agent)).status_code == 200
    assert await house.entries(AuditKind.CLIENT_REMOVED) == []


@requirement("D1", "D5")
async def test_a_client_that_nobody_deputizes_expires(
    house: House, agent: Agent, person: Person, clock: Clock
) -> None:
    page = await person.come_to_consent(agent)
    clock.advance(seconds=DAY_SECONDS)
    assert (await read(agent)).status_code == 200

    clock.advance(seconds=1)

    assert refusal_of(await read(agent), status=401) == "invalid_token"
    assert refusal_of(await agent.refresh("unknown"), status=401) == "invalid_client"
    assert (await person.open(agent)).status_code == 400
    assert (await person.answer(page, "approve")).status_code == 400
    assert await house.entries(AuditKind.CLIENT_REMOVED) == []

    await registered(agent.http)

    (entry,) = await house.entries(AuditKind.CLIENT_REMOVED)
    assert (entry.actor, entry.facts["reason"]) == (Rank.SYSTEM, "unused")
    assert len(house.rows("select id from client")) == 1


@requirement("D1")
async def test_a_client_that_was_deputized_once_stays(
    house: House, agent: Agent, person: Person, clock: Clock
) -> None:
    tokens = await deputized(person, agent)
    await agent.revoke(tokens["access_token"])
    clock.advance(seconds=30 * DAY_SECONDS)
    await registered(agent.http)

    assert (await read(agent)).status_code == 200
    assert await house.knows(await deputized(person, agent))
