"""The sign-in page: a human says who they are, without an account anywhere.

May import starlette, model and store.
"""

import re
from dataclasses import dataclass, field, replace

from starlette.requests import Request
from starlette.responses import Response

from mcp_shop_console.authorization_server.browser_cookie import cookie_of
from mcp_shop_console.authorization_server.credentials import is_same
from mcp_shop_console.authorization_server.endpoints import address_of, origin_of
from mcp_shop_console.authorization_server.pages import page
from mcp_shop_console.authorization_server.parameters import (
    Parameters,
    form_parameters,
    query_parameters,
)
from mcp_shop_console.authorization_server.pending import Pending, pending
from mcp_shop_console.authorization_server.policy import Policy
from mcp_shop_console.authorization_server.signed_in import SignedIn, sign_in
from mcp_shop_console.model.audit import AuditKind, Fact, Outcome
from mcp_shop_console.model.deputies import Human, Rank
from mcp_shop_console.model.rate_limit import RateLimit, neighbourhood
from mcp_shop_console.store.database import Database
from mcp_shop_console.store.transaction import Transaction

MAX_NAME_CHARACTERS = 80
MAX_EMAIL_CHARACTERS = 254
"""RFC 5321 section 4.5.3.1.3, without the angle brackets."""
_EMAIL = re.compile(r"[^@\s<>\"(),:;\\]+@[^@\s<>\"(),:;\\]+")
"""Enough to tell an address from a slip: nobody sends anything there."""


@dataclass(frozen=True, slots=True)
class _Typed:
    """What a human put into the form."""

    name: str = ""
    email: str = ""
    stage_code: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class _Form:
    """The form, to be filled in, or to be filled in better."""

    pending: Pending
    typed: _Typed
    asks_code: bool
    flaws: dict[str, str] = field(default_factory=dict[str, str])
    """What to do, by the name of the field."""
    wait_seconds: int = 0
    """How long to wait before the next stage code; 0 if not at all."""


class SignInEndpoints:
    """Takes name and e-mail, and the stage code where the e-mail is another browser's."""

    def __init__(
        self,
        database: Database,
        policy: Policy,
        by_browser: RateLimit,
        by_address: RateLimit,
    ) -> None:
        self._database = database
        self._policy = policy
        self._by_browser = by_browser
        self._by_address = by_address

    async def show(self, request: Request) -> Response:
        origin = origin_of(request, self._policy.origins)
        request_id = query_parameters(request).get("request")
        cookie = cookie_of(request, origin)
        waiting = await self._database.read(
            lambda tx: pending(tx, request_id, cookie, self._policy)
        )
        return _page(_Form(waiting, _Typed(), asks_code=_is_public(origin)))

    async def sign_in(self, request: Request) -> Response:
        origin = origin_of(request, self._policy.origins)
        parameters = await form_parameters(request)
        cookie = cookie_of(request, origin)
        address = neighbourhood(address_of(request))

        def operation(tx: Transaction) -> _Form | SignedIn:
            waiting = pending(tx, parameters.get("request"), cookie, self._policy)
            waiting.check(parameters.get("proof"), "sign-in")
            return self._decide(tx, waiting, _typed(parameters), _is_public(origin), address)

        match await self._database.write(operation):
            case _Form() as form:
                if form.wait_seconds:
                    request.state.refusal = "stage_code_rate"
                return _page(form)
            case SignedIn() as signed_in:
                return signed_in.response(origin)

    def _decide(
        self, tx: Transaction, waiting: Pending, typed: _Typed, is_public: bool, address: str
    ) -> _Form | SignedIn:
        form = _Form(waiting, typed, asks_code=is_public or bool(typed.stage_code))
        flaws = _flaws(typed)
        if flaws:
            return replace(form, flaws=flaws)
        human = tx.humans.by_unverified_email(typed.email)
        is_admin = typed.email in self._policy.admins
        is_taken = human is not None and not tx.browsers.may_use(waiting.browser.id, human.id)
        needs_code = is_public or is_admin or is_taken
        if needs_code:
            objection = self._objection(tx, replace(form, asks_code=True), address)
            if objection is not None:
                return objection
        facts: dict[str, Fact] = {"is_new": human is None, "with_stage_code": needs_code}
        return sign_in(tx, waiting, _person(tx, human, typed, is_admin=is_admin), facts)

    def _objection(self, tx: Transaction, form: _Form, address: str) -> _Form | None:
        """The form again unless the stage code is right."""
        browser_id = form.pending.browser.id
        wait_seconds = max(
            self._by_browser.wait_seconds(browser_id), self._by_address.wait_seconds(address)
        )
        if wait_seconds:
            return replace(
                form, wait_seconds=wait_seconds, flaws={"stage_code": _too_many(wait_seconds)}
            )
        if not form.typed.stage_code:
            return replace(form, flaws={"stage_code": _CODE_NEEDED})
        if is_same(form.typed.stage_code, self._policy.stage_code):
            return None
        self._by_browser.count(browser_id)
        self._by_address.count(address)
        tx.audit.append(
            AuditKind.SIGN_IN_REFUSED,
            actor=Rank.SYSTEM,
            outcome=Outcome.REFUSED,
            agent=form.pending.agent,
            code="wrong_stage_code",
            private={"name": form.typed.name, "email": form.typed.email},
        )
        return replace(form, flaws={"stage_code": _CODE_WRONG})


_CODE_NEEDED = (
    "Type the six digits from the presenter's screen: they show that you are in the room."
)
_CODE_WRONG = "These are not the digits on the presenter's screen. Look again, and type them anew."


def _too_many(wait_seconds: int) -> str:
    return f"Too many wrong codes. Wait {wait_seconds} seconds, then try again."


def _person(tx: Transaction, known: Human | None, typed: _Typed, *, is_admin: bool) -> Human:
    return Human(
        id=known.id if known else tx.new_id(),
        name=typed.name,
        email=typed.email,
        is_verified=False,
        is_admin=is_admin,
    )


def _typed(parameters: Parameters) -> _Typed:
    return _Typed(
        name=" ".join(parameters.get("name").split(" ")).strip(),
        email=parameters.get("email").strip().lower(),
        stage_code="".join(parameters.get("stage_code").split()),
    )


def _flaws(typed: _Typed) -> dict[str, str]:
    flaws: dict[str, str] = {}
    if not typed.name:
        flaws["name"] = "Type your name."
    elif len(typed.name) > MAX_NAME_CHARACTERS:
        flaws["name"] = f"Type a name of at most {MAX_NAME_CHARACTERS} characters."
    if not _EMAIL.fullmatch(typed.email):
        flaws["email"] = "Type an e-mail, as you@example.com."
    elif len(typed.email) > MAX_EMAIL_CHARACTERS:
        flaws["email"] = f"Type an e-mail of at most {MAX_EMAIL_CHARACTERS} characters."
    return flaws


def _is_public(origin: str) -> bool:
    return origin.startswith("https://")


def _page(form: _Form) -> Response:
    values = {
        "typed": form.typed,
        "flaws": form.flaws,
        "asks_code": form.asks_code,
        "agent": form.pending.agent,
        "human": form.pending.human,
        "request_id": form.pending.request.id,
        "proof": form.pending.proof("sign-in"),
    }
    headers = {"Retry-After": str(form.wait_seconds)} if form.wait_seconds else None
    status = 429 if form.wait_seconds else 400 if form.flaws else 200
    return page("sign_in.html", values, status=status, form_action="'self'", headers=headers)
