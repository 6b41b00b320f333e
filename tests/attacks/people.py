"""People, their browsers and their agents, by hand: every step of OAuth can be done wrongly."""

import base64
import hashlib
import html
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.attacks.attack import NotHeld, Skipped
from tests.attacks.site import Site
from tests.attacks.wire import Answer, Form, Headers

CALLBACK = "http://localhost:5000/callback"
SCOPES = "shop:browse orders:read shop:order profile:read"
READING_SECONDS = 0.75
"""A person takes longer than this to read the consent page; nobody who takes less is believed."""
_LONGEST_WAIT_SECONDS = 65
_SHARE = 6
"""So many use one registration: each client may ask for tokens 60 times a minute."""
_SECRETS = (
    "access_token",
    "refresh_token",
    "client_secret",
    "registration_access_token",
)


def patiently(ask: Callable[[], Answer]) -> Answer:
    """Ask again when the server says that it has had enough for now."""
    answer = ask()
    wait = answer.header("Retry-After")
    if answer.status == 429 and wait.isdigit() and int(wait) <= _LONGEST_WAIT_SECONDS:
        time.sleep(int(wait))
        return ask()
    return answer


@dataclass
class Browser:
    """Cookies, and the patience to follow redirects inside the site."""

    site: Site
    cookies: dict[str, str] = field(default_factory=dict[str, str])
    waits: bool = True
    """Whether it waits when it is told to."""

    def get(self, path: str, headers: Headers = ()) -> Answer:
        return self._sent(lambda: self.site.wire.get(path, [*headers, *self._cookie()]))

    def post(self, path: str, form: Form, headers: Headers = ()) -> Answer:
        return self._sent(lambda: self.site.wire.post(path, form, [*headers, *self._cookie()]))

    def follow(self, answer: Answer) -> Answer:
        while answer.status == 303 and answer.header("Location").startswith("/"):
            answer = self.get(answer.header("Location"))
        return answer

    def _cookie(self) -> Headers:
        pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return [("Cookie", pairs)] if pairs else []

    def _sent(self, ask: Callable[[], Answer]) -> Answer:
        answer = patiently(ask) if self.waits else ask()
        for cookie in answer.all("Set-Cookie"):
            name, _, rest = cookie.partition("=")
            self.cookies[name] = rest.partition(";")[0]
            self.site.secrets.add(self.cookies[name])
        return answer


@dataclass
class Agent:
    """A client that registered."""

    site: Site
    registration: dict[str, object]
    redirect_uri: str
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    @property
    def client_id(self) -> str:
        return str(self.registration["client_id"])

    @property
    def secret(self) -> str:
        return str(self.registration.get("client_secret", ""))

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def request(self, **changes: str | None) -> dict[str, str]:
        """A good authorization request, with changes; None leaves a parameter out."""
        self.site.secrets.add(self.verifier)
        usual: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "state": "a&b c",
            "scope": SCOPES,
            "code_challenge": self.challenge,
            "code_challenge_method": "S256",
            "resource": self.site.resource,
        }
        return _without_none(usual | changes)

    def authorize(self, *more: tuple[str, str], **changes: str | None) -> Answer:
        """The authorization request, from a browser that was never here."""
        query = urlencode([*self.request(**changes).items(), *more])
        return patiently(lambda: self.site.wire.get(f"/authorize?{query}"))

    def redeem(self, code: str, *more: tuple[str, str], **changes: str | None) -> Answer:
        usual: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
        }
        return self.token(usual | changes, *more)

    def refresh(self, refresh_token: str, *more: tuple[str, str], **changes: str | None) -> Answer:
        usual: dict[str, str | None] = {
            "grant_type": "refresh_token",
            "client_id": self.client_id,
            "refresh_token": refresh_token,
        }
        return self.token(usual | changes, *more)

    def token(self, form: dict[str, str | None], *more: tuple[str, str]) -> Answer:
        pairs = [*_without_none(form).items(), *more]
        return _remembered(self.site, patiently(lambda: self.site.wire.post("/token", pairs)))

    def revoke(self, token: str, **changes: str | None) -> Answer:
        form: dict[str, str | None] = {"client_id": self.client_id, "token": token}
        return self.site.wire.post("/revoke", _without_none(form | changes))


def register(site: Site, **metadata: object) -> Answer:
    """Ask for an id, as a public client unless ``metadata`` says otherwise."""
    usual: dict[str, object] = {
        "client_name": "Attacker",
        "redirect_uris": [CALLBACK],
        "token_endpoint_auth_method": "none",
    }
    body = usual | metadata
    return _remembered(site, patiently(lambda: site.wire.post_json("/register", body)))


def any_agent(site: Site) -> Agent:
    """An agent that others use too: registrations are few (row D1)."""
    with site.lock:
        number, site.agents_lent = site.agents_lent // _SHARE, site.agents_lent + 1
        if number == len(site.shared):
            site.shared.append(registered(site).registration)
        return Agent(site, site.shared[number], CALLBACK)


def registered(site: Site, redirect_uri: str = CALLBACK, **metadata: object) -> Agent:
    """An agent with an id."""
    answer = register(site, redirect_uris=[redirect_uri], **metadata)
    if answer.status != 201:
        raise NotHeld(f"registration: {answer} {answer.text[:200]}")
    return Agent(site, answer.json, redirect_uri)


@dataclass(frozen=True, slots=True)
class Page:
    """A page as a person has it."""

    answer: Answer

    @property
    def fields(self) -> dict[str, str]:
        inputs = re.findall(r"<input ([^>]*)>", self.answer.text)
        attributes = [dict(re.findall(r'([\w-]+)="([^"]*)"', tag)) for tag in inputs]
        return {tag["name"]: html.unescape(tag.get("value", "")) for tag in attributes}

    @property
    def is_consent(self) -> bool:
        return 'action="/consent"' in self.answer.text

    @property
    def is_sign_in(self) -> bool:
        return 'action="/sign-in"' in self.answer.text

    @property
    def words(self) -> str:
        body = re.sub(r"<style.*?</style>", "", self.answer.text, flags=re.DOTALL)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


@dataclass
class Person:
    """A human with a browser of their own."""

    site: Site
    name: str = "Mallory"
    email: str = field(default_factory=lambda: f"attack-{secrets.token_hex(6)}@example.com")
    browser: Browser = field(init=False)

    def __post_init__(self) -> None:
        self.browser = Browser(self.site)

    def open(self, agent: Agent, *more: tuple[str, str], **changes: str | None) -> Page:
        """Follow the agent's link up to the page that wants an answer."""
        query = urlencode([*agent.request(**changes).items(), *more])
        return Page(self.browser.follow(self.browser.get(f"/authorize?{query}")))

    def sign_in(self, page: Page, **changes: str) -> Page:
        typed = {"name": self.name, "email": self.email}
        if "stage_code" in page.fields.keys() - changes.keys():
            if not self.site.stage_code:
                raise Skipped("the sign-in page wants the stage code: --stage-code")
            typed["stage_code"] = self.site.stage_code
        form = page.fields | typed | changes
        return Page(self.browser.follow(self.browser.post("/sign-in", form)))

    def come_to_consent(self, agent: Agent, **changes: str | None) -> Page:
        page = self.open(agent, **changes)
        if page.answer.status == 303:
            raise Skipped("humans sign in at a provider, which is not ours to attack")
        if page.is_sign_in:
            page = self.sign_in(page)
        if not page.is_consent:
            raise NotHeld(f"no consent page: {page.answer} {page.words[:200]}")
        return page

    def answer(self, page: Page, decision: str = "approve", **changes: str) -> Answer:
        """Send the form of the consent page, after reading it."""
        time.sleep(READING_SECONDS)
        return self.browser.post("/consent", page.fields | {"decision": decision} | changes)

    def approve(self, agent: Agent, **changes: str | None) -> str:
        """Deputize the agent, and hand over the code."""
        answer = self.answer(self.come_to_consent(agent, **changes))
        code = answer_of(answer).get("code", "")
        if not code:
            raise NotHeld(f"no code: {answer} {Page(answer).words[:200]}")
        self.site.secrets.add(code)
        return code


def answer_of(answer: Answer) -> dict[str, str]:
    """What a redirect to the client carries; a parameter that came twice is shown as both."""
    query = parse_qs(urlsplit(answer.header("Location")).query, keep_blank_values=True)
    return {name: " AND ".join(values) for name, values in query.items()}


def is_redirect_error(agent: Agent, answer: Answer, error: str) -> bool:
    """Whether it is a redirect to the client with this error, the state and the issuer."""
    carried = answer_of(answer)
    expected = {"error": error, "state": "a&b c", "iss": agent.site.origin}
    is_ours = answer.header("Location").startswith(agent.redirect_uri)
    return answer.status == 303 and is_ours and expected.items() <= carried.items()


def is_local_refusal(answer: Answer) -> bool:
    """Whether it is a page of our own that leads nowhere."""
    is_page = answer.header("Content-Type").startswith("text/html")
    return answer.status == 400 and is_page and not answer.all("Location")


def is_json_refusal(answer: Answer, error: str, status: int = 400) -> bool:
    """Whether it is OAuth's error in the standard's form (RFC 6749 section 5.2)."""
    description = str(answer.json.get("error_description", ""))
    is_clean = all(" " <= char <= "~" and char not in '"\\' for char in description)
    is_uncached = answer.header("Cache-Control") == "no-store"
    return answer.status == status and answer.error == error and is_clean and is_uncached


def _without_none(form: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in form.items() if value is not None}


def _remembered(site: Site, answer: Answer) -> Answer:
    site.secrets |= {str(answer.json[name]) for name in _SECRETS if name in answer.json}
    return answer
