"""The fuzz: generated requests to every route, and what no answer and no log may hold."""

import re
import time
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse

from hypothesis import HealthCheck, Phase, given, settings

from tests.attacks.deputies import Deputy, deputized
from tests.attacks.own_server import LOG
from tests.attacks.people import CALLBACK, Agent, Page, Person, any_agent, registered
from tests.attacks.requests import Ground, requests
from tests.attacks.site import Site

MOST_SECONDS = 1.0
_PATIENCE_SECONDS = 5.0
_HIGH = "60000"
NO_LIMITS = (
    "--registration-rate", _HIGH, "--unused-clients", _HIGH,
    "--authorization-rate", f"{_HIGH}/{_HIGH}", "--form-rate", f"{_HIGH}/{_HIGH}",
    "--stage-code-rate", f"{_HIGH}/{_HIGH}", "--token-rate", f"{_HIGH}/{_HIGH}",
    "--calls-per-second", _HIGH, "--call-burst", _HIGH, "--requests-per-second", _HIGH,
    "--plea-wait-seconds", "0",
)  # fmt: skip
"""For a server of our own: nothing may hide behind a limit."""
_FAULTY = re.compile(rb"Traceback|File \"|sqlite3?\.|\.py\b|site-packages|pydantic\.dev")
_SENT_ON = frozenset({307, 308})
_MOST_SHOWN = 300
_LEAST_SECRET = 20
_HEALTH_CHECKS = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)


@dataclass
class Findings:
    """What came of a fuzz."""

    statuses: Counter[int] = field(default_factory=Counter[int])
    slowest: float = 0.0
    faults: list[str] = field(default_factory=list[str])

    @property
    def requests(self) -> int:
        return self.statuses.total()

    def __str__(self) -> str:
        statuses = ", ".join(
            f"{count} of {status}" for status, count in self.statuses.most_common()
        )
        return (
            f"{self.requests} requests, slowest {self.slowest * 1000:.0f} ms, "
            f"{len(self.faults)} faults\n{statuses}"
        )


@dataclass(frozen=True, slots=True)
class _Heard:
    status: int
    content: bytes
    seconds: float


def fuzz(site: Site, count: int) -> Findings:
    """Send so many generated requests, one after the other."""
    findings = Findings()
    ground, bystander = _ground(site), _secrets_of_a_bystander(site)

    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=_HEALTH_CHECKS,
    )
    @given(requests(ground))
    def send(request: bytes) -> None:
        heard = _answer(site, request)
        if heard.seconds > MOST_SECONDS:
            # Once may be the machine's other work, twice is the request's own doing.
            heard = _answer(site, request)
        _judge(findings, request, heard, bystander)

    send()
    findings.faults += _faults_in_log(site, ground)
    return findings


def _answer(site: Site, request: bytes) -> _Heard:
    began = time.monotonic()
    with site.wire.connected(_PATIENCE_SECONDS) as connection:
        # There is no body after HEAD, whatever length is announced.
        response = HTTPResponse(connection, method=request.split(b" ", 1)[0].decode("latin-1"))
        try:
            connection.sendall(request)
            response.begin()
            head = str(response.headers).encode("utf-8", "replace")
            is_stream = "event-stream" in response.headers.get("Content-Type", "")
            body = b"" if is_stream else response.read()
        except (HTTPException, OSError):
            return _Heard(0, b"", time.monotonic() - began)
        finally:
            response.close()
    return _Heard(response.status, head + body, time.monotonic() - began)


def _judge(findings: Findings, request: bytes, heard: _Heard, secrets: list[bytes]) -> None:
    findings.statuses[heard.status] += 1
    findings.slowest = max(findings.slowest, heard.seconds)
    flaws = (
        (heard.status >= 500, str(heard.status)),
        (heard.status in _SENT_ON, "a redirect that takes body and token along"),
        (heard.seconds > MOST_SECONDS, f"{heard.seconds:.1f} s"),
        (_FAULTY.search(heard.content), "an inside of the program"),
        (any(secret in heard.content for secret in secrets), "another's secret"),
    )
    for is_flaw, what in flaws:
        if is_flaw:
            shown = heard.content[-_MOST_SHOWN:]
            findings.faults.append(f"{what}: {request[:2000]!r} -> {heard.status} {shown!r}")


def _ground(site: Site) -> Ground:
    whole, narrow, spent = deputized(site), deputized(site, scope="shop:browse"), deputized(site)
    person, agent = Person(site), registered(site, token_endpoint_auth_method="client_secret_post")
    page = person.come_to_consent(agent)
    ids = [each.client_id for each in (whole.agent, agent, any_agent(site))]
    return Ground(
        host=site.wire.host,
        access_tokens=(whole.access_token, narrow.access_token),
        session_id=whole.session(),
        client_paths=[f"/register/{client_id}" for client_id in ids],
        values=[
            *ids,
            *page.fields.values(),
            agent.secret,
            agent.challenge,
            agent.verifier,
            spent.refresh_token,
            spent.access_token,
            spent.session(),
            CALLBACK,
            site.resource,
            site.origin,
            str(agent.registration["registration_access_token"]),
        ],
        cookies=[f"{name}={value}" for name, value in person.browser.cookies.items()],
        forms=_forms(agent, page, spent),
        queries=[
            ("/authorize", agent.request()),
            ("/sign-in", {"request": page.fields["request"]}),
            ("/consent", {"request": page.fields["request"]}),
        ],
    )


def _forms(agent: Agent, page: Page, spent: Deputy) -> list[tuple[str, dict[str, str]]]:
    """One of each kind that a server takes. The human is never done, for all of them to decide."""
    client = {"client_id": agent.client_id, "client_secret": agent.secret}
    code = {"grant_type": "authorization_code", "code": "x" * 43, "code_verifier": agent.verifier}
    refresh = {"grant_type": "refresh_token", "refresh_token": spent.refresh_token}
    return [
        ("/token", client | code | {"redirect_uri": agent.redirect_uri}),
        ("/token", refresh | {"client_id": spent.agent.client_id}),
        ("/revoke", client | {"token": spent.access_token}),
        ("/sign-in", page.fields | {"name": "Mallory", "email": "mallory@example.com"}),
        ("/consent", page.fields | {"decision": "think"}),
    ]


def _secrets_of_a_bystander(site: Site) -> list[bytes]:
    """What nobody who sends the requests was ever told."""
    person, agent = Person(site), registered(site, token_endpoint_auth_method="client_secret_post")
    page = person.come_to_consent(agent)
    other = deputized(site)
    secrets = [
        person.email,
        other.person.email,
        other.access_token,
        other.refresh_token,
        other.session(),
        agent.secret,
        str(agent.registration["registration_access_token"]),
        page.fields["proof"],
        *person.browser.cookies.values(),
    ]
    return [secret.encode() for secret in secrets]


def _faults_in_log(site: Site, ground: Ground) -> list[str]:
    """Tracebacks and secrets in the log of a server of our own.

    But not those that came as values: an agent's word for a tool is logged, whatever it is.
    """
    if site.folder is None:
        return []
    secrets = {secret for secret in site.secrets if len(secret) >= _LEAST_SECRET}
    secrets -= set(ground.values)
    return [
        f"in the log: {line[:100]} … {line[-2 * _MOST_SHOWN :]}"
        for line in (site.folder / LOG).read_text(encoding="utf-8").splitlines()
        if "Traceback" in line or any(secret in line for secret in secrets)
    ]
