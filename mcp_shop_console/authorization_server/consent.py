"""The consent page: where a human makes an agent a deputy, or does not.

May import starlette, authority, model and store.
"""

import hashlib
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from mcp_shop_console.authority import make_grant
from mcp_shop_console.authorization_server.browser_cookie import cookie_of, set_cookie
from mcp_shop_console.authorization_server.credentials import hash_of, new_secret
from mcp_shop_console.authorization_server.endpoints import origin_of
from mcp_shop_console.authorization_server.errors import PageError
from mcp_shop_console.authorization_server.pages import page, redirect
from mcp_shop_console.authorization_server.parameters import (
    Parameters,
    form_parameters,
    query_parameters,
)
from mcp_shop_console.authorization_server.pending import Pending, pending
from mcp_shop_console.authorization_server.policy import Policy
from mcp_shop_console.authorization_server.redirect_uris import form_action_source, with_answer
from mcp_shop_console.authorization_server.statement import (
    HEADLINE,
    MEANING,
    WITHDRAWAL,
    Statement,
    statement_of,
)
from mcp_shop_console.model.audit import AuditKind, Outcome
from mcp_shop_console.model.deputies import Human, Rank
from mcp_shop_console.store.authorizations import AuthorizationCode, AuthorizationRequest
from mcp_shop_console.store.database import Database
from mcp_shop_console.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class _Ask:
    """A human is signed in, and is to be asked."""

    pending: Pending
    human: Human
    made_at_ms: int
    is_again: bool = False
    """Whether an Approve came too soon after the page before."""


@dataclass(frozen=True, slots=True)
class _SignInFirst:
    request_id: str


@dataclass(frozen=True, slots=True)
class _Answered:
    """Approved or denied: the browser takes the answer to the client."""

    address: str = field(repr=False)
    new_cookie: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class _Banned:
    """A banned human approved: no grant was made."""

    address: str
    """Takes the client the news."""


_Outcome = _Ask | _SignInFirst | _Answered | _Banned


class ConsentEndpoints:
    """Shows what is asked, and decides by what the human answers."""

    def __init__(self, database: Database, policy: Policy) -> None:
        self._database = database
        self._policy = policy

    async def show(self, request: Request) -> Response:
        origin = origin_of(request, self._policy.origins)
        request_id = query_parameters(request).get("request")
        cookie = cookie_of(request, origin)
        outcome = await self._database.read(
            lambda tx: _ask(tx, pending(tx, request_id, cookie, self._policy))
        )
        return self._response(outcome, origin)

    async def decide(self, request: Request) -> Response:
        origin = origin_of(request, self._policy.origins)
        parameters = await form_parameters(request)
        cookie = cookie_of(request, origin)

        def operation(tx: Transaction) -> _Outcome:
            waiting = pending(tx, parameters.get("request"), cookie, self._policy)
            return self._decide(tx, waiting, parameters)

        return self._response(await self._database.write(operation), origin)

    def _response(self, outcome: _Outcome, origin: str) -> Response:
        match outcome:
            case _Ask() as ask:
                return self._page(ask)
            case _SignInFirst(request_id):
                return redirect(f"/sign-in?request={request_id}")
            case _Banned(address):
                return page("banned.html", {"address": address}, status=403)
            case _Answered(address, new_cookie):
                response = redirect(address)
                if new_cookie:
                    set_cookie(response, origin, new_cookie)
                return response

    def _decide(self, tx: Transaction, waiting: Pending, parameters: Parameters) -> _Outcome:
        human = waiting.human
        if human is None:
            return _SignInFirst(waiting.request.id)
        statement = statement_of(waiting, human, self._policy)
        made_at = parameters.get("made_at")
        waiting.check(parameters.get("proof"), *_shown(made_at, statement))
        match parameters.get("decision"):
            case "deny":
                return self._deny(tx, waiting, human)
            case "approve" if tx.now_ms - int(made_at) < self._policy.approve_after_ms:
                # Nobody reads that fast: a click meant for another page, or lured here.
                return _Ask(waiting, human, tx.now_ms, is_again=True)
            case "approve":
                return self._approve(tx, waiting, human, statement)
            case _:
                raise PageError("Nothing was decided", "Go back, and press Approve or Deny.")

    def _deny(self, tx: Transaction, waiting: Pending, human: Human) -> _Outcome:
        tx.authorizations.answer(waiting.request.id, tx.now_ms)
        tx.audit.append(
            AuditKind.CONSENT_DENIED,
            actor=Rank.HUMAN,
            outcome=Outcome.REFUSED,
            human=human,
            agent=waiting.agent,
        )
        return _Answered(_denied(waiting.request))

    def _approve(
        self, tx: Transaction, waiting: Pending, human: Human, statement: Statement
    ) -> _Outcome:
        request = waiting.request
        tx.authorizations.answer(request.id, tx.now_ms)
        grant = make_grant(
            tx, human, waiting.agent, request.redirect_uri, request.scopes, statement.text
        )
        if grant is None:
            return _Banned(_denied(request))
        code, new_cookie = new_secret(), new_secret()
        expires_at_ms = tx.now_ms + self._policy.code_seconds * 1000
        tx.authorizations.insert_code(_code_for(request, code, grant.id, expires_at_ms))
        tx.browsers.renew(waiting.browser.id, hash_of(new_cookie))
        return _Answered(_answer_to(request, {"code": code}), new_cookie)

    def _page(self, ask: _Ask) -> Response:
        statement = statement_of(ask.pending, ask.human, self._policy)
        made_at = str(ask.made_at_ms)
        values = {
            "headline": HEADLINE,
            "meaning": MEANING,
            "withdrawal": WITHDRAWAL,
            "statement": statement,
            "is_again": ask.is_again,
            "request_id": ask.pending.request.id,
            "made_at": made_at,
            "proof": ask.pending.proof(*_shown(made_at, statement)),
        }
        way_back = form_action_source(ask.pending.request.redirect_uri)
        return page("consent.html", values, form_action=f"'self' {way_back}")


def _ask(tx: Transaction, waiting: Pending) -> _Outcome:
    if waiting.human is None:
        return _SignInFirst(waiting.request.id)
    return _Ask(waiting, waiting.human, tx.now_ms)


def _shown(made_at: str, statement: Statement) -> tuple[str, ...]:
    """What the proof covers: an Approve is of the very words that were shown, and of when."""
    return "consent", made_at, hashlib.sha256(statement.text.encode()).hexdigest()


def _code_for(
    request: AuthorizationRequest, code: str, grant_id: str, expires_at_ms: int
) -> AuthorizationCode:
    return AuthorizationCode(
        code_hash=hash_of(code),
        grant_id=grant_id,
        client_id=request.client_id,
        redirect_uri=request.redirect_uri,
        is_redirect_uri_given=request.is_redirect_uri_given,
        resource=request.resource,
        code_challenge=request.code_challenge,
        expires_at_ms=expires_at_ms,
    )


def _denied(request: AuthorizationRequest) -> str:
    return _answer_to(
        request, {"error": "access_denied", "error_description": "The human said no."}
    )


def _answer_to(request: AuthorizationRequest, answer: dict[str, str]) -> str:
    """The way back to the client, with its state and our name (RFC 9207)."""
    state = {"state": request.state} if request.state else {}
    return with_answer(request.redirect_uri, answer | state | {"iss": request.issuer})
