"""Dynamic client registration (RFC 7591): how an agent that nobody knows introduces itself.

May import pydantic, starlette, model and store.
"""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mcp_shop_console.authorization_server.credentials import hash_of, new_secret
from mcp_shop_console.authorization_server.endpoints import NO_STORE, origin_of
from mcp_shop_console.authorization_server.errors import OAuthError
from mcp_shop_console.authorization_server.metadata import GRANT_TYPES, RESPONSE_TYPES
from mcp_shop_console.authorization_server.parameters import has_controls, read_body
from mcp_shop_console.authorization_server.policy import Policy
from mcp_shop_console.authorization_server.redirect_uris import (
    MAX_REDIRECT_URIS,
    flaw_of,
    host_of,
)
from mcp_shop_console.authorization_server.scopes import KNOWN_SCOPES, scope_text
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Agent, Rank
from mcp_shop_console.store.clients import AuthMethod, Client
from mcp_shop_console.store.database import Database
from mcp_shop_console.store.transaction import Transaction

MAX_NAME_CHARACTERS = 64


class ClientMetadata(BaseModel):
    """What a client says of itself. Members that mean nothing here are ignored (section 2).

    Not the SDK's model of the same: that one rewrites the redirect URIs, which must stay as sent.
    """

    model_config = ConfigDict(strict=True)

    redirect_uris: list[str] = Field(min_length=1, max_length=MAX_REDIRECT_URIS)
    client_name: str = Field(default="", max_length=MAX_NAME_CHARACTERS)
    token_endpoint_auth_method: str = AuthMethod.CLIENT_SECRET_POST.value
    grant_types: list[str] = list(GRANT_TYPES)
    response_types: list[str] = list(RESPONSE_TYPES)
    scope: str = ""


@dataclass(frozen=True, slots=True)
class _Checked:
    """Metadata that passed every rule."""

    name: str
    redirect_uris: tuple[str, ...]
    auth_method: AuthMethod
    scopes: frozenset[str]
    grant_types: frozenset[str]


class RegistrationEndpoint:
    """Gives each client that asks properly an id, and a secret if it wants one."""

    def __init__(self, database: Database, policy: Policy) -> None:
        self._database = database
        self._policy = policy

    async def handle(self, request: Request) -> Response:
        origin_of(request, self._policy.origins)
        checked = _checked(_parsed(await read_body(request)))
        secret = None if checked.auth_method is AuthMethod.NONE else new_secret()
        client = await self._database.write(lambda tx: _register(tx, checked, secret))
        return JSONResponse(_answer(client, secret), status_code=201, headers=NO_STORE)


def _parsed(body: bytes) -> ClientMetadata:
    try:
        return ClientMetadata.model_validate_json(body)
    except ValidationError as error:
        place = error.errors(include_url=False, include_input=False)[0]["loc"]
        if place and place[0] == "redirect_uris":
            raise _invalid_uri(f"Send 1 to {MAX_REDIRECT_URIS} redirect_uris, as texts.") from None
        if place and isinstance(place[0], str):
            raise _invalid(f"The member {place[0]} is not of its type, or is too long.") from None
        raise _invalid("Send a JSON object.") from None


def _checked(metadata: ClientMetadata) -> _Checked:
    flaw = next(filter(None, map(flaw_of, metadata.redirect_uris)), None)
    if flaw:
        raise _invalid_uri(flaw)
    if has_controls(metadata.client_name):
        raise _invalid("A client_name has no control characters.")
    if metadata.token_endpoint_auth_method not in set(AuthMethod):
        raise _invalid("The token_endpoint_auth_method is none of those in our metadata.")
    grant_types = frozenset(metadata.grant_types) & set(GRANT_TYPES)
    if "authorization_code" not in grant_types or "code" not in metadata.response_types:
        raise _invalid(
            "This server knows the grant type authorization_code with response type code."
        )
    # Whoever names no scope that exists may ask for every one: the human still decides.
    scopes = frozenset(metadata.scope.split()) & KNOWN_SCOPES or KNOWN_SCOPES
    return _Checked(
        name=metadata.client_name,
        redirect_uris=tuple(metadata.redirect_uris),
        auth_method=AuthMethod(metadata.token_endpoint_auth_method),
        scopes=scopes,
        grant_types=grant_types,
    )


def _register(tx: Transaction, checked: _Checked, secret: str | None) -> Client:
    client = Client(
        id=tx.new_id(),
        name=checked.name,
        redirect_uris=checked.redirect_uris,
        auth_method=checked.auth_method,
        secret_hash=hash_of(secret) if secret else None,
        scopes=checked.scopes,
        grant_types=checked.grant_types,
        registered_at_ms=tx.now_ms,
    )
    tx.clients.insert(client)
    tx.audit.append(
        AuditKind.CLIENT_REGISTERED,
        actor=Rank.SYSTEM,
        agent=Agent(client.id, client.name, host_of(client.redirect_uris[0])),
        facts={"auth_method": client.auth_method.value, "redirect_uris": len(client.redirect_uris)},
    )
    return client


def _answer(client: Client, secret: str | None) -> dict[str, object]:
    """RFC 7591 section 3.2.1: everything that was registered, as it was."""
    answer: dict[str, object] = {
        "client_id": client.id,
        "client_id_issued_at": client.registered_at_ms // 1000,
        "redirect_uris": list(client.redirect_uris),
        "token_endpoint_auth_method": client.auth_method.value,
        "grant_types": sorted(client.grant_types),
        "response_types": list(RESPONSE_TYPES),
        "scope": scope_text(client.scopes),
    }
    if client.name:
        answer["client_name"] = client.name
    if secret:
        answer |= {"client_secret": secret, "client_secret_expires_at": 0}
    return answer


def _invalid(description: str) -> OAuthError:
    return OAuthError("invalid_client_metadata", description)


def _invalid_uri(description: str) -> OAuthError:
    return OAuthError("invalid_redirect_uri", description)
