import pytest

from tests.authorization_server.parties import (
    CALLBACK,
    ORIGIN,
    Agent,
    House,
    Person,
    answer_of,
    deputized,
)


@pytest.mark.anyio
async def test_an_approved_agent_acts_for_the_human_who_approved(
    house: House, agent: Agent, person: Person
) -> None:
    page = await person.come_to_consent(agent)
    response = await person.answer(page, "approve")
    answer = answer_of(response)

    assert response.headers["location"].startswith(CALLBACK + "?")
    assert (answer["state"], answer["iss"]) == ("a&b c", ORIGIN)

    tokens = (await agent.redeem(answer["code"])).json()
    deputy = await house.server.verify(tokens["access_token"])

    assert deputy is not None
    assert (deputy.human.name, deputy.human.email) == (person.name, person.email)
    assert (deputy.agent.client_id, deputy.agent.name) == (agent.client_id, "Claude")
    assert deputy.scopes == {"shop:browse", "shop:order"}


@pytest.mark.anyio
async def test_a_refreshed_token_speaks_for_the_same_grant(
    house: House, agent: Agent, person: Person
) -> None:
    tokens = await deputized(person, agent)

    refreshed = (await agent.refresh(tokens["refresh_token"])).json()

    before = await house.server.verify(tokens["access_token"])
    assert before is not None
    assert await house.server.verify(refreshed["access_token"]) == before
