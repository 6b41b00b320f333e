import json
from dataclasses import replace
from pathlib import Path

import anyio
import httpx2
import pytest

from mcp_shop_console.authority import end_grant
from mcp_shop_console.authorization_server import Policy
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Rank
from mcp_shop_console.model.origins import loopback_origins
from tests.authorization_server.parties import (
    CALLBACK,
    VERIFIER,
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

_KINDS = ("access_token", "refresh_token")


async def test_tokens_come_in_an_answer_that_nobody_keeps(agent: Agent, person: Person) -> None:
    response = await agent.redeem(await person.approve(agent))

    assert response.headers["cache-control"] == "no-store"
    tokens = response.json()
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 12 * 3600
    assert tokens["scope"] == "shop:browse shop:order"


@requirement("A3", "A4")
async def test_a_wrong_verifier_is_refused_and_the_right_one_still_works(
    house: House, agent: Agent, person: Person
) -> None:
    code = await person.approve(agent)

    assert refusal_of(await agent.redeem(code, code_verifier="w" * 43)) == "invalid_grant"
    assert refusal_of(await agent.redeem(code, code_verifier="short")) == "invalid_grant"
    (entry, _) = await house.entries(AuditKind.CODE_VERIFIER_FAILED)
    assert (entry.human and entry.human.email, entry.facts["failures"]) == (person.email, 1)
    assert (await agent.redeem(code)).status_code == 200


@requirement("A4")
async def test_the_third_wrong_verifier_kills_the_code(agent: Agent, person: Person) -> None:
    code = await person.approve(agent)

    for _ in range(3):
        await agent.redeem(code, code_verifier="w" * 43)

    assert refusal_of(await agent.redeem(code)) == "invalid_grant"


@requirement("A3")
async def test_a_code_is_never_redeemed_without_a_verifier(agent: Agent, person: Person) -> None:
    code = await person.approve(agent)

    assert refusal_of(await agent.redeem(code, code_verifier=None)) == "invalid_request"
    assert refusal_of(await agent.redeem(code, code_verifier="")) == "invalid_request"


@requirement("A5")
async def test_a_code_that_comes_again_ends_the_grant_and_its_tokens(
    house: House, agent: Agent, person: Person
) -> None:
    code = await person.approve(agent)
    tokens = (await agent.redeem(code)).json()

    assert refusal_of(await agent.redeem(code)) == "invalid_grant"

    assert not await house.knows(tokens)
    assert refusal_of(await agent.refresh(tokens["refresh_token"])) == "invalid_grant"
    (entry,) = await house.entries(AuditKind.CODE_REPLAYED)
    assert entry.agent and entry.agent.client_id == agent.client_id


@requirement("A6")
async def test_another_client_can_do_nothing_with_a_code(
    house: House, http: httpx2.AsyncClient, agent: Agent, person: Person
) -> None:
    thief = await registered(http)
    code = await person.approve(agent)

    assert refusal_of(await thief.redeem(code)) == "invalid_grant"
    tokens = (await agent.redeem(code)).json()
    assert refusal_of(await thief.redeem(code)) == "invalid_grant"

    assert await house.knows(tokens)
    assert await house.entries(AuditKind.CODE_VERIFIER_FAILED) == []


@requirement("A7")
async def test_of_parallel_redemptions_one_succeeds(
    house: House, agent: Agent, person: Person
) -> None:
    code = await person.approve(agent)
    responses: list[httpx2.Response] = []

    async def redeem() -> None:
        responses.append(await agent.redeem(code))

    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(redeem)

    statuses = sorted(response.status_code for response in responses)
    assert statuses == [200] + [400] * 19
    (winner,) = [response for response in responses if response.status_code == 200]
    assert not await house.knows(winner.json())
    assert len(await house.entries(AuditKind.TOKEN_ISSUED)) == 1
    assert len(await house.entries(AuditKind.CODE_REPLAYED)) == 1


@requirement("A8")
async def test_a_code_older_than_a_minute_is_dead(
    agent: Agent, person: Person, clock: Clock
) -> None:
    in_time, too_late = await person.approve(agent), await person.approve(agent)

    clock.advance(seconds=60)
    assert (await agent.redeem(in_time)).status_code == 200
    clock.advance(seconds=0.001)
    assert refusal_of(await agent.redeem(too_late)) == "invalid_grant"


@requirement("A8")
async def test_a_live_code_survives_a_restart(policy: Policy, clock: Clock, tmp_path: Path) -> None:
    async with open_house(tmp_path, policy, clock) as house, house.http() as http:
        agent = await registered(http)
        code = await Person(http).approve(agent)

    async with open_house(tmp_path, policy, clock) as house, house.http() as http:
        response = await Agent(http, agent.registration).redeem(code)

    assert response.status_code == 200


@requirement("A10")
@pytest.mark.parametrize(
    "uri", ["http://localhost:5000/other", "http://localhost:5001/callback", None]
)
async def test_a_wrong_redirect_uri_leaves_the_code_whole(
    agent: Agent, person: Person, uri: str | None
) -> None:
    code = await person.approve(agent)

    assert refusal_of(await agent.redeem(code, redirect_uri=uri)) == "invalid_grant"
    assert (await agent.redeem(code)).status_code == 200


@requirement("A10")
async def test_a_redirect_uri_that_was_not_asked_with_need_not_come(
    agent: Agent, person: Person
) -> None:
    code = await person.approve(agent, redirect_uri=None)

    assert refusal_of(await agent.redeem(code, redirect_uri="http://x.example/")) == "invalid_grant"
    assert (await agent.redeem(code, redirect_uri=None)).status_code == 200


@requirement("A5")
async def test_a_used_code_is_known_however_late_and_with_whatever_it_comes(
    house: House, agent: Agent, person: Person, clock: Clock
) -> None:
    code = await person.approve(agent)
    tokens = (await agent.redeem(code)).json()

    clock.advance(seconds=3600)
    late = await agent.redeem(code, code_verifier="w" * 43, redirect_uri="https://x.example/")

    assert refusal_of(late) == "invalid_grant"
    assert not await house.knows(tokens)


async def test_a_code_of_an_ended_grant_is_dead(house: House, agent: Agent, person: Person) -> None:
    code = await person.approve(agent)
    ((grant_id,),) = house.rows("select id from grant")
    await house.database.write(lambda tx: end_grant(tx, str(grant_id), actor=Rank.PRESENTER))

    assert refusal_of(await agent.redeem(code)) == "invalid_grant"
    assert await house.entries(AuditKind.CODE_REPLAYED) == []


@requirement("T4")
async def test_a_token_for_a_name_that_is_not_ours_speaks_for_nobody(
    house: House, agent: Agent, person: Person
) -> None:
    tokens = await deputized(person, agent)
    elsewhere = replace(house.policy, origins=loopback_origins(8888))

    moved = House(house.database, elsewhere, house.clock, house.path)

    assert await house.knows(tokens)
    assert not await moved.knows(tokens)


@requirement("A14")
@pytest.mark.parametrize("name", ["code", "grant_type", "client_id", "scope"])
async def test_a_token_parameter_that_comes_twice_is_refused(
    agent: Agent, person: Person, name: str
) -> None:
    code = await person.approve(agent)
    body = (
        f"grant_type=authorization_code&client_id={agent.client_id}&code={code}&scope=x"
        f"&redirect_uri={CALLBACK}&code_verifier={VERIFIER}&{name}=x"
    )
    form = {"content-type": "application/x-www-form-urlencoded"}

    response = await agent.http.post("/token", content=body, headers=form)

    assert refusal_of(response) == "invalid_request"
    assert (await agent.redeem(code)).status_code == 200


@requirement("A15")
async def test_another_resource_leaves_code_and_refresh_token_whole(
    agent: Agent, person: Person
) -> None:
    code = await person.approve(agent)
    other = "https://evil.example/mcp"

    assert refusal_of(await agent.redeem(code, resource=other)) == "invalid_target"
    tokens = (await agent.redeem(code)).json()
    refused = await agent.refresh(tokens["refresh_token"], resource=other)
    assert refusal_of(refused) == "invalid_target"
    assert (await agent.refresh(tokens["refresh_token"])).status_code == 200


async def test_an_access_token_dies_of_age(
    house: House, agent: Agent, person: Person, clock: Clock
) -> None:
    tokens = await deputized(person, agent)

    clock.advance(seconds=12 * 3600 - 0.001)
    assert await house.knows(tokens)
    clock.advance(seconds=0.001)
    assert not await house.knows(tokens)


async def test_an_unknown_token_speaks_for_nobody(house: House) -> None:
    assert await house.server.verify("unheard of") is None
    assert await house.server.verify("\ud800") is None


async def test_a_client_that_cannot_refresh_gets_no_refresh_token(
    http: httpx2.AsyncClient, person: Person
) -> None:
    agent = await registered(http, grant_types=["authorization_code"])

    tokens = await deputized(person, agent)

    assert "refresh_token" not in tokens
    assert refusal_of(await agent.refresh("anything")) == "unauthorized_client"


@requirement("T14")
@pytest.mark.parametrize(
    "grant_type",
    ["urn:ietf:params:oauth:grant-type:jwt-bearer", "client_credentials", "password"],
)
async def test_other_grant_types_are_not_known(agent: Agent, grant_type: str) -> None:
    body = {"grant_type": grant_type, "assertion": "x.y.z", "client_id": agent.client_id}

    assert refusal_of(await agent.post("/token", body)) == "unsupported_grant_type"
    assert refusal_of(await agent.post("/token", body | {"client_id": None})) == (
        "unsupported_grant_type"
    )
    assert refusal_of(await agent.post("/token", body | {"grant_type": None})) == "invalid_request"


async def test_a_bearer_token_and_a_list_of_content_types_do_no_harm(
    agent: Agent, person: Person
) -> None:
    tokens = await deputized(person, agent)

    response = await agent.http.post(
        "/token",
        content=f"grant_type=refresh_token&client_id={agent.client_id}"
        f"&refresh_token={tokens['refresh_token']}",
        headers={
            "authorization": f"Bearer {tokens['access_token']}",
            "content-type": "application/json, application/x-www-form-urlencoded",
        },
    )

    assert response.status_code == 200


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
async def test_what_is_no_form_is_refused(agent: Agent, content_type: str) -> None:
    response = await agent.http.post(
        "/token", content=b"grant_type=refresh_token", headers={"content-type": content_type}
    )

    assert refusal_of(response) == "invalid_request"


@pytest.mark.parametrize("body", [b"a=%ff", b"a=\xff", b"a=%00", b"&".join([b"a=b"] * 60)])
async def test_an_unreadable_form_is_refused(agent: Agent, body: bytes) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}

    assert refusal_of(await agent.http.post("/token", content=body, headers=form)) == (
        "invalid_request"
    )


async def test_a_body_beyond_every_honest_size_is_refused(agent: Agent) -> None:
    response = await agent.post("/token", {"grant_type": "a" * 20_000})

    assert refusal_of(response, 413) == "invalid_request"


@requirement("T12", "U7")
async def test_a_copied_database_opens_nothing(
    house: House, http: httpx2.AsyncClient, person: Person
) -> None:
    agent = await registered(http, token_endpoint_auth_method="client_secret_post")
    code = await person.approve(agent)
    response = await agent.redeem(code, client_secret=agent.registration["client_secret"])
    first = json.loads(response.text)
    secret = {"client_secret": agent.registration["client_secret"]}
    second = (await agent.refresh(first["refresh_token"], **secret)).json()

    stored = b"".join(path.read_bytes() for path in house.path.parent.iterdir())

    secrets = [code, VERIFIER, *secret.values(), *person.http.cookies.values()]
    secrets += [tokens[kind] for tokens in (first, second) for kind in _KINDS]
    assert [value for value in secrets if value.encode() in stored] == []


@requirement("U7")
async def test_no_secret_is_in_what_a_traceback_would_show(house: House) -> None:
    assert house.policy.stage_code not in repr(house.policy)
