"""What the page tells a human before the answer: who asks, for what, how long."""

import hashlib
from dataclasses import replace

import httpx2
import pytest

from mcp_shop_console.model.audit import AuditKind
from tests.authorization_server.parties import Agent, House, Person, page_of, registered
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


@requirement("C5")
async def test_the_words_that_were_shown_are_the_consent(
    house: House, agent: Agent, person: Person
) -> None:
    page = await person.come_to_consent(agent, scope=None)
    shown = " ".join(page_of(page).text.split())

    await person.answer(page, "approve")

    ((text, digest),) = house.rows("select text, text_sha256 from consent")
    assert isinstance(text, str)
    assert digest == hashlib.sha256(text.encode()).hexdigest()
    for line in text.splitlines():
        assert line in shown
    for must in (
        person.name,
        person.email,
        "localhost:5000",
        "“Claude”",
        "order T-shirts",
        "12 hours",
    ):
        assert must in text
    (entry,) = await house.entries(AuditKind.CONSENT_APPROVED)
    assert entry.facts["consent_sha256"] == digest


@requirement("C6")
async def test_nothing_that_anyone_sent_becomes_html(
    http: httpx2.AsyncClient, person: Person
) -> None:
    hostile = "\"><img src=x onerror='y'>&lt;"
    agent = await registered(http, client_name=hostile, client_uri="https://evil.example/track.png")

    sign_in = await person.open(agent)
    flawed = await person.sign_in(sign_in, name=hostile, email="x")
    consent = await person.sign_in(sign_in, name=hostile)
    error = await person.http.get(
        "/authorize", params=agent.request(redirect_uri=f"https://{hostile}/")
    )

    for page in (sign_in, flawed, consent, error):
        assert "<img" not in page.text
        assert "evil.example" not in page.text
    assert f"“{hostile}”" in page_of(consent).text
    assert page_of(flawed).fields["name"] == hostile


@requirement("C7")
async def test_the_name_is_a_claim_and_the_host_the_fact(
    http: httpx2.AsyncClient, agent: Agent, person: Person
) -> None:
    hosted = await registered(http, "https://xn--clude-3ve.ai/callback", client_name="Claude")
    app = await registered(http, "cursor://anysphere/callback", client_name="Cursor")

    local_text = page_of(await person.come_to_consent(agent)).text
    hosted_text = page_of(await person.come_to_consent(hosted)).text
    app_text = page_of(await person.come_to_consent(app)).text

    assert "It calls itself “Claude”. Anyone can claim this name." in local_text
    assert "Access goes to a program on this computer." in local_text
    assert "Access goes to xn--clude-3ve.ai." in hosted_text
    assert "Access goes to whichever program on this device opens cursor: links." in app_text
    assert "Careful" not in local_text + hosted_text + app_text


@requirement("C7")
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Cl\u0430ude", "“Cl\u0430ude”"),
        ("\u202eedualC", "“⟦U+202E⟧edualC”"),
        ("Cla\u200bude", "“Cla⟦U+200B⟧ude”"),
    ],
)
async def test_a_name_that_hides_something_is_marked(
    http: httpx2.AsyncClient, person: Person, name: str, shown: str
) -> None:
    text = page_of(await person.come_to_consent(await registered(http, client_name=name))).text

    assert shown in text
    assert "Careful: this name is written to look like another one." in text


async def test_an_agent_without_a_name_is_shown_as_that(
    http: httpx2.AsyncClient, person: Person
) -> None:
    page = await person.come_to_consent(await registered(http, client_name=""))

    assert "It gave no name." in page_of(page).text


async def test_an_agent_that_asks_for_no_right_is_shown_as_that(
    agent: Agent, person: Person
) -> None:
    page = await person.come_to_consent(agent, scope="offline_access")

    assert "nothing but stay connected" in page_of(page).text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (60, "1 minute"),
        (5400, "90 minutes"),
        (7200, "2 hours"),
        (86_400, "1 day"),
        (61, "61 seconds"),
    ],
)
async def test_the_life_of_access_is_told_in_words(
    house: House, http: httpx2.AsyncClient, seconds: int, words: str
) -> None:
    policy = replace(house.policy, access_token_seconds=seconds)
    other = House(house.database, policy, house.clock, house.path)
    async with other.http() as browser:
        agent = await registered(http, grant_types=["authorization_code"])
        page = await Person(browser).come_to_consent(agent)

    assert f"{words}. Then it must ask you again." in page_of(page).text
