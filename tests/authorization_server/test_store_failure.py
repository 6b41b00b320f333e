import pytest

from tests.authorization_server.parties import Agent, House, Person, deputized, refusal_of
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


@requirement("O12")
async def test_while_the_store_fails_nothing_is_decided_and_no_token_is_called_bad(
    house: House, agent: Agent, person: Person
) -> None:
    tokens = await deputized(person, agent)
    consent = await person.come_to_consent(agent)
    aside = house.path.with_suffix(".aside")
    house.path.rename(aside)

    refused = await agent.refresh(tokens["refresh_token"])
    pages = [
        await person.http.get("/authorize", params=agent.request()),
        await person.answer(consent, "approve"),
    ]

    assert refusal_of(refused, 503) == "temporarily_unavailable"
    for response in (refused, *pages):
        assert response.status_code == 503
        assert int(response.headers["retry-after"]) > 0
        assert "location" not in response.headers

    aside.rename(house.path)
    assert (await agent.refresh(tokens["refresh_token"])).status_code == 200
    assert (await person.answer(consent, "approve")).status_code == 303
