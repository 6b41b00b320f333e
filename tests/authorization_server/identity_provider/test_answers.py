"""An answer belongs to the browser that asked, and counts once."""

from collections.abc import Mapping

import anyio
import pytest
from starlette.responses import JSONResponse

from mcp_shop_console.model.audit import AuditKind
from tests.authorization_server.identity_provider.fake import ISSUER, FakeProvider
from tests.authorization_server.identity_provider.visits import (
    assert_nobody_is_signed_in,
    come_back,
    leave,
    link_of,
    refusals,
    sign_in,
)
from tests.authorization_server.parties import Agent, Clock, House, Person
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"code": None, "error": "access_denied"}, ("provider_refused", "access_denied")),
        ({"error": "access_denied"}, ("provider_refused", "access_denied")),
        ({"code": None}, ("provider_refused", "no code")),
        ({"code": None, "error": "<script>" * 9}, ("provider_refused", "")),
        ({"iss": "https://other.example"}, ("provider_wrong_issuer", "answer")),
        ({"iss": f"{ISSUER}/"}, ("provider_wrong_issuer", "answer")),
        ({"code": "a\x00b"}, ("provider_refused", "no code")),
    ],
)
async def test_a_person_sent_back_without_a_good_answer_is_not_signed_in(
    house: House,
    agent: Agent,
    person: Person,
    provider: FakeProvider,
    changes: Mapping[str, str | None],
    refusal: tuple[str, str],
) -> None:
    address = provider.accept(await leave(person, agent), **changes)

    response = await come_back(person, address)

    await assert_nobody_is_signed_in(house, response)
    assert await refusals(house) == [refusal]
    assert provider.redeemed == []
    assert link_of(response)


async def test_a_code_that_the_provider_does_not_take_signs_nobody_in(
    house: House, agent: Agent, person: Person, provider: FakeProvider
) -> None:
    provider.instead = {"/token": JSONResponse({"error": "invalid_grant"}, 400)}

    response = await sign_in(person, agent, provider)

    await assert_nobody_is_signed_in(house, response)
    assert await refusals(house) == [("provider_refused", "invalid_grant")]


@pytest.mark.parametrize(("named", "status"), [(None, 502), (ISSUER, 200)])
async def test_a_provider_that_promises_to_name_itself_must(
    agent: Agent, person: Person, provider: FakeProvider, named: str | None, status: int
) -> None:
    provider.metadata = {"authorization_response_iss_parameter_supported": True}

    response = await come_back(person, provider.accept(await leave(person, agent), iss=named))

    assert response.status_code == status


@requirement("C1")
async def test_an_answer_counts_once_and_in_its_own_browser_only(
    house: House, agent: Agent, person: Person, stranger: Person, provider: FakeProvider
) -> None:
    address = provider.accept(await leave(person, agent))

    stolen = await come_back(stranger, address)
    again = await come_back(person, address)

    await assert_nobody_is_signed_in(house, stolen)
    assert stolen.status_code == 403
    assert again.status_code == 400
    assert "This sign-in is over" in again.text
    assert await refusals(house) == [("sign_in_stale", "")]
    assert provider.redeemed == []


@requirement("C1")
async def test_a_used_answer_signs_nobody_in_again(
    house: House, agent: Agent, person: Person, provider: FakeProvider
) -> None:
    address = provider.accept(await leave(person, agent))
    await come_back(person, address)

    again = await come_back(person, address)

    assert again.status_code == 400
    assert len(await house.entries(AuditKind.HUMAN_SIGNED_IN)) == 1
    assert len(provider.redeemed) == 1


@requirement("C1")
async def test_a_made_up_answer_is_over_and_leaves_no_trace(
    house: House, agent: Agent, person: Person, provider: FakeProvider
) -> None:
    good = provider.accept(await leave(person, agent))

    for query in ("", "?code=x", "?state=x&code=y", "?error=x", f"{good.partition('?')[1]}state=a"):
        response = await person.http.get(f"/sign-in/callback{query}")
        assert response.status_code == 400
    twice = await person.http.get(f"{good}&code=other")

    assert twice.status_code == 400
    assert await refusals(house) == []
    assert (await come_back(person, good)).status_code == 200


async def test_the_attackers_answer_does_not_sign_the_victim_in_as_the_attacker(
    house: House, agent: Agent, person: Person, stranger: Person, provider: FakeProvider
) -> None:
    await leave(person, agent)
    provider.claims = {"sub": "mallory-1", "email": "mallory@example.com"}
    attack = provider.accept(await leave(stranger, agent))

    response = await come_back(person, attack)

    await assert_nobody_is_signed_in(house, response)


async def test_a_request_that_expired_meanwhile_signs_nobody_in(
    house: House, agent: Agent, person: Person, provider: FakeProvider, clock: Clock
) -> None:
    address = provider.accept(await leave(person, agent))
    clock.advance(seconds=601)

    response = await come_back(person, address)

    await assert_nobody_is_signed_in(house, response)
    assert "This request has expired" in response.text
    assert provider.redeemed == []


@requirement("C1")
async def test_of_answers_that_come_at_once_one_counts(
    house: House, agent: Agent, person: Person, provider: FakeProvider
) -> None:
    address = provider.accept(await leave(person, agent))
    statuses: list[int] = []

    async def come() -> None:
        statuses.append((await person.http.get(address)).status_code)

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(come)

    assert sorted(statuses) == [303, 400, 400, 400, 400]
    assert len(provider.redeemed) == 1
    assert len(await house.entries(AuditKind.HUMAN_SIGNED_IN)) == 1


@requirement("C10")
async def test_a_request_answered_while_the_provider_is_asked_signs_nobody_in(
    house: House, agent: Agent, person: Person, provider: FakeProvider
) -> None:
    address = provider.accept(await leave(person, agent))

    def answer_meanwhile(token: str) -> str:
        house.rows("update authorization_request set answered_at_ms = 1")
        return token

    provider.forge = answer_meanwhile
    response = await come_back(person, address)

    await assert_nobody_is_signed_in(house, response)
    assert "already answered" in response.text


@requirement("O12")
async def test_a_store_that_fails_meanwhile_signs_nobody_in(
    house: House, agent: Agent, person: Person, provider: FakeProvider
) -> None:
    address = provider.accept(await leave(person, agent))

    def break_store(token: str) -> str:
        house.path.rename(house.path.with_name("elsewhere"))
        return token

    provider.forge = break_store
    response = await person.http.get(address)

    assert response.status_code == 503
    assert "set-cookie" not in response.headers
