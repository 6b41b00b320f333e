import hashlib
from dataclasses import replace
from functools import partial

import anyio
import httpx2
import pytest

from mcp_shop_console.authority import bans
from mcp_shop_console.authorization_server import Policy
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Human
from tests.authorization_server.parties import (
    ORIGIN,
    PUBLIC_ORIGIN,
    STAGE_CODE,
    Agent,
    Clock,
    House,
    Person,
    answer_of,
    deputized,
    page_of,
    registered,
)
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


async def human_of(house: House, person: Person) -> Human:
    human = await house.database.read(lambda tx: tx.humans.by_unverified_email(person.email))
    assert human is not None
    return human


def grants(house: House) -> list[tuple[object, ...]]:
    return house.rows("select id from grant")


@requirement("C1")
async def test_a_forged_approval_is_refused(house: House, agent: Agent, person: Person) -> None:
    fields = page_of(await person.come_to_consent(agent)).fields

    for change in ({"proof": ""}, {"proof": "0" * 64}, {"made_at": "0"}, {"made_at": "x"}):
        forged = fields | {"decision": "approve"} | change
        assert (await person.http.post("/consent", data=forged)).status_code == 403

    assert grants(house) == []


@requirement("C1")
async def test_the_page_of_another_browser_is_no_use(
    house: House, agent: Agent, person: Person, stranger: Person
) -> None:
    own = page_of(await person.come_to_consent(agent)).fields
    foreign = page_of(await stranger.come_to_consent(agent)).fields

    for fields in (foreign, own | {"proof": foreign["proof"]}, foreign | {"proof": own["proof"]}):
        response = await person.http.post("/consent", data=fields | {"decision": "approve"})
        assert response.status_code == 403
    assert (await person.http.get(f"/consent?request={foreign['request']}")).status_code == 403
    assert (await person.http.get(f"/sign-in?request={foreign['request']}")).status_code == 403
    assert grants(house) == []


@requirement("C1")
async def test_a_browser_without_the_cookie_is_refused(house: House, agent: Agent) -> None:
    async with house.http() as http:
        to_consent = await http.get("/authorize", params=agent.request())
        http.cookies.clear()
        response = await http.get(to_consent.headers["location"])

    assert response.status_code == 403


@requirement("C1")
async def test_a_request_lives_ten_minutes(
    house: House, agent: Agent, person: Person, clock: Clock
) -> None:
    page = await person.come_to_consent(agent)

    clock.advance(seconds=600.001)

    assert (await person.answer(page, "approve")).status_code == 400
    assert grants(house) == []


@requirement("C1")
async def test_a_page_from_before_the_sign_in_leads_to_a_new_one(
    agent: Agent, person: Person
) -> None:
    old = await person.come_to_consent(agent)
    request_id = page_of(old).fields["request"]
    await person.sign_in(await person.change_person(old), name="Countess")

    response = await person.answer(old, "approve")

    assert response.status_code == 403
    assert f'href="/consent?request={request_id}"' in response.text
    new = await person.http.get(f"/consent?request={request_id}")
    assert "code" in answer_of(await person.answer(new, "approve"))


@requirement("C2")
async def test_no_page_can_be_framed_or_run_anything(
    http: httpx2.AsyncClient, agent: Agent, person: Person
) -> None:
    sign_in = await person.open(agent)
    consent = await person.sign_in(sign_in)
    error = await person.http.get("/authorize")
    landing = await person.http.get("/")

    for response in (sign_in, consent, error, landing):
        policy = response.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'nonce-")
        assert "frame-ancestors 'none'; base-uri 'none'" in policy
        assert "script" not in response.text
        assert response.headers["x-frame-options"] == "DENY"
        assert response.headers["x-content-type-options"] == "nosniff"
    assert sign_in.headers["content-security-policy"] != consent.headers["content-security-policy"]


@requirement("C2")
@pytest.mark.parametrize(
    ("uri", "source"),
    [
        ("http://localhost:5000/callback", "http://localhost:5000"),
        ("https://claude.ai/api/mcp/auth_callback", "https://claude.ai"),
        ("cursor://anysphere.cursor-mcp/oauth/callback", "cursor:"),
        ("http://[::1]:5000/callback", "http:"),
    ],
)
async def test_the_form_may_end_at_the_redirect_and_nowhere_else(
    http: httpx2.AsyncClient, person: Person, uri: str, source: str
) -> None:
    page = await person.come_to_consent(await registered(http, uri))

    assert f"form-action 'self' {source};" in page.headers["content-security-policy"]


@requirement("C2")
async def test_an_approval_quicker_than_anyone_reads_is_asked_again(
    house: House, clock: Clock
) -> None:
    policy = Policy(house.policy.origins, STAGE_CODE, approve_after_ms=700)
    slow = House(house.database, policy, clock, house.path)
    async with slow.http() as http:
        person, agent = Person(http), await registered(http)
        page = await person.come_to_consent(agent)

        clock.advance(seconds=0.699)
        again = await person.answer(page, "approve")
        assert again.status_code == 200
        assert grants(house) == []

        clock.advance(seconds=0.7)
        assert "code" in answer_of(await person.answer(again, "approve"))


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
async def test_fields_added_to_the_form_change_nothing(
    house: House, agent: Agent, person: Person
) -> None:
    page = await person.come_to_consent(agent, scope="shop:browse")
    fields = page_of(page).fields
    assert set(fields) == {"request", "made_at", "proof"}
    planted = {"scope": "shop:order", "redirect_uri": "https://evil.example/", "client_id": "x"}

    response = await person.http.post("/consent", data=fields | planted | {"decision": "approve"})

    tokens = (await agent.redeem(answer_of(response)["code"])).json()
    assert tokens["scope"] == "shop:browse"


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


@requirement("C5")
async def test_the_answer_is_a_get(agent: Agent, person: Person) -> None:
    for decision in ("approve", "deny"):
        assert (
            await person.answer(await person.come_to_consent(agent), decision)
        ).status_code == 303


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


@requirement("C3")
async def test_the_cookie_changes_at_sign_in_and_approval_and_the_old_one_is_dead(
    house: House, agent: Agent, person: Person
) -> None:
    values: list[str] = []
    for step in (person.open, person.come_to_consent, person.approve):
        await step(agent)
        values.append(person.http.cookies["mcp_shop_browser"])

    assert len(set(values)) == 3
    page = await person.open(agent)
    for dead in values[:2]:
        async with house.http() as thief:
            thief.cookies.set("mcp_shop_browser", dead)
            stolen = await thief.get(f"/consent?request={page_of(page).fields['request']}")
            assert stolen.status_code == 403


@requirement("C3")
@pytest.mark.parametrize("origin", [ORIGIN, PUBLIC_ORIGIN])
async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    house: House, agent: Agent, origin: str
) -> None:
    async with house.http(origin) as http:
        response = await http.get("/authorize", params=agent.request())

    name, _, rest = response.headers["set-cookie"].partition("=")
    attributes = {part.strip().lower() for part in rest.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= attributes
    assert not any(attribute.startswith("domain") for attribute in attributes)
    is_secure = origin == PUBLIC_ORIGIN
    assert (name == "__Host-mcp_shop_browser", "secure" in attributes) == (is_secure, is_secure)


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


async def test_a_form_beyond_every_honest_size_is_refused(person: Person) -> None:
    response = await person.http.post("/sign-in", data={"name": "a" * 20_000})

    assert response.status_code == 413
