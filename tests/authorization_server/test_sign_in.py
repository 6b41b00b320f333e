from urllib.parse import urlencode

import pytest

from mcp_shop_console.control_room.app import REVEAL_MS
from mcp_shop_console.model.audit import AuditKind
from tests.authorization_server.parties import (
    PUBLIC_ORIGIN,
    STAGE_CODE,
    Agent,
    Clock,
    House,
    Person,
    page_of,
    registered,
)
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


def is_signed_in(person: Person, text: str) -> bool:
    return "Make this agent your deputy?" in text and person.name in text


async def test_a_name_and_an_e_mail_are_enough_and_marked_unverified(
    house: House, agent: Agent, person: Person
) -> None:
    page = await person.sign_in(await person.open(agent), email="  Ada@Example.com ")

    assert is_signed_in(person, page_of(page).text)
    assert "nobody has checked this e-mail" in page_of(page).text
    (entry,) = await house.entries(AuditKind.HUMAN_SIGNED_IN)
    assert entry.human
    assert (entry.human.name, entry.human.email) == (person.name, "ada@example.com")
    assert (entry.human.is_verified, entry.human.is_admin) == (False, False)


@requirement("C11")
async def test_an_e_mail_belongs_to_its_first_browser(
    house: House, agent: Agent, person: Person, stranger: Person
) -> None:
    await person.come_to_consent(agent)

    refused = await stranger.sign_in(await stranger.open(agent), email=person.email)
    allowed = await stranger.sign_in(refused, email=person.email, stage_code=STAGE_CODE)
    again = await person.sign_in(await person.change_person(await person.open(agent)))

    assert refused.status_code == 400
    assert "stage_code" in page_of(refused).fields
    assert page_of(refused).fields["email"] == person.email
    assert is_signed_in(stranger, page_of(allowed).text)
    assert is_signed_in(person, page_of(again).text)
    assert len(house.rows("select * from human")) == 1


@requirement("C11")
async def test_a_browser_that_gave_the_stage_code_need_not_give_it_again(
    agent: Agent, person: Person, stranger: Person
) -> None:
    await person.come_to_consent(agent)
    page = await stranger.open(agent)
    page = await stranger.sign_in(page, email=person.email, stage_code=STAGE_CODE)

    page = await stranger.change_person(page)
    page = await stranger.sign_in(page, email=person.email)

    assert is_signed_in(stranger, page_of(page).text)


@requirement("C11")
async def test_wrong_stage_codes_are_recorded_and_then_have_to_wait(
    house: House, agent: Agent, person: Person, stranger: Person, clock: Clock
) -> None:
    await person.come_to_consent(agent)
    page = await stranger.open(agent)

    for _ in range(5):
        page = await stranger.sign_in(page, email=person.email, stage_code="000000")
        assert page.status_code == 400
    clock.advance(seconds=20)
    page = await stranger.sign_in(page, email=person.email, stage_code=STAGE_CODE)

    assert (page.status_code, page.headers["retry-after"]) == (429, "40")
    refusals = await house.entries(AuditKind.SIGN_IN_REFUSED)
    assert [entry.code for entry in refusals] == ["wrong_stage_code"] * 5
    assert refusals[0].private["email"] == person.email
    clock.advance(seconds=40)
    page = await stranger.sign_in(page, email=person.email, stage_code=STAGE_CODE)
    assert is_signed_in(stranger, page_of(page).text)


@requirement("C11")
async def test_many_browsers_of_one_address_share_a_limit(
    house: House, agent: Agent, person: Person
) -> None:
    await person.come_to_consent(agent)
    statuses: list[int] = []

    for _ in range(11):
        async with house.http() as http:
            guesser = Person(http, "Mallory", person.email)
            page = await guesser.open(agent)
            for _ in range(5):
                page = await guesser.sign_in(page, stage_code="000000")
                statuses.append(page.status_code)

    assert statuses == [400] * 50 + [429] * 5
    honest = await person.come_to_consent(agent)
    assert honest.status_code == 200


@requirement("C11")
async def test_on_the_public_address_everyone_needs_the_stage_code(
    house: House, agent: Agent
) -> None:
    async with house.http(PUBLIC_ORIGIN) as http:
        person = Person(http)
        page = await person.open(agent)
        assert "stage_code" in page_of(page).fields

        refused = await person.sign_in(page)
        allowed = await person.sign_in(refused, stage_code=f"{STAGE_CODE[:3]} {STAGE_CODE[3:]}")

    assert refused.status_code == 400
    assert is_signed_in(person, page_of(allowed).text)


@requirement("C11")
async def test_an_admin_needs_the_stage_code_even_in_the_first_browser(
    house: House, agent: Agent, person: Person
) -> None:
    refused = await person.sign_in(await person.open(agent), email="Boss@example.com")
    allowed = await person.sign_in(refused, email="boss@example.com", stage_code=STAGE_CODE)

    assert refused.status_code == 400
    assert is_signed_in(person, page_of(allowed).text)
    (entry,) = await house.entries(AuditKind.HUMAN_SIGNED_IN)
    assert entry.facts == {"is_new": True, "with_stage_code": True}
    assert house.rows("select email, is_admin from human") == [("boss@example.com", 1)]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "a" * 81}, "name"),
        ({"name": "Ada\x1b[31m"}, "name"),
        ({"email": ""}, "email"),
        ({"email": "ada"}, "email"),
        ({"email": "ada@"}, "email"),
        ({"email": "a@b@c"}, "email"),
        ({"email": "<ada@example.com>"}, "email"),
        ({"email": "ada@example.com\x00"}, "email"),
        ({"email": "a" * 250 + "@example.com"}, "email"),
    ],
)
async def test_what_cannot_be_used_is_named_and_what_was_typed_is_kept(
    house: House, agent: Agent, person: Person, typed: dict[str, str], field: str
) -> None:
    page = await person.sign_in(await person.open(agent), **typed)

    assert page.status_code == 400
    assert f'id="{field}-flaw"' in page.text
    assert page.text.count('role="alert"') == 1
    kept = {"name": person.name, "email": person.email} | typed
    other = "email" if field == "name" else "name"
    assert page_of(page).fields[other] == kept[other]
    assert house.rows("select * from human") == []


@pytest.mark.parametrize("name", [b"%FF", b"\xff"])
async def test_a_name_that_is_not_utf_8_is_asked_for_again(
    agent: Agent, person: Person, name: bytes
) -> None:
    page = page_of(await person.open(agent))
    rest = {key: value for key, value in page.fields.items() if key != "name"}
    form = urlencode(rest | {"email": person.email}).encode() + b"&name=" + name

    again = await person.http.post(
        "/sign-in", content=form, headers={"content-type": "application/x-www-form-urlencoded"}
    )

    assert again.status_code == 400
    assert 'id="name-flaw"' in again.text
    assert page_of(again).fields["email"] == person.email


async def test_someone_else_may_sign_in_at_the_same_browser(agent: Agent, person: Person) -> None:
    page = await person.come_to_consent(agent)

    page = await person.change_person(page)
    assert "Signed in here as" in page.text
    page = await person.sign_in(page, name="Charles Babbage", email="charles@example.com")

    assert "Charles Babbage" in page_of(page).text
    assert person.name not in page_of(page).text


async def test_a_human_who_comes_back_is_the_same_human(
    house: House, agent: Agent, person: Person
) -> None:
    page = await person.come_to_consent(agent)
    page = await person.change_person(page)

    await person.sign_in(page, name="Countess Lovelace")

    assert house.rows("select name from human") == [("Countess Lovelace",)]


@requirement("C3")
async def test_a_double_click_at_sign_in_is_told_where_to_go_on(
    house: House, agent: Agent, person: Person
) -> None:
    form = page_of(await person.open(agent)).fields | {"name": person.name, "email": person.email}
    old_cookies = dict(person.http.cookies)

    first = await person.http.post("/sign-in", data=form)
    async with house.http() as same_browser:
        same_browser.cookies.update(old_cookies)
        second = await same_browser.post("/sign-in", data=form)

    assert (first.status_code, second.status_code) == (303, 403)
    assert "already answered in this browser, or it belongs to another" in page_of(second).text
    assert "go back to your agent and connect again" in page_of(second).text
    assert f'<a href="/consent?request={form["request"]}">Look again</a>' in second.text
    next_page = await person.http.get(f"/consent?request={form['request']}")
    assert is_signed_in(person, page_of(next_page).text)
    assert len(await house.entries(AuditKind.HUMAN_SIGNED_IN)) == 1


async def test_an_agent_that_expired_meanwhile_is_not_blamed_on_the_browser(
    house: House, agent: Agent, person: Person, clock: Clock
) -> None:
    clock.advance(seconds=house.policy.unused_client_seconds)
    page = await person.open(agent)
    clock.advance(seconds=1)

    refused = await person.sign_in(page)

    assert refused.status_code == 400
    assert "This agent is not registered here" in page_of(refused).text


@requirement("C1")
async def test_nobody_is_signed_in_by_a_forged_form(
    house: House, agent: Agent, person: Person, stranger: Person
) -> None:
    own = page_of(await person.open(agent)).fields
    foreign = page_of(await stranger.open(agent)).fields
    typed = {"name": "Mallory", "email": "mallory@example.com"}

    for fields in (own | {"proof": foreign["proof"]}, foreign, own | {"proof": ""}):
        assert (await person.http.post("/sign-in", data=fields | typed)).status_code == 403

    assert house.rows("select * from human") == []


async def test_a_stranger_is_forgotten_after_a_day_and_a_human_is_not(
    house: House, agent: Agent, person: Person, stranger: Person, clock: Clock
) -> None:
    await person.come_to_consent(agent)
    await stranger.open(agent)
    assert house.rows("select count(*) from browser") == [(2,)]

    clock.advance(seconds=24 * 3600 + 601)
    async with house.http() as http:
        await Person(http).open(await registered(http))

    assert house.rows("select count(*) from browser where human_id is not null") == [(1,)]
    assert house.rows("select count(*) from browser") == [(2,)]
    assert house.rows("select count(*) from authorization_request") == [(1,)]


async def test_a_form_beyond_every_honest_size_is_refused(person: Person) -> None:
    response = await person.http.post("/sign-in", data={"name": "a" * 20_000})

    assert response.status_code == 413


@requirement("U6")
async def test_the_page_says_when_the_hall_may_see_the_e_mail(agent: Agent, person: Person) -> None:
    page = page_of(await person.open(agent))

    assert REVEAL_MS == 10_000
    assert (
        "masked on the screen in the hall; the presenter can show it for ten seconds" in page.text
    )
    assert "and that is recorded" in page.text
