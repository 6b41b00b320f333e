"""Verified humans at a certified OpenID provider, from an agent's first link to its first call."""

from pathlib import Path

import httpx2
import pytest

from mcp_shop_console.model.audit import AuditKind
from tests.clients.browser import approve, open_page
from tests.clients.decisions import told
from tests.clients.openid_provider import ACCOUNTS, Sites, holder, open_sites, way_to_try_again
from tests.clients.test_pages import listening_agent
from tests.live.people import SHIRT, Agent, text_of

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(90)]


async def refusals(sites: Sites) -> list[str]:
    return [entry.code for entry in await told(sites.show, AuditKind.SIGN_IN_REFUSED)]


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "Ed25519"])
async def test_a_verified_human_deputizes_an_agent(home: Path, algorithm: str) -> None:
    async with open_sites(home, algorithm) as sites:
        agent = Agent(sites.show.url, holder(sites.show, "ada-1"))

        async with agent.connected() as client:
            bought = await client.call_tool("buyMcpShopItem", SHIRT)
            known = await client.call_tool("getUserInfo", {})

        assert '"status":"success"' in text_of(bought)
        assert text_of(known).startswith("Debug info: ")
        (entry,) = await told(sites.show, AuditKind.HUMAN_SIGNED_IN)
        assert entry.human
        assert (entry.human.name, entry.human.email) == ("Ada Lovelace", "ada@example.com")
        assert (entry.human.is_verified, entry.human.is_admin) == (True, True)
        assert entry.facts["provider"] == sites.issuer
        assert await refusals(sites) == []


async def test_who_has_no_such_claim_is_no_admin_and_another_browser_is_the_same_human(
    home: Path,
) -> None:
    async with open_sites(home) as sites:
        answers = [
            await Agent(sites.show.url, holder(sites.show, "bob-1")).call("getUserInfo", {})
            for _ in range(2)
        ]

        entries = await told(sites.show, AuditKind.HUMAN_SIGNED_IN)

    assert all("You don't have these permissions" in text_of(answer) for answer in answers)
    assert len({entry.human.id for entry in entries if entry.human}) == 1


@pytest.mark.parametrize(
    ("account", "cancels", "code", "words"),
    [
        ("bob-1", True, "provider_refused", "sent you back without signing you in"),
        ("eve-1", False, "email_unconfirmed", "not confirmed"),
        ("nil-1", False, "email_missing", "did not share your e-mail"),
    ],
)
async def test_who_does_not_sign_in_reads_why_and_can_try_again(
    home: Path, account: str, cancels: bool, code: str, words: str
) -> None:
    async with open_sites(home) as sites:
        person = holder(sites.show, account, cancels=cancels)

        async with httpx2.AsyncClient() as browser, listening_agent() as agent:
            page = await person.travel(browser, await agent.authorize_url(sites.show))
            assert words in page.text
            again = holder(sites.show, "ada-1")
            page = await again.travel(browser, way_to_try_again(page))

        assert await refusals(sites) == [code]
        (entry,) = await told(sites.show, AuditKind.HUMAN_SIGNED_IN)
        assert entry.human
        assert entry.human.name == ACCOUNTS["ada-1"]["name"]


async def test_a_shop_whose_secret_is_wrong_signs_nobody_in(home: Path) -> None:
    async with open_sites(home, secret="another-secret") as sites:
        person = holder(sites.show, "ada-1")

        async with httpx2.AsyncClient() as browser, listening_agent() as agent:
            page = await person.travel(browser, await agent.authorize_url(sites.show))

        assert "sent you back without signing you in" in page.text
        (entry,) = await told(sites.show, AuditKind.SIGN_IN_REFUSED)
        assert (entry.code, entry.facts["detail"]) == ("provider_refused", "invalid_client")
        assert await told(sites.show, AuditKind.HUMAN_SIGNED_IN) == []


async def test_a_person_in_a_real_browser_comes_back_from_the_provider_and_can_change(
    home: Path,
) -> None:
    async with open_sites(home) as sites, listening_agent() as agent, open_page(home) as page:
        await page.open(await agent.authorize_url(sites.show))
        await page.type("ada-1", css="[name=login]")
        await page.type("x", css="[name=password]")
        await page.press("Sign-in")
        await page.press("Continue")
        await page.sees(text="Ada Lovelace")
        await page.click(text="Not you?")
        await page.type("bob-1", css="[name=login]")
        await page.type("x", css="[name=password]")
        await page.press("Sign-in")
        await page.press("Continue")
        await page.sees(text="bob@example.com")
        await approve(page, sites.show)
        await page.sees(text="Back at the agent.")

        assert "code" in agent.came[0]
        assert not [line for line in await page.complaints() if "policy" in line.lower()]
        (entry,) = await told(sites.show, AuditKind.CONSENT_APPROVED)
        assert entry.human
        assert entry.human.name == "Bob"
