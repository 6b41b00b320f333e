"""Attacks on tokens: rows T."""

import base64
import json
import secrets

from tests.attacks.attack import Skipped, Turn, attack, hold
from tests.attacks.deputies import (
    Deputy,
    bearing,
    call,
    call_body,
    deputized,
    deputy_of,
    modern,
)
from tests.attacks.people import SCOPES, Person, any_agent, is_json_refusal, register, registered
from tests.attacks.site import Site
from tests.attacks.wire import Answer

_CUT_SECONDS = 1.0
_PLACES = frozenset({"shop.sqlite3", "shop.sqlite3-wal", "server.log"})


@attack("T1")
def no_credentials(site: Site) -> str:
    for method in ("GET", "POST", "DELETE"):
        answer = site.wire.ask(method, "/mcp")
        challenge = answer.header("WWW-Authenticate")
        where = f'resource_metadata="{site.origin}/.well-known/oauth-protected-resource/mcp"'
        hold(answer.status == 401 and challenge.startswith("Bearer "), f"{method}: {answer}")
        hold(where in challenge and f'scope="{SCOPES}"' in challenge, challenge)
        hold("error=" not in challenge, challenge)
    return "401 with resource_metadata and scope, without error"


@attack("T2")
def bad_and_revoked_tokens(site: Site) -> str:
    deputy = deputized(site)
    deputy.agent.revoke(deputy.access_token)
    tokens = (deputy.access_token, secrets.token_urlsafe(32), "x", "x" * 600, "a b", "")
    answers = [site.wire.post_json("/mcp", {}, bearing(token)) for token in tokens]
    first = answers[0]
    hold('error="invalid_token"' in first.header("WWW-Authenticate"), first)
    for answer in answers:
        same = (answer.status, _stable(answer), answer.body) == (401, _stable(first), first.body)
        hold(same, f"{answer}: {answer.headers} {answer.text}")
    return f"{len(answers)} causes, the same bytes"


def _stable(answer: Answer) -> list[tuple[str, str]]:
    return [pair for pair in answer.headers if pair[0].lower() != "date"]


@attack("T3")
def token_in_query_or_body(site: Site) -> str:
    deputy = deputized(site)
    tool = "listMcpShopInventory"
    body = json.dumps(call_body(tool)).encode()
    query = f"/mcp?access_token={deputy.access_token}"
    in_query = site.wire.ask("POST", query, modern("tools/call", tool), body)
    in_body = site.wire.post("/mcp", {"access_token": deputy.access_token})
    for answer in (in_query, in_body):
        hold(answer.status == 401, answer)
        hold("error=" not in answer.header("WWW-Authenticate"), "an error, not an invitation")
    return "ignored: 401"


@attack("T4")
def secrets_of_another_kind_as_access_token(site: Site) -> str:
    deputy = deputized(site)
    secret = register(site, token_endpoint_auth_method="client_secret_post").json["client_secret"]
    others = (
        deputy.refresh_token,
        str(deputy.agent.registration["registration_access_token"]),
        str(secret),
        deputy.agent.client_id,
        deputy.person.approve(deputy.agent),
    )
    for token in others:
        answer = call(site, token, "listMcpShopInventory")
        hold(answer.status == 401, answer)
    return f"{len(others)} kinds of secrets: 401"


@attack("T5")
def call_beyond_the_scope(site: Site) -> str:
    deputy = deputized(site, scope="shop:browse")
    for tool, needed in (("buyMcpShopItem", "shop:order"), ("listMcpShopOrders", "orders:read")):
        answer = deputy.call(tool)
        challenge = answer.header("WWW-Authenticate")
        hold(answer.status == 403, f"{tool}: {answer}")
        hold('error="insufficient_scope"' in challenge, challenge)
        scope = challenge.partition('scope="')[2].partition('"')[0].split()
        hold({needed, "shop:browse"} <= set(scope), challenge)
        hold("resource_metadata=" in challenge, challenge)
    hold(deputy.call("listMcpShopInventory").status == 200, "what is granted")
    return "403 insufficient_scope with every scope needed"


@attack("T6")
def refresh_token_twice_after_its_successor(site: Site) -> str:
    deputy = deputized(site)
    next_ = _refreshed(deputy)
    hold(next_.refresh_token != deputy.refresh_token, "not rotated")
    hold(next_.access_token != deputy.access_token and next_.is_known(), "no new access token")
    return "rotated"


@attack("T7")
def old_refresh_token_after_its_successor_was_used(site: Site) -> str:
    first = deputized(site)
    second = _refreshed(first)
    third = _refreshed(second)
    stream = third.stream(third.session())
    answer = first.agent.refresh(first.refresh_token)
    hold(is_json_refusal(answer, "invalid_grant"), answer)
    seconds = stream.seconds_to_end()
    hold(seconds < _CUT_SECONDS, f"the stream went on for {seconds:.2f} s")
    hold(not any(each.is_known() for each in (first, second, third)), "a token still works")
    dead = first.agent.refresh(third.refresh_token)
    hold(is_json_refusal(dead, "invalid_grant"), f"the newest refresh token: {dead}")
    return f"family dead, stream cut in {seconds * 1000:.0f} ms"


@attack("T7")
def old_refresh_token_after_its_successor_spoke(site: Site) -> str:
    first = deputized(site)
    second = _refreshed(first)
    hold(second.is_known(), "the successor does not work")
    answer = first.agent.refresh(first.refresh_token)
    lost = answer.status == 200 and answer.json.get("access_token") == second.access_token
    hold(lost or is_json_refusal(answer, "invalid_grant"), answer)
    return "no second branch"


@attack("T8")
def refresh_again_after_a_lost_answer(site: Site) -> str:
    first = deputized(site)
    answers = [first.agent.refresh(first.refresh_token) for _ in range(3)]
    hold(all(answer.status == 200 for answer in answers), [str(answer) for answer in answers])
    branches = {(str(a.json["access_token"]), str(a.json["refresh_token"])) for a in answers}
    hold(len(branches) == 1, f"{len(branches)} branches")
    return "3 times the same successors"


@attack("T9")
def crash_after_a_refresh(site: Site) -> str:
    raise Skipped("kills the server: tests/live and tests/authorization_server prove it")


@attack("T10")
def revoke_what_belongs_to_another(site: Site) -> str:
    mine = deputized(site)
    theirs = deputy_of(Person(site), registered(site))
    for token in (theirs.access_token, theirs.refresh_token, "x"):
        answer = mine.agent.revoke(token)
        hold(answer.status == 200, answer)
    hold(theirs.is_known(), "another's token is revoked")
    hinted = mine.agent.revoke(mine.access_token, token_type_hint="refresh_token")
    hold(hinted.status == 200 and not mine.is_known(), f"wrong hint: {hinted}")
    again = theirs.agent.revoke(theirs.refresh_token, token_type_hint="nonsense")
    hold(again.status == 200 and not theirs.is_known(), f"by the refresh token: {again}")
    stranger = theirs.agent.revoke("x", client_id="f" * 32)
    hold(is_json_refusal(stranger, "invalid_client", 401), f"unknown client: {stranger}")
    return "200 without effect; own tokens end the grant, wrong hint or not"


@attack("T11")
def widen_by_refresh(site: Site) -> str:
    deputy = deputized(site, scope="shop:browse")
    wide = deputy.agent.refresh(deputy.refresh_token, scope="shop:browse shop:order")
    hold(is_json_refusal(wide, "invalid_scope"), f"scope: {wide}")
    away = deputy.agent.refresh(deputy.refresh_token, resource="https://other.example/mcp")
    hold(is_json_refusal(away, "invalid_target"), f"resource: {away}")
    other = registered(site).refresh(deputy.refresh_token)
    hold(is_json_refusal(other, "invalid_grant"), f"another client: {other}")
    same = deputy.agent.refresh(deputy.refresh_token)
    hold(same.json.get("scope") == "shop:browse", same.json.get("scope"))
    return "invalid_scope, invalid_target; the same scope as before"


@attack("T12", Turn.AFTERWARDS)
def read_a_copied_database(site: Site) -> str:
    if site.folder is None:
        raise Skipped("not our server: its files are out of reach")
    found = {path.name: path.read_bytes() for path in site.folder.rglob("*") if path.is_file()}
    hold(bool(_PLACES & found.keys()), f"files: {sorted(found)}")
    long = [secret for secret in site.secrets if len(secret) >= 20]
    leaks = [name for name, content in found.items() if any(s.encode() in content for s in long)]
    hold(not leaks, f"a secret is in {leaks}")
    return f"{len(long)} secrets, none in {len(found)} files"


@attack("T13")
def tokens_that_sign_themselves(site: Site) -> str:
    headers: tuple[dict[str, object], ...] = (
        {"alg": "none"},
        {"alg": "HS256", "jku": "https://evil.example/keys"},
        {"alg": "ES256", "jwk": {"kty": "EC"}, "crit": ["x"]},
    )
    for header in headers:
        answer = call(site, _jws(header), "listMcpShopInventory")
        hold(answer.status == 401, f"{header}: {answer}")
    bomb = call(site, f"{_jws({'alg': 'none'})}{'A' * 20_000}", "listMcpShopInventory")
    hold(bomb.status in {400, 401, 431}, f"20 kB: {bomb}")
    return f"{len(headers)} forged JWS and a long one: 401"


def _jws(header: dict[str, object]) -> str:
    claims = {"sub": "admin", "scope": SCOPES, "exp": 9_999_999_999}
    parts = (json.dumps(part).encode() for part in (header, claims))
    encoded = [base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, ""])


@attack("T14")
def identity_assertion_grant(site: Site) -> str:
    agent = any_agent(site)
    for grant_type in (
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "client_credentials",
        "password",
    ):
        answer = agent.token(
            {"grant_type": grant_type, "client_id": agent.client_id, "assertion": "a.b.c"}
        )
        hold(is_json_refusal(answer, "unsupported_grant_type"), f"{grant_type}: {answer}")
    return "4 times unsupported_grant_type"


def _refreshed(deputy: Deputy) -> Deputy:
    answer = deputy.agent.refresh(deputy.refresh_token)
    hold(answer.status == 200, f"refresh: {answer}")
    return Deputy(deputy.person, deputy.agent, answer.json)
