"""Attacks on the authorization request and the code: rows A."""

import time
from urllib.parse import urlencode

from tests.attacks.attack import Skipped, at_once, attack, hold
from tests.attacks.deputies import Deputy
from tests.attacks.people import (
    CALLBACK,
    Page,
    Person,
    answer_of,
    any_agent,
    is_json_refusal,
    is_local_refusal,
    is_redirect_error,
    register,
    registered,
)
from tests.attacks.site import Site
from tests.attacks.wire import Answer

_RIVALS = 8
_CODE_SECONDS = 60
_CUT_SECONDS = 1.0
"""Above the 250 ms of the row: the network's share is unknown."""
_METADATA = "/.well-known/oauth-authorization-server"


@attack("A1")
def no_or_malformed_challenge(site: Site) -> str:
    agent = any_agent(site)
    for challenge in (None, "", "A", "A" * 42, "A" * 44, "A" * 42 + "+", "A" * 42 + "=", "é" * 43):
        answer = agent.authorize(code_challenge=challenge)
        hold(is_redirect_error(agent, answer, "invalid_request"), f"{challenge!r}: {answer}")
        hold(not answer.all("Set-Cookie"), "a browser was stored")
    return "8 times invalid_request"


@attack("A2")
def challenge_method_plain_or_absent(site: Site) -> str:
    agent = any_agent(site)
    for method in (None, "", "plain", "s256"):
        answer = agent.authorize(code_challenge_method=method)
        hold(is_redirect_error(agent, answer, "invalid_request"), f"{method!r}: {answer}")
    methods = site.wire.get(_METADATA).json["code_challenge_methods_supported"]
    hold(methods == ["S256"], methods)
    return "4 times invalid_request; S256 only"


@attack("A3")
def unknown_challenge_method(site: Site) -> str:
    agent = any_agent(site)
    answer = agent.authorize(code_challenge_method="S512")
    hold(is_redirect_error(agent, answer, "invalid_request"), answer)
    return "invalid_request"


@attack("A4")
def guess_the_verifier(site: Site) -> str:
    person, agent = Person(site), any_agent(site)
    code = person.approve(agent)
    for _ in range(2):
        _expect(agent.redeem(code, code_verifier="w" * 43), "invalid_grant")
    good = agent.redeem(code)
    hold(good.status == 200, f"the right verifier after two wrong ones: {good}")
    dead = person.approve(agent)
    for verifier in ("w" * 43, "w" * 128, "short"):
        _expect(agent.redeem(dead, code_verifier=verifier), "invalid_grant")
    _expect(agent.redeem(dead), "invalid_grant")
    return "2 wrong, then right: 200; 3 wrong: dead"


@attack("A5")
def replay_a_code(site: Site) -> str:
    person, agent = Person(site), any_agent(site)
    code = person.approve(agent)
    thief_or_owner = Deputy(person, agent, agent.redeem(code).json)
    stream = thief_or_owner.stream(thief_or_owner.session())
    _expect(agent.redeem(code), "invalid_grant")
    seconds = stream.seconds_to_end()
    hold(seconds < _CUT_SECONDS, f"the stream went on for {seconds:.2f} s")
    hold(not thief_or_owner.is_known(), "the access token still works")
    _expect(agent.refresh(thief_or_owner.refresh_token), "invalid_grant")
    return f"tokens dead, stream cut in {seconds * 1000:.0f} ms"


@attack("A6")
def present_a_code_of_another_client(site: Site) -> str:
    person, agent, thief = Person(site), any_agent(site), registered(site)
    code = person.approve(agent)
    _expect(thief.redeem(code, code_verifier=agent.verifier), "invalid_grant")
    answer = agent.redeem(code)
    hold(answer.status == 200, f"the owner: {answer}")
    _expect(thief.redeem(code, code_verifier=agent.verifier), "invalid_grant")
    hold(Deputy(person, agent, answer.json).is_known(), "the thief ended the owner's grant")
    return "invalid_grant before and after; the owner's tokens work"


@attack("A7")
def redeem_a_code_in_parallel(site: Site) -> str:
    person, agent = Person(site), any_agent(site)
    code = person.approve(agent)
    answers = at_once(_RIVALS, lambda: agent.redeem(code))
    won = [answer for answer in answers if answer.status == 200]
    hold(len(won) == 1, f"{len(won)} of {_RIVALS} won")
    hold(not Deputy(person, agent, won[0].json).is_known(), "the winner's token still works")
    return f"1 of {_RIVALS} won, and its grant ended as replayed"


@attack("A8")
def redeem_an_old_code(site: Site) -> str:
    if not site.is_patient:
        raise Skipped("takes a minute: --patient")
    agent = any_agent(site)
    code = Person(site).approve(agent)
    time.sleep(_CODE_SECONDS + 2)
    _expect(agent.redeem(code), "invalid_grant")
    return "invalid_grant after 62 s"


@attack("A9")
def send_the_answer_elsewhere(site: Site) -> str:
    agent = registered(site, "https://agent.example/cb")
    others = (
        "https://agent.example/cb/",
        "https://agent.example/cb/../x",
        "https://agent.example/CB",
        "https://AGENT.example/cb",
        "https://agent.example./cb",
        "https://agent.example@evil.example/cb",
        "https://agent.example\\@evil.example/cb",
        "https://agent.example/%63b",
        "https://agent.example/%2e/cb",
        "https://agent.example:8443/cb",
        "https://agent.example/cb?x",
        "https://agent.example/cb#x",
        " https://agent.example/cb",
        "https://evil.example/cb",
        "javascript:alert(1)",
    )
    for uri in others:
        answer = agent.authorize(redirect_uri=uri)
        hold(is_local_refusal(answer), f"{uri}: {answer} {answer.header('Location')}")
    hold("evil.example" in agent.authorize(redirect_uri=others[-2]).text, "the host is not named")
    unknown = agent.authorize(client_id="f" * 32)
    hold(is_local_refusal(unknown), f"unknown client: {unknown}")
    return f"{len(others) + 1} local pages, none leads away"


@attack("A10")
def redeem_with_another_redirect_uri(site: Site) -> str:
    agent = any_agent(site)
    code = Person(site).approve(agent)
    _expect(agent.redeem(code, redirect_uri="http://localhost:5000/other"), "invalid_grant")
    _expect(agent.redeem(code, redirect_uri=None), "invalid_grant")
    answer = agent.redeem(code)
    hold(answer.status == 200, f"the right one afterwards: {answer}")
    return "invalid_grant, and the code stayed whole"


@attack("A11")
def loopback_on_another_port(site: Site) -> str:
    agent = registered(site, "http://127.0.0.1:1234/cb?a=b")
    for uri in ("http://127.0.0.1:9/cb?a=b", "http://127.0.0.1/cb?a=b"):
        passed = agent.authorize(redirect_uri=uri)
        hold(passed.header("Location").startswith("/"), f"{uri}: {passed}")
    others = (
        "http://localhost:1234/cb?a=b",
        "http://127.0.0.1:1234/cb",
        "http://127.0.0.1:1234/cb/?a=b",
        "https://127.0.0.1:1234/cb?a=b",
        "http://127.0.0.1:99999/cb?a=b",
        "http://127.0.0.1:1@evil.example/cb?a=b",
        "http://127.0.0.2:1234/cb?a=b",
    )
    for uri in others:
        answer = agent.authorize(redirect_uri=uri)
        hold(is_local_refusal(answer), f"{uri}: {answer}")
    return f"other ports pass; {len(others)} other changes are local pages"


_UNCLEAN = (
    "https://user@agent.example/cb",
    "https://user:pass@agent.example/cb",
    "https://agent.example\\@evil.example/cb",
    "https://agent.example/cb#f",
    "https://agent.example/cb#",
    "https://*.agent.example/cb",
    " https://agent.example/cb",
    "https://agent.example/\x00cb",
    "https://agent.example/c\nb",
    "https:///cb",
    "/cb",
    "",
)
_UNSAFE = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "vbscript:x",
    "blob:https://agent.example/x",
    "http://agent.example/cb",
    "http://localhost.evil.example/cb",
    "http://127.0.0.1.evil.example/cb",
    "http://0.0.0.0/cb",
)


@attack("A12")
def register_an_unclean_redirect_uri(site: Site) -> str:
    return _none_registers(site, _UNCLEAN)


@attack("A13")
def register_an_unsafe_redirect_uri(site: Site) -> str:
    for uri in ("cursor://agent/cb", "com.example.app:/cb"):
        page = Person(site).come_to_consent(registered(site, uri))
        hold("whichever program" in page.words, f"{uri}: no warning: {page.words[:300]}")
    return _none_registers(site, _UNSAFE) + "; app schemes pass with a warning"


def _none_registers(site: Site, uris: tuple[str, ...]) -> str:
    for uri in uris:
        answer = register(site, redirect_uris=[uri])
        hold(is_json_refusal(answer, "invalid_redirect_uri"), f"{uri!r}: {answer}")
    mixed = register(site, redirect_uris=[CALLBACK, uris[0]])
    hold(is_json_refusal(mixed, "invalid_redirect_uri"), f"behind a good one: {mixed}")
    return f"{len(uris)} times invalid_redirect_uri"


@attack("A14")
def wrong_or_repeated_parameters(site: Site) -> str:
    agent = any_agent(site)
    wrong = agent.authorize(response_type="token")
    hold(is_redirect_error(agent, wrong, "unsupported_response_type"), wrong)
    for name in ("scope", "code_challenge", "resource", "response_type"):
        twice = agent.authorize((name, agent.request()[name]))
        hold(is_redirect_error(agent, twice, "invalid_request"), f"{name} twice: {twice}")
    for name in ("client_id", "redirect_uri"):
        twice = agent.authorize((name, agent.request()[name]))
        hold(is_local_refusal(twice), f"{name} twice: {twice}")
    for name in ("grant_type", "client_id", "code"):
        _expect(agent.redeem("x", (name, "authorization_code")), "invalid_request")
    return "repeated at /authorize and /token: refused"


@attack("A15")
def ask_for_another_resource(site: Site) -> str:
    agent = any_agent(site)
    others = ("https://other.example/mcp", "/mcp", f"{site.resource}#f", f"{site.origin}/other")
    for resource in others:
        answer = agent.authorize(resource=resource)
        hold(is_redirect_error(agent, answer, "invalid_target"), f"{resource}: {answer}")
    code = Person(site).approve(agent, resource=f"{site.resource.upper()[:4]}{site.resource[4:]}/")
    _expect(agent.redeem(code, resource=others[0]), "invalid_target")
    first = agent.redeem(code, resource=f"{site.resource}/")
    hold(first.status == 200, f"the code after invalid_target: {first}")
    refresh_token = str(first.json["refresh_token"])
    _expect(agent.refresh(refresh_token, resource=others[0]), "invalid_target")
    hold(agent.refresh(refresh_token).status == 200, "invalid_target rotated the token")
    return "invalid_target everywhere, nothing consumed; case and slash do not matter"


@attack("A16")
def ask_for_an_unknown_scope(site: Site) -> str:
    agent, narrow = any_agent(site), registered(site, scope="shop:browse")
    for asker, scope in ((agent, "shop:admin"), (agent, "shop:browse x"), (narrow, "shop:order")):
        answer = asker.authorize(scope=scope)
        hold(is_redirect_error(asker, answer, "invalid_scope"), f"{scope}: {answer}")
    passed = agent.authorize(scope="shop:order offline_access")
    hold(passed.header("Location").startswith("/"), f"offline_access: {passed}")
    resource = site.wire.get("/.well-known/oauth-protected-resource/mcp").json
    hold("offline_access" not in str(resource), "offline_access is of no resource")
    return "3 times invalid_scope"


@attack("A17")
def mix_up_of_servers(site: Site) -> str:
    metadata = site.wire.get(_METADATA).json
    hold(metadata["authorization_response_iss_parameter_supported"] is True, metadata)
    person, agent = Person(site), any_agent(site)
    answers = (
        person.answer(person.come_to_consent(agent)),
        person.answer(person.come_to_consent(agent), "deny"),
        agent.authorize(scope="x"),
    )
    for answer in answers:
        hold(answer_of(answer).get("iss") == metadata["issuer"], answer.header("Location"))
    return f"{len(answers)} redirects, each with one iss"


@attack("A18")
def issuer_by_host_header(site: Site) -> str:
    hold(site.wire.get(_METADATA).json["issuer"] == site.origin, "not the own origin")
    misled = site.wire.get(
        _METADATA, [("X-Forwarded-Host", "evil.example"), ("Forwarded", "host=evil.example")]
    )
    hold(misled.json["issuer"] == site.origin, f"misled: {misled.json.get('issuer')}")
    foreign = site.wire.send(f"GET {_METADATA} HTTP/1.1\r\nHost: evil.example\r\n\r\n".encode())
    hold(foreign.status == 421, foreign)
    return "own issuer; another Host is 421"


@attack("A19")
def leak_by_referer_or_cache(site: Site) -> str:
    person, agent = Person(site), any_agent(site)
    page = person.come_to_consent(agent)
    answer = person.answer(page, "deny")
    for each in (page.answer, answer, agent.authorize(), agent.authorize(client_id="x")):
        _is_private(each)
    query = urlencode({"request": page.fields["request"]})
    _is_private(site.wire.get(f"/sign-in?{query}"))
    _is_private(Page(site.wire.get("/consent?request=x")).answer)
    return "6 pages and redirects: no-referrer, no-store"


def _is_private(answer: Answer) -> None:
    seen = answer.header("Referrer-Policy"), answer.header("Cache-Control")
    hold(seen == ("no-referrer", "no-store"), f"{answer}: {seen}")


def _expect(answer: Answer, error: str) -> None:
    hold(is_json_refusal(answer, error), f"{answer}, not {error}: {answer.text[:200]}")
