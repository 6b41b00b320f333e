"""Nobody answers for a human: forged forms, foreign browsers, framed pages, old cookies."""

import httpx2
import pytest

from mcp_shop_console.authorization_server import Policy
from tests.authorization_server.parties import (
    ORIGIN,
    PUBLIC_ORIGIN,
    STAGE_CODE,
    Agent,
    Clock,
    House,
    Person,
    answer_of,
    grants,
    page_of,
    registered,
)
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


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
