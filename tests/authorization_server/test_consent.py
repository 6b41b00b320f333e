"""What an answer does: each agent is approved or denied by itself, and once."""

from functools import partial

import anyio
import httpx2
import pytest

from mcp_shop_console.authority import bans
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Human
from tests.authorization_server.parties import (
    ORIGIN,
    Agent,
    House,
    Person,
    answer_of,
    deputized,
    grants,
    page_of,
    registered,
)
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


async def human_of(house: House, person: Person) -> Human:
    human = await house.database.read(lambda tx: tx.humans.by_unverified_email(person.email))
    assert human is not None
    return human


@requirement("C4")
async def test_each_request_is_asked_and_makes_a_grant_of_its_own(
    house: House, http: httpx2.AsyncClient, agent: Agent, person: Person
) -> None:
    other = await registered(http, client_name="Claude")

    first = await deputized(person, agent)
    again = await person.open(agent, scope="shop:browse")
    assert "Approve" in again.text
    code = answer_of(await person.answer(again, "approve"))["code"]
    second = (await agent.redeem(code)).json()
    third = await deputized(person, other)

    deputies = [
        await house.server.verify(tokens["access_token"]) for tokens in (first, second, third)
    ]
    assert len({deputy.grant_id for deputy in deputies if deputy}) == 3
    assert [deputy.scopes for deputy in deputies if deputy] == [
        {"shop:browse", "shop:order"},
        {"shop:browse"},
        {"shop:browse", "shop:order"},
    ]


@requirement("C5")
async def test_the_answer_is_a_get(agent: Agent, person: Person) -> None:
    for decision in ("approve", "deny"):
        assert (
            await person.answer(await person.come_to_consent(agent), decision)
        ).status_code == 303


@requirement("C8")
async def test_deny_is_told_to_the_agent_and_recorded(
    house: House, agent: Agent, person: Person
) -> None:
    answer = answer_of(await person.answer(await person.come_to_consent(agent), "deny"))

    assert (answer["error"], answer["state"], answer["iss"]) == ("access_denied", "a&b c", ORIGIN)
    assert "code" not in answer
    assert grants(house) == []
    (entry,) = await house.entries(AuditKind.CONSENT_DENIED)
    assert entry.human and entry.human.email == person.email
    assert entry.agent and entry.agent.client_id == agent.client_id


@requirement("C9")
async def test_a_banned_human_deputizes_nobody(house: House, agent: Agent, person: Person) -> None:
    page = await person.come_to_consent(agent)
    human = await human_of(house, person)
    await house.database.write(partial(bans.ban_human, human.id))

    response = await person.answer(page, "approve")

    assert response.status_code == 403
    assert "ABSOLUTELY NOT. GO AWAY 👋" in page_of(response).text
    assert "error=access_denied" in response.text
    assert grants(house) == []
    assert house.rows("select * from authorization_code") == []
    (entry,) = await house.entries(AuditKind.CONSENT_REFUSED)
    assert entry.human == human


@requirement("C10")
@pytest.mark.parametrize("first", ["approve", "deny"])
@pytest.mark.parametrize("second", ["approve", "deny"])
async def test_a_second_answer_is_told_that_the_first_counts(
    house: House, agent: Agent, person: Person, first: str, second: str
) -> None:
    page = await person.come_to_consent(agent)
    await person.answer(page, first)

    response = await person.answer(page, second)

    assert response.status_code == 400
    assert "already answered" in page_of(response).text
    assert "If your agent did not get it" in page_of(response).text
    assert len(grants(house)) == (first == "approve")
    back = await person.http.get(f"/consent?request={page_of(page).fields['request']}")
    assert back.status_code == 400


@requirement("C10")
async def test_a_double_click_makes_one_code(house: House, agent: Agent, person: Person) -> None:
    page = await person.come_to_consent(agent)
    statuses: list[int] = []

    async def click() -> None:
        statuses.append((await person.answer(page, "approve")).status_code)

    async with anyio.create_task_group() as tasks:
        for _ in range(8):
            tasks.start_soon(click)

    assert sorted(statuses) == [303] + [400] * 7
    assert len(house.rows("select * from authorization_code")) == 1


async def test_an_answer_that_is_neither_yes_nor_no_decides_nothing(
    agent: Agent, person: Person
) -> None:
    page = await person.come_to_consent(agent)

    assert (await person.answer(page, "maybe")).status_code == 400
    twice = await person.http.post(
        "/consent",
        content=b"decision=approve&decision=deny",
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert twice.status_code == 400
    assert "code" in answer_of(await person.answer(page, "approve"))


async def test_consent_asks_for_sign_in_first(house: House, agent: Agent, person: Person) -> None:
    page = await person.open(agent)

    response = await person.http.post("/consent", data=page_of(page).fields)

    assert response.headers["location"] == f"/sign-in?request={page_of(page).fields['request']}"
