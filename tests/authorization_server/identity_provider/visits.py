"""What people do on their way to the provider and back, and what is seen of it afterwards."""

import html

import httpx2

from mcp_shop_console.authorization_server.identity_provider import ProviderAccount
from mcp_shop_console.model.audit import AuditKind
from tests.authorization_server.identity_provider.fake import (
    CLIENT_ID,
    CLIENT_SECRET,
    ISSUER,
    Asked,
    FakeProvider,
    asked_of,
)
from tests.authorization_server.parties import Agent, House, Person

ACCOUNT = ProviderAccount(ISSUER, CLIENT_ID, CLIENT_SECRET)


async def leave(person: Person, agent: Agent) -> Asked:
    """Follow the agent's link until the browser is sent to the provider."""
    return asked_of(await person.open(agent))


async def come_back(person: Person, address: str) -> httpx2.Response:
    return await person.follow(await person.http.get(address))


async def sign_in(person: Person, agent: Agent, provider: FakeProvider) -> httpx2.Response:
    return await come_back(person, provider.accept(await leave(person, agent)))


async def refusals(house: House) -> list[tuple[str, object]]:
    entries = await house.entries(AuditKind.SIGN_IN_REFUSED)
    return [(entry.code, entry.facts.get("detail", "")) for entry in entries]


async def assert_nobody_is_signed_in(house: House, response: httpx2.Response) -> None:
    assert "Make this agent your deputy?" not in response.text
    assert house.rows("select * from human") == []
    assert house.rows("select * from browser where human_id is not null") == []
    assert await house.entries(AuditKind.HUMAN_SIGNED_IN) == []


def link_of(page: httpx2.Response) -> str:
    """Where "Try again" leads."""
    assert "Try again" in page.text
    return html.unescape(page.text.split('<a href="')[1].split('"')[0])
