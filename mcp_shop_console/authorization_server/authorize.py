"""The authorization endpoint: where an agent sends its human (RFC 6749 section 4.1.1).

May import starlette, model and store.
"""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from mcp_shop_console.authorization_server.browser_cookie import cookie_of, set_cookie
from mcp_shop_console.authorization_server.client_documents import ClientDocuments
from mcp_shop_console.authorization_server.client_documents.urls import looks_like_url
from mcp_shop_console.authorization_server.credentials import hash_of, new_secret
from mcp_shop_console.authorization_server.endpoints import address_of, origin_of
from mcp_shop_console.authorization_server.errors import PageError, RedirectError
from mcp_shop_console.authorization_server.known_clients import known_client, unregistered
from mcp_shop_console.authorization_server.pages import redirect
from mcp_shop_console.authorization_server.parameters import Parameters, query_parameters
from mcp_shop_console.authorization_server.pkce import is_challenge
from mcp_shop_console.authorization_server.policy import DAY_SECONDS, Policy
from mcp_shop_console.authorization_server.redirect_uris import (
    host_of,
    is_registered,
    with_answer,
)
from mcp_shop_console.authorization_server.resources import own_resource
from mcp_shop_console.authorization_server.scopes import OFFLINE_ACCESS
from mcp_shop_console.store.authorizations import AuthorizationRequest
from mcp_shop_console.store.browsers import Browser
from mcp_shop_console.store.clients import Client
from mcp_shop_console.store.database import Database
from mcp_shop_console.store.transaction import Transaction

MAX_STATE_BYTES = 4096
"""The one thing kept of a request that nothing else bounds."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request that passed every rule."""

    client_id: str
    redirect_uri: str
    is_redirect_uri_given: bool
    state: str | None
    scopes: frozenset[str]
    resource: str
    code_challenge: str
    issuer: str


class AuthorizationEndpoint:
    """Checks what a client asks for, keeps it, and leads the human to the consent page."""

    def __init__(self, database: Database, policy: Policy, documents: ClientDocuments) -> None:
        self._database = database
        self._policy = policy
        self._documents = documents

    async def handle(self, request: Request) -> Response:
        origin = origin_of(request, self._policy.origins)
        parameters = query_parameters(request)
        client = await self._client(parameters, address_of(request))
        redirect_uri = _redirect_uri(client, parameters)
        try:
            asked = self._asked(parameters, client, redirect_uri, origin)
        except RedirectError as error:
            answer = {"error": error.code, "error_description": error.description, "iss": origin}
            state = {"state": parameters.get("state")} if _has_fit_state(parameters) else {}
            return redirect(with_answer(redirect_uri, answer | state))
        return await self._lead_to_consent(asked, cookie_of(request, origin))

    async def _client(self, parameters: Parameters, address: str) -> Client:
        if parameters.repeated & {"client_id", "redirect_uri"}:
            raise PageError(
                "This link is broken",
                "It names the agent or the way back to it twice. Start again from your agent.",
            )
        if parameters.are_too_many or parameters.unreadable & {"client_id", "redirect_uri"}:
            raise PageError(
                "This link is damaged",
                "Which agent it is from, or the way back to it, cannot be read. Nothing was sent."
                " Start again from your agent.",
            )
        client_id = parameters.get("client_id")
        if looks_like_url(client_id):
            client = await self._documents.client(client_id, address)
        else:
            client = await self._database.read(lambda tx: known_client(tx, client_id, self._policy))
        if client is None:
            raise unregistered()
        return client

    def _asked(
        self, parameters: Parameters, client: Client, redirect_uri: str, origin: str
    ) -> _Asked:
        _check_form(parameters)
        _check_challenge(parameters)
        resource = own_resource(parameters.get("resource"), self._policy.origins, origin)
        if resource is None:
            raise RedirectError("invalid_target", "That resource is not the one of this server.")
        return _Asked(
            client_id=client.id,
            redirect_uri=redirect_uri,
            is_redirect_uri_given=bool(parameters.get("redirect_uri")),
            state=parameters.get("state") or None,
            scopes=_scopes(parameters.get("scope"), client),
            resource=resource,
            code_challenge=parameters.get("code_challenge"),
            issuer=origin,
        )

    async def _lead_to_consent(self, asked: _Asked, cookie: str) -> Response:
        new_cookie = new_secret()
        oldest_s = self._policy.consent_seconds + DAY_SECONDS
        kept = self._policy.limits.kept_requests - 1

        def keep(tx: Transaction) -> tuple[str, bool]:
            if known_client(tx, asked.client_id, self._policy) is None:
                raise unregistered()
            tx.authorizations.forget_requests(tx.now_ms - 1000 * oldest_s, kept)
            tx.browsers.forget_strangers(tx.now_ms - 1000 * oldest_s, kept)
            known = tx.browsers.by_secret(hash_of(cookie)) if cookie else None
            browser = known or _new_browser(tx, new_cookie)
            request = _request(tx, asked, browser)
            tx.authorizations.insert_request(request)
            return request.id, known is None

        request_id, is_new_browser = await self._database.write(keep)
        response = redirect(f"/consent?request={request_id}")
        if is_new_browser:
            set_cookie(response, asked.issuer, new_cookie)
        return response


def _redirect_uri(client: Client, parameters: Parameters) -> str:
    """Where the answer goes: nowhere but to a registered URI (RFC 9700 section 4.1)."""
    asked = parameters.get("redirect_uri")
    if not asked and len(client.redirect_uris) == 1:
        return client.redirect_uris[0]
    if not is_registered(asked, client.redirect_uris):
        place = f"“{host_of(asked)}”" if asked else "no place that it named"
        raise PageError(
            "This agent never registered that way back",
            f"The answer would go to {place}, so nothing was sent. Start again from your agent.",
        )
    return asked


def _check_form(parameters: Parameters) -> None:
    if parameters.repeated:
        raise RedirectError("invalid_request", "A parameter came more than once.")
    if not parameters.is_readable:
        raise RedirectError("invalid_request", "A parameter is not UTF-8 text without controls.")
    if parameters.get("state") and not _has_fit_state(parameters):
        raise RedirectError("invalid_request", f"The state is longer than {MAX_STATE_BYTES} bytes.")
    if not parameters.get("response_type"):
        raise RedirectError("invalid_request", "The response_type is missing.")
    if parameters.get("response_type") != "code":
        raise RedirectError("unsupported_response_type", "The response_type must be code.")
    if parameters.get("response_mode") not in ("", "query"):
        raise RedirectError("invalid_request", "The response_mode must be query.")


def _has_fit_state(parameters: Parameters) -> bool:
    """Whether there is a state that may be kept, and handed back."""
    return 0 < len(parameters.get("state").encode()) <= MAX_STATE_BYTES


def _check_challenge(parameters: Parameters) -> None:
    if parameters.get("code_challenge_method") != "S256":
        raise RedirectError("invalid_request", "The code_challenge_method must be S256.")
    if not is_challenge(parameters.get("code_challenge")):
        raise RedirectError("invalid_request", "The code_challenge must be 43 base64url letters.")


def _scopes(asked: str, client: Client) -> frozenset[str]:
    """What is asked for; all that the client may have if it names nothing (section 3.3)."""
    scopes = frozenset(asked.split()) or client.scopes - {OFFLINE_ACCESS}
    if not scopes <= client.scopes:
        raise RedirectError("invalid_scope", "A scope is unknown, or not of this client.")
    return scopes


def _new_browser(tx: Transaction, cookie: str) -> Browser:
    browser = Browser(tx.new_id(), hash_of(cookie), human_id=None, made_at_ms=tx.now_ms)
    tx.browsers.insert(browser)
    return browser


def _request(tx: Transaction, asked: _Asked, browser: Browser) -> AuthorizationRequest:
    return AuthorizationRequest(
        id=tx.new_id(),
        browser_id=browser.id,
        client_id=asked.client_id,
        redirect_uri=asked.redirect_uri,
        is_redirect_uri_given=asked.is_redirect_uri_given,
        state=asked.state,
        scopes=asked.scopes,
        resource=asked.resource,
        code_challenge=asked.code_challenge,
        issuer=asked.issuer,
        made_at_ms=tx.now_ms,
    )
