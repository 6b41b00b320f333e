"""Attacks on the registration of clients: rows D."""

import base64
import socket
from urllib.parse import quote_plus

from tests.attacks.attack import Skipped, Turn, attack, hold
from tests.attacks.deputies import bearing, deputized, deputy_of
from tests.attacks.people import (
    CALLBACK,
    Agent,
    Person,
    any_agent,
    is_json_refusal,
    is_local_refusal,
    register,
    registered,
)
from tests.attacks.site import Site
from tests.attacks.wire import JSON, Answer, Headers

_OAUTH_BYTES = 16 * 1024
_MOST_REGISTRATIONS = 200
_METHODS = ("none", "client_secret_post", "client_secret_basic")
_CIMD = "client_id_metadata_document_supported"
_METADATA = "/.well-known/oauth-authorization-server"


@attack("D1", Turn.FLOOD)
def flood_of_registrations(site: Site) -> str:
    if not site.may_flood:
        raise Skipped("uses up what this address may do: --flood")
    for number in range(_MOST_REGISTRATIONS):
        answer = site.wire.post_json("/register", {"redirect_uris": [CALLBACK]})
        if answer.status == 429:
            hold(answer.header("Retry-After").isdigit(), "no Retry-After")
            return f"429 after {number} more than the other attacks made"
    hold(False, f"{_MOST_REGISTRATIONS} registrations in a row")
    return ""


@attack("D2")
def huge_metadata(site: Site) -> str:
    big = site.wire.post_json("/register", {"redirect_uris": [CALLBACK], "x": "x" * _OAUTH_BYTES})
    hold(big.status == 413, f"17 KiB: {big}")
    many: dict[str, object] = {"redirect_uris": [f"{CALLBACK}{n}" for n in range(11)]}
    long: dict[str, object] = {"redirect_uris": [f"https://agent.example/{'x' * 491}"]}
    name: dict[str, object] = {"client_name": "x" * 65}
    for metadata, errors in (
        (many, ("invalid_client_metadata", "invalid_redirect_uri")),
        (long, ("invalid_client_metadata", "invalid_redirect_uri")),
        (name, ("invalid_client_metadata",)),
    ):
        answer = register(site, **metadata)
        hold(answer.status == 400 and answer.error in errors, f"{list(metadata)}: {answer}")
    return "17 KiB: 413; 11 URIs, 513 characters, a name of 65: 400"


@attack("D3")
def controls_in_a_name(site: Site) -> str:
    for name in ("\x1b[2J", "a\x00b", "a\nb", "a\x7fb", "a\x9bb", "\x1b]52;c;eA==\x07"):
        answer = register(site, client_name=name)
        hold(is_json_refusal(answer, "invalid_client_metadata"), f"{name!r}: {answer}")
    return "6 times invalid_client_metadata"


@attack("D4")
def confuse_the_client_authentication(site: Site) -> str:
    public = any_agent(site)
    post = registered(site, token_endpoint_auth_method="client_secret_post")
    basic = registered(site, token_endpoint_auth_method="client_secret_basic")
    methods = str(site.wire.get(_METADATA).json["token_endpoint_auth_methods_supported"])
    hold(all(f"'{method}'" in methods for method in _METHODS), methods)
    refused = {
        "unknown client": _asked(public, client_id="f" * 32),
        "public with a secret": _asked(public, client_secret="x"),
        "post without": _asked(post),
        "post, wrong": _asked(post, client_secret="x" * 43),
        "post, of another": _asked(post, client_secret=basic.secret),
        "post by Basic": _asked_basic(post, post.secret),
        "basic in the body": _asked(basic, client_secret=basic.secret),
        "basic, wrong": _asked_basic(basic, "x" * 43),
        "basic, garbage": _asked(basic, headers=[("Authorization", "Basic !!")]),
        "public by Basic": _asked_basic(public, ""),
    }
    for way, answer in refused.items():
        hold(is_json_refusal(answer, "invalid_client", 401), f"{way}: {answer}")
    challenge = refused["basic, wrong"].header("WWW-Authenticate")
    hold(challenge.startswith("Basic"), f"challenge: {challenge}")
    passed = (
        _asked(public),
        _asked(post, client_secret=post.secret),
        _asked_basic(basic, basic.secret),
    )
    for answer in passed:
        hold(is_json_refusal(answer, "invalid_grant"), f"the registered method: {answer}")
    return f"{len(refused)} times invalid_client; each registered method passes"


def _asked(agent: Agent, *, headers: Headers = (), **changes: str) -> Answer:
    form = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": agent.client_id}
    return agent.site.wire.post("/token", form | changes, headers)


def _asked_basic(agent: Agent, secret: str) -> Answer:
    """RFC 6749 section 2.3.1, without a client_id in the body."""
    both = f"{quote_plus(agent.client_id)}:{quote_plus(secret)}"
    basic = ("Authorization", f"Basic {base64.b64encode(both.encode()).decode()}")
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    return agent.site.wire.post("/token", form, [basic])


@attack("D5")
def manage_another_client(site: Site) -> str:
    mine, theirs = registered(site), deputized(site)
    path = f"/register/{theirs.agent.client_id}"
    for token in (_registration_token(mine), theirs.access_token, "x", ""):
        for method in ("GET", "PUT", "DELETE"):
            answer = site.wire.ask(method, path, [JSON, *bearing(token)], b"{}")
            hold(answer.status == 401, f"{method}: {answer}")
    hold(site.wire.ask("DELETE", path).status == 401, "without a token")
    hold(theirs.is_known(), "its tokens are dead")
    return "13 times 401; its tokens live on"


@attack("D5")
def use_what_a_removed_client_left(site: Site) -> str:
    deputy = deputy_of(Person(site), registered(site))
    path = f"/register/{deputy.agent.client_id}"
    removed = site.wire.ask("DELETE", path, bearing(_registration_token(deputy.agent)))
    hold(removed.status == 204, f"DELETE: {removed}")
    hold(not deputy.is_known(), "the access token still works")
    answer = deputy.agent.refresh(deputy.refresh_token)
    hold(is_json_refusal(answer, "invalid_client", 401), f"refresh: {answer}")
    hold(is_local_refusal(deputy.agent.authorize()), "it can still ask")
    return "204; then 401 for token, refresh and management"


def _registration_token(agent: Agent) -> str:
    return str(agent.registration["registration_access_token"])


_INSIDE = (
    "https://127.0.0.1/c",
    "https://localhost/c",
    "https://[::1]/c",
    "https://[::ffff:127.0.0.1]/c",
    "https://10.0.0.1/c",
    "https://169.254.169.254/latest/meta-data",
    "https://100.64.0.1/c",
    "https://0.0.0.0/c",
    "https://2130706433/c",
    "http://agent.example/c",
    "https://agent.example",
    "https://agent.example/",
    "https://user@agent.example/c",
    "https://agent.example/c#f",
    "https://agent.example/a/../c",
    "file:///etc/passwd",
)


@attack("D6")
def make_the_server_fetch(site: Site) -> str:
    hold(_is_cimd_on(site) or _CIMD not in site.wire.get(_METADATA).json, "announced, but off")
    agent = any_agent(site)
    for url in _INSIDE:
        answer = agent.authorize(client_id=url)
        hold(is_local_refusal(answer), f"{url}: {answer}")
        hold(answer.seconds < 2, f"{url}: {answer.seconds:.1f} s")
    return f"{len(_INSIDE)} local pages{_and_nobody_knocked(site, agent)}"


def _and_nobody_knocked(site: Site, agent: Agent) -> str:
    """With a server on this computer: whether it comes to a port of ours."""
    if not site.is_loopback:
        return ""
    with socket.create_server(("127.0.0.1", 0)) as bait:
        bait.settimeout(0.3)
        agent.authorize(client_id=f"https://127.0.0.1:{bait.getsockname()[1]}/c")
        try:
            bait.accept()
        except TimeoutError:
            return ", and nobody came to our port"
    hold(False, "it came to our port")
    return ""


@attack("D7")
def client_id_document_for_localhost(site: Site) -> str:
    if not _is_cimd_on(site):
        raise Skipped("client id metadata documents are off here")
    raise Skipped("needs a document on a public host")


def _is_cimd_on(site: Site) -> bool:
    return site.wire.get(_METADATA).json.get(_CIMD) is True
