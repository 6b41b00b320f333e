"""How often each browser, client and address may come, and what those read who come too often."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from weakref import ref

import httpx2
import pytest

from mcp_shop_console.authority.refused_requests import RefusedRequests
from mcp_shop_console.authorization_server import Policy
from mcp_shop_console.authorization_server.limits import Door, Limits, Rate
from mcp_shop_console.http_app import http_app
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.rate_limit import RateLimit
from tests.authorization_server.parties import (
    CALLBACK,
    ORIGIN,
    Agent,
    Clock,
    House,
    Person,
    deputized,
    open_house,
    page_of,
    refusal_of,
    registered,
)
from tests.requirement import requirement

pytestmark = pytest.mark.anyio

LIMITS = Limits(
    registrations=4,
    unused_clients=3,
    authorizations=Rate(2, 4),
    forms=Rate(3, 6),
    token_requests=Rate(2, 4),
    kept_requests=3,
)


class Name(str):
    """A text of which one can tell whether anybody keeps it."""


@pytest.fixture
async def house(policy: Policy, clock: Clock, tmp_path: Path) -> AsyncGenerator[House]:
    async with open_house(tmp_path, replace(policy, limits=LIMITS), clock) as house:
        yield house


def elsewhere(house: House) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=house.app, client=("198.51.100.7", 1))
    return httpx2.AsyncClient(transport=transport, base_url=ORIGIN)


async def register(http: httpx2.AsyncClient) -> httpx2.Response:
    return await http.post("/register", json={"redirect_uris": [CALLBACK]})


def wait_of(response: httpx2.Response) -> int:
    """How long a program that came too often has to wait."""
    assert refusal_of(response, status=429) == "too_many_requests"
    return int(response.headers["retry-after"])


def page_wait_of(response: httpx2.Response) -> int:
    """The same for a person, who reads it too."""
    assert response.status_code == 429
    assert f"Wait {response.headers['retry-after']} seconds" in page_of(response).text
    return int(response.headers["retry-after"])


@requirement("D1")
def test_the_defaults_are_those_of_the_law(policy: Policy) -> None:
    assert (policy.limits.registrations, policy.limits.unused_clients) == (120, 500)


@requirement("D1")
async def test_an_address_that_registers_too_often_waits(house: House, clock: Clock) -> None:
    async with house.http() as http, elsewhere(house) as other:
        for _ in range(4):
            assert (await http.post("/register", content="{")).status_code == 400
        clock.advance(seconds=20)

        assert wait_of(await register(http)) == 40
        assert (await register(other)).status_code == 201
        clock.advance(seconds=40)
        assert (await register(http)).status_code == 201


@requirement("D1")
async def test_only_so_many_clients_wait_for_a_human_at_a_time(
    house: House, person: Person, clock: Clock
) -> None:
    async with house.http() as http:
        agent, *_ = [await registered(http) for _ in range(3)]
        clock.advance(seconds=60)
        assert wait_of(await register(http)) > 0

        await person.approve(agent)
        assert (await register(http)).status_code == 201
        assert wait_of(await register(http)) > 0

        clock.advance(seconds=24 * 3600 + 1)
        assert (await register(http)).status_code == 201
        assert len(await house.entries(AuditKind.CLIENT_REMOVED)) == 3


@requirement("D1")
async def test_managing_a_registration_counts_like_registering(house: House, agent: Agent) -> None:
    place = agent.registration["registration_client_uri"]

    for _ in range(3):
        assert (await agent.http.delete(place)).status_code == 401

    assert wait_of(await agent.http.delete(place)) == 60


async def test_a_browser_that_asks_too_often_waits_and_others_do_not(
    agent: Agent, person: Person, stranger: Person, clock: Clock
) -> None:
    for _ in range(3):
        page = await person.open(agent)
        assert page.status_code == 200

    assert page_wait_of(await person.open(agent)) == 60
    assert (await stranger.open(agent)).status_code == 200
    clock.advance(seconds=60)
    assert (await person.open(agent)).status_code == 200


async def test_browsers_without_a_cookie_share_the_limit_of_their_address(
    house: House, agent: Agent
) -> None:
    statuses: list[int] = []
    for _ in range(6):
        async with house.http() as http:
            statuses.append((await Person(http).open(agent)).status_code)

    assert statuses == [200] * 4 + [429] * 2


async def test_forms_are_limited_by_browser(agent: Agent, person: Person, stranger: Person) -> None:
    page = await person.open(agent)
    other = await stranger.open(agent)

    for _ in range(3):
        assert (await person.sign_in(page, name="")).status_code == 400

    assert page_wait_of(await person.sign_in(page)) == 60
    assert page_wait_of(await person.answer(page, "approve")) == 60
    assert (await stranger.sign_in(other)).status_code == 200


async def test_a_token_that_comes_too_often_waits(
    agent: Agent, person: Person, clock: Clock
) -> None:
    token = (await deputized(person, agent))["refresh_token"]
    for _ in range(2):
        assert (await agent.refresh(token)).status_code == 200

    assert wait_of(await agent.refresh(token)) == 60
    assert wait_of(await agent.revoke(token)) == 60
    clock.advance(seconds=60)
    assert (await agent.revoke(token)).status_code == 200


async def test_a_code_that_comes_too_often_waits(agent: Agent) -> None:
    for _ in range(2):
        assert refusal_of(await agent.redeem("guessed")) == "invalid_grant"

    assert wait_of(await agent.redeem("guessed")) == 60


async def test_a_client_with_a_secret_waits_whatever_it_asks_for(
    http: httpx2.AsyncClient,
) -> None:
    agent = await registered(http, token_endpoint_auth_method="client_secret_post")
    secret = agent.registration["client_secret"]

    for number in range(2):
        refused = await agent.refresh(f"unknown {number}", client_secret=secret)
        assert refusal_of(refused) == "invalid_grant"

    assert wait_of(await agent.revoke("unknown", client_secret=secret)) == 60


async def test_whoever_knows_but_the_id_of_a_client_uses_nothing_of_it_up(
    agent: Agent, person: Person
) -> None:
    token = (await deputized(person, agent))["refresh_token"]

    for _ in range(2):
        assert refusal_of(await agent.refresh("junk")) == "invalid_grant"

    assert (await agent.refresh(token)).status_code == 200


async def test_whoever_lacks_the_secret_of_a_client_uses_nothing_of_it_up(
    http: httpx2.AsyncClient, person: Person
) -> None:
    agent = await registered(http, token_endpoint_auth_method="client_secret_post")
    code = await person.approve(agent)

    for _ in range(2):
        refused = await agent.redeem(code, client_secret="wrong")
        assert refusal_of(refused, 401) == "invalid_client"

    secret = agent.registration["client_secret"]
    assert (await agent.redeem(code, client_secret=secret)).status_code == 200


async def test_nobody_elsewhere_uses_up_what_a_token_may_be_used_for(
    house: House, agent: Agent, person: Person
) -> None:
    token = (await deputized(person, agent))["refresh_token"]

    async with elsewhere(house) as http:
        thief = Agent(http, agent.registration | {"client_id": "another"})
        for _ in range(2):
            assert refusal_of(await thief.refresh(token), 401) == "invalid_client"
        assert wait_of(await thief.refresh(token)) == 60

    assert (await agent.refresh(token)).status_code == 200


async def test_made_up_clients_share_the_limit_of_their_address(agent: Agent) -> None:
    statuses = [
        (await agent.redeem(f"{n}", client_id=f"made-up-{n}")).status_code for n in range(6)
    ]

    assert statuses == [401] * 4 + [429] * 2


async def test_credentials_that_cannot_be_read_count_like_wrong_ones(
    http: httpx2.AsyncClient,
) -> None:
    statuses: list[int] = []
    for number in range(6):
        headers = {"authorization": "Basic %%%"}
        data = {"grant_type": "refresh_token", "refresh_token": f"{number}"}
        statuses.append((await http.post("/token", data=data, headers=headers)).status_code)

    assert statuses == [401] * 4 + [429] * 2


@requirement("D1")
def test_what_a_visitor_calls_itself_is_not_kept(clock: Clock) -> None:
    door = Door("any", Rate(2, 4), clock)
    name = Name("x" * 48_000)
    kept = ref(name)

    door.let_in(name, "192.0.2.1")
    del name

    assert kept() is None


async def test_of_too_many_requests_that_wait_the_oldest_are_forgotten(
    house: House, agent: Agent, clock: Clock
) -> None:
    async with elsewhere(house) as http:
        first = await Person(http).open(agent)
        for _ in range(3):
            clock.advance(seconds=1)
            async with house.http() as other:
                newest = await Person(other).open(agent)
                assert page_of(newest).fields["request"]

        answer = await Person(http).sign_in(first)

    assert "This request has expired" in page_of(answer).text
    assert len(house.rows("select * from authorization_request")) == 3
    assert len(house.rows("select * from browser")) == 3


async def test_of_too_many_requests_of_one_browser_the_oldest_are_forgotten(
    house: House, agent: Agent, person: Person, clock: Clock
) -> None:
    pages: list[httpx2.Response] = []
    for _ in range(4):
        pages.append(await person.open(agent))
        clock.advance(seconds=60)

    assert len(house.rows("select * from authorization_request")) == 3
    assert "This request has expired" in page_of(await person.sign_in(pages[0])).text
    assert (await person.sign_in(pages[1])).status_code == 200


async def test_whoever_signed_in_is_not_forgotten_for_strangers(
    house: House, agent: Agent, person: Person
) -> None:
    await person.come_to_consent(agent)
    for _ in range(3):
        async with elsewhere(house) as http:
            await Person(http).open(agent)

    page = await person.open(agent)

    assert "Make this agent your deputy?" in page.text


@requirement("D1")
async def test_a_flood_is_one_line_of_the_audit(house: House) -> None:
    refused = RefusedRequests(house.database)
    app = http_app(
        mcp=house.app,
        routes=house.server.routes(),
        database=house.database,
        origins=house.policy.origins,
        refused=refused,
        address_limit=RateLimit(1000, house.clock),
    )
    transport = httpx2.ASGITransport(app=app, client=("192.0.2.1", 1))
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as http:
        for _ in range(50):
            await http.post("/register", content="{}")
        for _ in range(9):
            await http.post("/token", data={"grant_type": "refresh_token", "client_id": "made up"})
    await refused.flush()

    entries = await house.entries(AuditKind.REQUEST_REFUSED)
    assert [entry.facts for entry in entries] == [
        {"status": 429, "reason": "registration_rate", "count": 46},
        {"status": 401, "reason": "invalid_client", "count": 4},
        {"status": 429, "reason": "token_rate", "count": 5},
    ]
    assert all(entry.private == {"address": "192.0.2.1"} for entry in entries)
    assert len(await house.entries()) == 3
