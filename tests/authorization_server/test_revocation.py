import httpx2
import pytest

from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Rank
from tests.authorization_server.parties import (
    Agent,
    House,
    Person,
    deputized,
    refusal_of,
    registered,
)
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


@requirement("T10")
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "nonsense"])
async def test_either_token_ends_the_grant_whatever_the_hint(
    house: House, agent: Agent, person: Person, kind: str, hint: str | None
) -> None:
    tokens = await deputized(person, agent)

    response = await agent.revoke(tokens[kind], token_type_hint=hint)

    assert (response.status_code, response.content) == (200, b"")
    assert not await house.knows(tokens)
    assert refusal_of(await agent.refresh(tokens["refresh_token"])) == "invalid_grant"
    (entry,) = await house.entries(AuditKind.GRANT_REVOKED)
    assert entry.actor is Rank.AGENT


@requirement("T10")
async def test_a_foreign_or_unknown_token_is_not_revoked(
    house: House, http: httpx2.AsyncClient, agent: Agent, person: Person
) -> None:
    tokens = await deputized(person, agent)
    stranger = await registered(http)

    assert (await stranger.revoke(tokens["access_token"])).status_code == 200
    assert (await agent.revoke("unheard of")).status_code == 200

    assert await house.knows(tokens)
    assert await house.entries(AuditKind.GRANT_REVOKED) == []


@requirement("T10", "D4")
async def test_revocation_asks_who_the_client_is(agent: Agent) -> None:
    assert refusal_of(await agent.revoke("x", client_id="nobody"), 401) == "invalid_client"
    assert refusal_of(await agent.post("/revoke", {"client_id": agent.client_id})) == (
        "invalid_request"
    )
