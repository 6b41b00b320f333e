"""Attacks on the pages where a human decides: rows C."""

import re
import time

from tests.attacks.attack import Skipped, Turn, at_once, attack, hold
from tests.attacks.deputies import Deputy, deputized, deputy_of
from tests.attacks.people import (
    CALLBACK,
    READING_SECONDS,
    Browser,
    Page,
    Person,
    answer_of,
    any_agent,
    is_redirect_error,
    registered,
)
from tests.attacks.site import Site

_WRONG_CODES = 5
_HOSTILE = "<script>alert(1)</script>\"'><img src=x>{{7*7}}"


@attack("C1")
def forge_a_consent(site: Site) -> str:
    victim, agent = Person(site), any_agent(site)
    page = victim.come_to_consent(agent)
    form = page.fields | {"decision": "approve"}
    other = Person(site)
    others_page = other.come_to_consent(agent)
    time.sleep(READING_SECONDS)
    forged = {
        "without a cookie": site.wire.post("/consent", form),
        "from another browser": other.browser.post("/consent", form),
        "with another's proof": victim.browser.post(
            "/consent", form | {"proof": others_page.fields["proof"]}
        ),
        "without a proof": victim.browser.post("/consent", form | {"proof": ""}),
        "with an older page's time": victim.browser.post("/consent", form | {"made_at": "1"}),
        "from another site": victim.browser.post(
            "/consent", form, [("Origin", "https://evil.example")]
        ),
        "from another site, as its browser says": victim.browser.post(
            "/consent", form, [("Sec-Fetch-Site", "cross-site")]
        ),
    }
    for way, answer in forged.items():
        hold(answer.status == 403, f"{way}: {answer} {answer.header('Location')}")
    hold("code" in answer_of(victim.answer(page)), "the victim's own answer was spoiled")
    return f"{len(forged)} forgeries: 403; the victim's own form still counts"


@attack("C2")
def frame_a_page(site: Site) -> str:
    person, agent = Person(site), any_agent(site)
    page = person.come_to_consent(agent)
    sign_in = Person(site).open(agent)
    for each in (page.answer, sign_in.answer, site.wire.get("/authorize"), site.wire.get("/")):
        policy = each.header("Content-Security-Policy")
        hold("default-src 'none'" in policy, policy)
        hold("frame-ancestors 'none'" in policy and "base-uri 'none'" in policy, policy)
        hold(each.header("X-Frame-Options") == "DENY", each.header("X-Frame-Options"))
        hold("<script" not in each.text, "a script")
    policy = page.answer.header("Content-Security-Policy")
    hold("form-action 'self' http://localhost:5000" in policy, policy)
    fast = person.browser.post("/consent", page.fields | {"decision": "approve"})
    hold(fast.status == 200 and Page(fast).is_consent, f"too fast: {fast}")
    return "4 pages refuse frames; an Approve within 700 ms shows the page again"


@attack("C3")
def fix_or_steal_a_cookie(site: Site) -> str:
    person, agent = Person(site), any_agent(site)
    first = person.open(agent)
    flags = _cookie_flags(agent.authorize().header("Set-Cookie"))
    wanted = {"httponly", "samesite=lax", "path=/"}
    wanted |= set() if site.is_loopback else {"secure"}
    hold(wanted <= flags, flags)
    before = dict(person.browser.cookies)
    page = person.sign_in(first)
    signed_in = dict(person.browser.cookies)
    hold(signed_in != before, "the same cookie after sign-in")
    fixed = Browser(site, before).get(f"/consent?request={page.fields['request']}")
    hold(fixed.status == 403, f"the cookie from before the sign-in: {fixed}")
    hold(person.answer(page).status == 303, "no consent")
    hold(person.browser.cookies != signed_in, "the same cookie after approval")
    again = Person(site)
    again.browser.cookies = signed_in
    hold(again.open(agent).is_sign_in, "the cookie from before the approval is signed in")
    return "HttpOnly, SameSite=Lax; new at sign-in and approval, the old ones dead"


def _cookie_flags(cookie: str) -> set[str]:
    return {part.strip().lower() for part in cookie.split(";")[1:]}


@attack("C4")
def silent_second_consent(site: Site) -> str:
    first = deputized(site)
    page = first.person.open(first.agent)
    hold(page.is_consent, f"no page the second time: {page.answer}")
    second = Deputy(first.person, first.agent, first.agent.redeem(_code(first.person, page)).json)
    hold(second.agent.revoke(second.access_token).status == 200, "no revocation")
    hold(not second.is_known() and first.is_known(), "the two grants are one")
    return "shown each time; two approvals, two grants"


def _code(person: Person, page: Page) -> str:
    return answer_of(person.answer(page)).get("code", "")


@attack("C5")
def change_what_was_shown(site: Site) -> str:
    person, agent = Person(site), any_agent(site)
    page = person.come_to_consent(agent, scope="shop:browse")
    answer = person.answer(
        page,
        scope="shop:browse shop:order",
        redirect_uri="https://evil.example/",
        client_id=registered(site).client_id,
    )
    hold(answer.status == 303, answer)
    hold(answer.header("Location").startswith(CALLBACK), answer.header("Location"))
    tokens = agent.redeem(answer_of(answer)["code"])
    hold(tokens.json.get("scope") == "shop:browse", tokens.json.get("scope"))
    return "303 to the registered URI, with the scope that was shown"


@attack("C6")
def html_in_names_and_errors(site: Site) -> str:
    person = Person(site, name=_HOSTILE)
    agent = registered(site, client_name=_HOSTILE)
    pages = (
        person.come_to_consent(agent).answer,
        agent.authorize(redirect_uri=f"https://{_HOSTILE}/"),
        agent.authorize(client_id=_HOSTILE),
        site.wire.post("/sign-in", {"name": _HOSTILE, "email": _HOSTILE}),
    )
    for page in pages:
        hold("<script>alert" not in page.text and "<img" not in page.text, page)
        hold("49" not in re.findall(r"&gt;(\d+)", page.text), "a template was filled in")
    return f"{len(pages)} pages, all escaped"


@attack("C7")
def look_like_another_agent(site: Site) -> str:
    person = Person(site)
    names = ("Cl\u0430ude", "Claude\u202eedualC", "Claude\u200b")
    for name in names:
        words = person.come_to_consent(registered(site, client_name=name)).words
        hold("Careful" in words, f"{name!a} is not marked: {words[:300]}")
    page = person.come_to_consent(any_agent(site))
    hold("Anyone can claim this name" in page.words, page.words[:300])
    hold("to a program on this computer" in page.words, page.words[:300])
    away = person.come_to_consent(registered(site, "https://xn--clude-7ve.example/cb"))
    hold("xn--clude-7ve.example" in away.words, away.words[:300])
    return f"{len(names)} look-alikes marked; host shown, as punycode"


@attack("C8")
def deny(site: Site) -> str:
    person, agent = Person(site), any_agent(site)
    answer = person.answer(person.come_to_consent(agent), "deny")
    hold(is_redirect_error(agent, answer, "access_denied"), answer)
    return "access_denied"


@attack("C9")
def approve_while_banned(site: Site) -> str:
    deputy = deputized(site)
    if "banned" not in deputy.call("setDemoMode", {"mode": "banned"}).text:
        raise Skipped("no demo tools: nobody can be banned from outside")
    page = deputy.person.come_to_consent(any_agent(site))
    answer = deputy.person.answer(page)
    hold(answer.status == 403 and "ABSOLUTELY NOT. GO AWAY" in answer.text, answer)
    hold("error=access_denied" in answer.text, "no way back to the agent")
    hold("code=" not in answer.text, "a code")
    return "403, with a link that tells the agent no"


@attack("C10")
def answer_twice(site: Site) -> str:
    person, agent = Person(site), any_agent(site)
    page = person.come_to_consent(agent)
    hold("code" in answer_of(person.answer(page)), "no code")
    again = person.answer(page)
    hold(again.status == 400 and "already answered" in again.text, again)
    return "one code; the second POST: 400"


@attack("C10")
def answer_twice_at_once(site: Site) -> str:
    person, agent = Person(site), any_agent(site)
    page = person.come_to_consent(agent)
    answers = at_once(4, lambda: person.answer(page))
    codes = [answer for answer in answers if "code" in answer_of(answer)]
    hold(len(codes) == 1, [str(answer) for answer in answers])
    return "4 clicks, one code"


@attack("C11", Turn.FLOOD)
def take_someone_elses_email(site: Site) -> str:
    owner, agent = deputized(site).person, any_agent(site)
    thief = Person(site, email=owner.email.upper())
    thief.browser.waits = False
    page = thief.sign_in(thief.open(agent))
    hold(page.is_sign_in and "stage_code" in page.fields, f"no code wanted: {page.answer}")
    answers = [page.answer]
    for _ in range(_WRONG_CODES + 1):
        page = thief.sign_in(page, stage_code="not it")
        answers.append(page.answer)
    last = answers[-1]
    hold(last.status == 429 and last.header("Retry-After").isdigit(), last)
    hold(not any(Page(answer).is_consent for answer in answers), "signed in as someone else")
    return f"the code is wanted; after {_WRONG_CODES} wrong ones 429"


@attack("C11", Turn.FLOOD)
def guess_the_stage_code_from_many_browsers(site: Site) -> str:
    if not site.may_flood:
        raise Skipped("uses up what this address may do: --flood")
    owner, agent = deputized(site).person, any_agent(site)
    statuses: list[int] = []
    while len(statuses) < 15 * _WRONG_CODES and statuses[-1:] != [429]:
        thief = Person(site, email=owner.email)
        thief.browser.waits = False
        page = thief.sign_in(thief.open(agent))
        for _ in range(_WRONG_CODES):
            page = thief.sign_in(page, stage_code="not it")
            statuses.append(page.answer.status)
    hold(statuses[-1] == 429, f"{len(statuses)} guesses")
    hold(deputy_of(Person(site), agent).is_known(), "others cannot sign in any more")
    return f"429 after {len(statuses) - 1} guesses in one address; others sign in"
