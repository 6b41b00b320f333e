from pathlib import Path

import anyio
import httpx2
import pytest

from mcp_shop_console.authorization_server import Policy
from mcp_shop_console.authorization_server.credentials import seal, unseal
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Rank
from tests.authorization_server.parties import (
    Agent,
    Clock,
    House,
    Person,
    deputized,
    open_house,
    refusal_of,
    registered,
)
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


@requirement("T6")
async def test_each_use_of_a_refresh_token_rotates_it(
    house: House, agent: Agent, person: Person
) -> None:
    tokens = await deputized(person, agent)
    seen = {tokens["refresh_token"]}

    for _ in range(3):
        tokens = (await agent.refresh(tokens["refresh_token"])).json()
        seen.add(tokens["refresh_token"])
        assert await house.knows(tokens)

    assert len(seen) == 4
    generations = house.rows("select distinct generation from refresh_token order by 1")
    assert generations == [(0,), (1,), (2,), (3,)]


@requirement("T6")
async def test_an_access_token_two_refreshes_old_is_dead(
    house: House, agent: Agent, person: Person
) -> None:
    first = await deputized(person, agent)
    second = (await agent.refresh(first["refresh_token"])).json()
    assert await house.knows(first)

    await agent.refresh(second["refresh_token"])

    assert not await house.knows(first)
    assert await house.knows(second)


@requirement("T7")
async def test_a_refresh_token_whose_successor_was_used_ends_the_family(
    house: House, agent: Agent, person: Person
) -> None:
    first = await deputized(person, agent)
    second = (await agent.refresh(first["refresh_token"])).json()
    third = (await agent.refresh(second["refresh_token"])).json()

    assert refusal_of(await agent.refresh(first["refresh_token"])) == "invalid_grant"

    assert refusal_of(await agent.refresh(third["refresh_token"])) == "invalid_grant"
    for tokens in (first, second, third):
        assert not await house.knows(tokens)
    (entry,) = await house.entries(AuditKind.TOKEN_REUSED)
    assert (entry.actor, entry.human and entry.human.email) == (Rank.SYSTEM, person.email)


@requirement("T7")
async def test_a_refresh_token_that_comes_again_late_ends_the_family(
    house: House, agent: Agent, person: Person, clock: Clock
) -> None:
    first = await deputized(person, agent)
    second = (await agent.refresh(first["refresh_token"])).json()

    clock.advance(seconds=30.001)

    assert refusal_of(await agent.refresh(first["refresh_token"])) == "invalid_grant"
    assert not await house.knows(second)


@requirement("T8")
async def test_a_lost_answer_is_given_again_and_makes_no_second_branch(
    house: House, agent: Agent, person: Person, clock: Clock
) -> None:
    first = await deputized(person, agent)
    lost = (await agent.refresh(first["refresh_token"])).json()

    clock.advance(seconds=30)
    again = (await agent.refresh(first["refresh_token"])).json()

    assert again == lost | {"expires_in": lost["expires_in"] - 30}
    assert await house.knows(again)
    assert house.rows("select count(*) from refresh_token") == [(2,)]
    assert await house.entries(AuditKind.TOKEN_REUSED) == []


@requirement("T9")
async def test_a_lost_answer_is_given_again_after_a_restart(
    policy: Policy, clock: Clock, tmp_path: Path
) -> None:
    async with open_house(tmp_path, policy, clock) as house, house.http() as http:
        agent = await registered(http)
        first = await deputized(Person(http), agent)
        lost = (await agent.refresh(first["refresh_token"])).json()

    async with open_house(tmp_path, policy, clock) as house, house.http() as http:
        again = (await Agent(http, agent.registration).refresh(first["refresh_token"])).json()

    assert again == lost


@requirement("T8")
async def test_parallel_refreshes_all_get_the_same_successor(agent: Agent, person: Person) -> None:
    tokens = await deputized(person, agent)
    successors: set[str] = set()

    async def refresh() -> None:
        successors.add((await agent.refresh(tokens["refresh_token"])).json()["refresh_token"])

    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(refresh)

    assert len(successors) == 1


@requirement("T8")
async def test_a_seal_that_was_tampered_with_brings_nothing(
    house: House, agent: Agent, person: Person
) -> None:
    tokens = await deputized(person, agent)
    await agent.refresh(tokens["refresh_token"])
    house.rows("update refresh_token set sealed_successors = zeroblob(60) where generation = 0")

    assert refusal_of(await agent.refresh(tokens["refresh_token"])) == "invalid_grant"


@requirement("T8")
def test_a_sealed_successor_opens_to_its_token_alone() -> None:
    sealed = seal("successors", "old token")

    assert unseal(sealed, "old token") == "successors"
    assert unseal(sealed, "another token") is None
    assert unseal(sealed[:-1] + b"\0", "old token") is None


@requirement("T6")
async def test_another_client_can_do_nothing_with_a_refresh_token(
    http: httpx2.AsyncClient, agent: Agent, person: Person
) -> None:
    thief = await registered(http)
    tokens = await deputized(person, agent)

    assert refusal_of(await thief.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert (await agent.refresh(tokens["refresh_token"])).status_code == 200


@requirement("T11")
async def test_a_refresh_never_asks_for_more(agent: Agent, person: Person) -> None:
    tokens = await deputized(person, agent)

    wider = await agent.refresh(tokens["refresh_token"], scope="shop:browse orders:read")
    narrower = await agent.refresh(tokens["refresh_token"], scope="shop:browse")

    assert refusal_of(wider) == "invalid_scope"
    assert narrower.status_code == 200


@requirement("T11")
async def test_a_refresh_does_not_make_a_grant_live_longer(
    house: House, agent: Agent, person: Person, clock: Clock
) -> None:
    tokens = await deputized(person, agent)
    clock.advance(seconds=30 * 24 * 3600 - 60)

    tokens = (await agent.refresh(tokens["refresh_token"])).json()

    assert tokens["expires_in"] == 60
    clock.advance(seconds=60.001)
    assert not await house.knows(tokens)
    assert refusal_of(await agent.refresh(tokens["refresh_token"])) == "invalid_grant"
