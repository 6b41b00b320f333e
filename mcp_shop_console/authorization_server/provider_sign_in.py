"""Sign-in at an OpenID provider: a human leaves for it, and comes back as somebody verified.

May import starlette, model and store.
"""

import json

from starlette.requests import Request
from starlette.responses import Response

from mcp_shop_console.authorization_server.browser_cookie import cookie_of
from mcp_shop_console.authorization_server.credentials import hash_of, new_secret, seal, unseal
from mcp_shop_console.authorization_server.endpoints import origin_of
from mcp_shop_console.authorization_server.errors import PageError
from mcp_shop_console.authorization_server.identity_provider import (
    Answer,
    Cause,
    Identity,
    IdentityProvider,
    ProviderFault,
    Question,
)
from mcp_shop_console.authorization_server.pages import redirect
from mcp_shop_console.authorization_server.parameters import Parameters, query_parameters
from mcp_shop_console.authorization_server.pending import Pending, pending
from mcp_shop_console.authorization_server.policy import Policy
from mcp_shop_console.authorization_server.signed_in import SignedIn, sign_in
from mcp_shop_console.model.audit import AuditKind, Fact, Outcome
from mcp_shop_console.model.deputies import Agent, Human, Rank
from mcp_shop_console.store.database import Database
from mcp_shop_console.store.departures import Departure
from mcp_shop_console.store.transaction import Transaction

CALLBACK_PATH = "/sign-in/callback"
_ANOTHER = "another"
"""The parameter by which a person asks for another account."""
_OF_THE_PROVIDER = frozenset({Cause.UNREACHABLE, Cause.SLOW, Cause.NONSENSE, Cause.WRONG_ISSUER})
_OF_THE_ACCOUNT = frozenset({Cause.EMAIL_MISSING, Cause.EMAIL_UNCONFIRMED})
_SENTENCES = {
    Cause.UNREACHABLE: "{host}, where you sign in, cannot be reached, so nobody was signed in.",
    Cause.SLOW: "{host}, where you sign in, took too long to answer, so nobody was signed in.",
    Cause.NONSENSE: "{host}, where you sign in, gave an answer that makes no sense here.",
    Cause.REFUSED: "{host}, where you sign in, sent you back without signing you in.",
    Cause.WRONG_ISSUER: "Somebody else answered than {host}, where you sign in.",
    Cause.TOKEN_INVALID: "What {host} says of you could not be verified, so it was not believed.",
    Cause.EMAIL_MISSING: "{host} did not share your e-mail, and the shop needs one.",
    Cause.EMAIL_UNCONFIRMED: "Your e-mail is not confirmed at {host}: confirm it there first.",
}
"""What a person reads. What to do follows, as a link."""


class ProviderSignInEndpoints:
    """Leads humans to the provider, and takes its word for who came back."""

    def __init__(self, database: Database, policy: Policy, provider: IdentityProvider) -> None:
        self._database = database
        self._policy = policy
        self._provider = provider

    async def leave(self, request: Request) -> Response:
        """Send the browser to the provider, with what its answer is held against kept here."""
        origin = origin_of(request, self._policy.origins)
        parameters = query_parameters(request)
        request_id = parameters.get("request")
        cookie = cookie_of(request, origin)
        waiting = await self._database.read(
            lambda tx: pending(tx, request_id, cookie, self._policy)
        )
        state = new_secret()
        try:
            # Whoever is signed in already came by the link for someone else.
            is_someone_else = waiting.human is not None or bool(parameters.get(_ANOTHER))
            question = await self._provider.question(
                origin + CALLBACK_PATH, state, is_someone_else=is_someone_else
            )
        except ProviderFault as fault:
            return await self._refused(waiting, fault)
        departure = _departure(waiting, state, question)
        await self._database.write(lambda tx: tx.departures.insert(departure))
        return redirect(question.address)

    async def come_back(self, request: Request) -> Response:
        """Sign in whom the provider names, if it answers this browser's own question."""
        origin = origin_of(request, self._policy.origins)
        parameters = query_parameters(request)
        cookie = cookie_of(request, origin)
        taken = await self._database.write(lambda tx: self._take(tx, parameters, cookie))
        if isinstance(taken, PageError):
            raise taken
        waiting, question = taken
        try:
            identity = await self._provider.identify(_answer(parameters, question, origin))
        except ProviderFault as fault:
            return await self._refused(waiting, fault)

        def operation(tx: Transaction) -> SignedIn:
            # Once more: the request may have been answered while the provider was asked.
            return _sign_in(tx, pending(tx, waiting.request.id, cookie, self._policy), identity)

        return (await self._database.write(operation)).response(origin)

    def _take(
        self, tx: Transaction, parameters: Parameters, cookie: str
    ) -> tuple[Pending, Question] | PageError:
        """What this answer belongs to, taken so that it cannot come again.

        An error is returned, not raised: the answer is used up by it, too.
        """
        state = parameters.get("state")
        departure = tx.departures.take(hash_of(state)) if not parameters.repeated else None
        secrets = departure and unseal(departure.sealed_secrets, state)
        if departure is None or secrets is None:
            return PageError(
                "This sign-in is over",
                "It was used already, or a newer one took its place. Start again from your agent.",
            )
        try:
            waiting = pending(tx, departure.request_id, cookie, self._policy)
        except PageError as error:
            _record_refusal(tx, None, Cause.STALE)
            return error
        nonce, verifier = json.loads(secrets)
        return waiting, Question("", nonce, verifier)

    async def _refused(self, waiting: Pending, fault: ProviderFault) -> Response:
        """Record why nobody was signed in, then say it with a way to try again."""

        def record(tx: Transaction) -> None:
            _record_refusal(tx, waiting.agent, fault.cause, fault.detail)

        await self._database.write(record)
        raise PageError(
            "You are not signed in",
            _SENTENCES[fault.cause].format(host=self._provider.account.host),
            status=502 if fault.cause in _OF_THE_PROVIDER else 403,
            link=(_way_to_try_again(waiting, fault.cause), "Try again"),
        )


def _way_to_try_again(waiting: Pending, cause: Cause) -> str:
    """Back to the provider, which must not name the same unfit account again by itself."""
    another = f"&{_ANOTHER}=1" if cause in _OF_THE_ACCOUNT else ""
    return f"/sign-in?request={waiting.request.id}{another}"


def _departure(waiting: Pending, state: str, question: Question) -> Departure:
    secrets = json.dumps([question.nonce, question.verifier])
    return Departure(hash_of(state), waiting.request.id, seal(secrets, state))


def _answer(parameters: Parameters, question: Question, origin: str) -> Answer:
    """What came back.

    Raises:
        ProviderFault: An error came (RFC 6749 section 4.1.2.1), or no code.
    """
    if not parameters.get("code") or parameters.get("error") or not parameters.is_readable:
        raise ProviderFault(Cause.REFUSED, parameters.get("error") or "no code")
    return Answer(
        code=parameters.get("code"),
        issuer=parameters.get("iss"),
        redirect_uri=origin + CALLBACK_PATH,
        nonce=question.nonce,
        verifier=question.verifier,
    )


def _sign_in(tx: Transaction, waiting: Pending, identity: Identity) -> SignedIn:
    known = tx.humans.by_identity(identity.issuer, identity.subject)
    human = Human(
        id=known.id if known else tx.new_id(),
        name=identity.name,
        email=identity.email,
        is_verified=True,
        is_admin=identity.is_admin,
    )
    facts: dict[str, Fact] = {"is_new": known is None, "provider": identity.issuer}
    signed_in = sign_in(tx, waiting, human, facts)
    tx.humans.identify(human.id, identity.issuer, identity.subject)
    return signed_in


def _record_refusal(tx: Transaction, agent: Agent | None, cause: Cause, detail: str = "") -> None:
    tx.audit.append(
        AuditKind.SIGN_IN_REFUSED,
        actor=Rank.SYSTEM,
        outcome=Outcome.REFUSED,
        agent=agent,
        code=cause.value,
        facts={"detail": detail} if detail else None,
    )
