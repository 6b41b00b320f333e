import base64

import httpx2
import pytest

from tests.authorization_server.parties import (
    CALLBACK,
    VERIFIER,
    Agent,
    Person,
    refusal_of,
    registered,
)
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


@requirement("D4")
@pytest.mark.parametrize("method", ["client_secret_post", "client_secret_basic"])
async def test_a_client_proves_itself_by_the_method_it_registered(
    http: httpx2.AsyncClient, person: Person, method: str
) -> None:
    agent = await registered(http, token_endpoint_auth_method=method)
    secret = agent.registration["client_secret"]
    code = await person.approve(agent)
    good, other = _proofs(agent.client_id, secret)[:: 1 if method == "client_secret_post" else -1]
    wrong = _proofs(agent.client_id, "wrong")[0 if method == "client_secret_post" else 1]

    none: tuple[dict[str, str], dict[str, str]] = ({"client_id": agent.client_id}, {})
    for proof in (other, wrong, none):
        refused = await _redeem(http, code, *proof)
        assert refusal_of(refused, 401) == "invalid_client"
        assert ("www-authenticate" in refused.headers) == ("authorization" in proof[1])
    assert (await _redeem(http, code, *good)).status_code == 200


def _proofs(client_id: str, secret: str) -> tuple[tuple[dict[str, str], dict[str, str]], ...]:
    """The body and the headers of a client that proves itself, by post and by basic."""
    basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    return (
        ({"client_id": client_id, "client_secret": secret}, {}),
        ({}, {"authorization": f"Basic {basic}"}),
    )


async def _redeem(
    http: httpx2.AsyncClient, code: str, body: dict[str, str], headers: dict[str, str]
) -> httpx2.Response:
    grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    data = grant | {"code_verifier": VERIFIER} | body
    return await http.post("/token", data=data, headers=headers)


@requirement("D4")
async def test_a_public_client_that_brings_a_secret_is_refused(
    agent: Agent, person: Person
) -> None:
    code = await person.approve(agent)

    assert refusal_of(await agent.redeem(code, client_secret="x"), 401) == "invalid_client"
    assert refusal_of(await agent.redeem(code, client_id="nobody"), 401) == "invalid_client"
    assert refusal_of(await agent.redeem(code, client_id=None), 401) == "invalid_client"


@requirement("D4")
@pytest.mark.parametrize("credentials", ["", "%%%", "bm9ib2R5", "/w=="])
async def test_unreadable_basic_credentials_are_refused(agent: Agent, credentials: str) -> None:
    response = await agent.http.post(
        "/token",
        data={"grant_type": "refresh_token", "refresh_token": "x"},
        headers={"authorization": f"Basic {credentials}"},
    )

    assert refusal_of(response, 401) == "invalid_client"
    assert response.headers["www-authenticate"].startswith("Basic ")


@requirement("D4")
async def test_basic_and_body_may_not_contradict(http: httpx2.AsyncClient) -> None:
    agent = await registered(http, token_endpoint_auth_method="client_secret_basic")
    _, (_, headers) = _proofs(agent.client_id, agent.registration["client_secret"])

    for body in ({"client_id": "another"}, {"client_secret": "x"}):
        assert refusal_of(await _redeem(http, "x", body, headers), 401) == "invalid_client"
    same = await _redeem(http, "x", {"client_id": agent.client_id}, headers)
    assert refusal_of(same) == "invalid_grant"


@requirement("D4")
async def test_a_client_id_of_any_length_is_told_the_same(http: httpx2.AsyncClient) -> None:
    for client_id in ("x" * 513, "https://x.example/" + "x" * 495, "\U0001f600" * 1_000):
        (body, _), (_, headers) = _proofs(client_id, "x")
        for path in ("/token", "/revoke"):
            refused = await http.post(path, data={"token": "x"} | body)
            assert refusal_of(refused, 401) == "invalid_client"
            refused = await http.post(path, data={"token": "x"}, headers=headers)
            assert refusal_of(refused, 401) == "invalid_client"
            assert refused.headers["www-authenticate"].startswith("Basic ")
