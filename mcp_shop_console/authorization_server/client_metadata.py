"""What a client says of itself, and which of it this server takes (RFC 7591 section 2).

May import pydantic, model and store.
"""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mcp_shop_console.authorization_server.errors import OAuthError
from mcp_shop_console.authorization_server.metadata import GRANT_TYPES, RESPONSE_TYPES
from mcp_shop_console.authorization_server.parameters import has_controls
from mcp_shop_console.authorization_server.redirect_uris import (
    MAX_REDIRECT_URIS,
    flaw_of,
    host_of,
)
from mcp_shop_console.authorization_server.scopes import KNOWN_SCOPES, scope_text
from mcp_shop_console.model.deputies import Agent
from mcp_shop_console.model.strict_json import NotStrictJson, read_json
from mcp_shop_console.store.clients import AuthMethod, Client

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
    client_id: str = ""
    """Only where the client has one already: in an update, and in a metadata document."""
    client_secret: str = Field(default="", repr=False)
    """Only in an update, where it may name the one that is in force, and nothing else."""


@dataclass(frozen=True, slots=True)
class CheckedMetadata:
    """Metadata that passed every rule."""

    name: str
    redirect_uris: tuple[str, ...]
    auth_method: AuthMethod
    scopes: frozenset[str]
    grant_types: frozenset[str]


def parsed(body: bytes) -> ClientMetadata:
    """The metadata in a strict JSON object.

    Raises:
        OAuthError: ``invalid_redirect_uri`` or ``invalid_client_metadata``.
    """
    try:
        return ClientMetadata.model_validate(read_json(body))
    except NotStrictJson as fault:
        raise invalid(f"Send one strict JSON object ({fault}).") from None
    except ValidationError as error:
        place = error.errors(include_url=False, include_input=False)[0]["loc"]
        if place and place[0] == "redirect_uris":
            raise _invalid_uri(f"Send 1 to {MAX_REDIRECT_URIS} redirect_uris, as texts.") from None
        if place and isinstance(place[0], str):
            raise invalid(f"The member {place[0]} is not of its type, or is too long.") from None
        raise invalid("Send a JSON object.") from None


def checked(metadata: ClientMetadata) -> CheckedMetadata:
    """The metadata as it will be registered.

    Raises:
        OAuthError: ``invalid_redirect_uri`` or ``invalid_client_metadata``.
    """
    flaw = next(filter(None, map(flaw_of, metadata.redirect_uris)), None)
    if flaw:
        raise _invalid_uri(flaw)
    if has_controls(metadata.client_name):
        raise invalid("A client_name has no control characters.")
    if metadata.token_endpoint_auth_method not in set(AuthMethod):
        raise invalid("The token_endpoint_auth_method is none of those in our metadata.")
    grant_types = frozenset(metadata.grant_types) & set(GRANT_TYPES)
    if "authorization_code" not in grant_types or "code" not in metadata.response_types:
        raise invalid(
            "This server knows the grant type authorization_code with response type code."
        )
    # Whoever names no scope that exists may ask for every one: the human still decides.
    scopes = frozenset(metadata.scope.split()) & KNOWN_SCOPES or KNOWN_SCOPES
    return CheckedMetadata(
        name=metadata.client_name,
        redirect_uris=tuple(metadata.redirect_uris),
        auth_method=AuthMethod(metadata.token_endpoint_auth_method),
        scopes=scopes,
        grant_types=grant_types,
    )


def answer_for(client: Client, secret: str | None) -> dict[str, object]:
    """RFC 7591 section 3.2.1: everything that is registered, as it is."""
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


def agent_of(client: Client) -> Agent:
    """A client as an agent, before anyone deputized it."""
    return Agent(client.id, client.name, host_of(client.redirect_uris[0]))


def invalid(description: str) -> OAuthError:
    return OAuthError("invalid_client_metadata", description)


def _invalid_uri(description: str) -> OAuthError:
    return OAuthError("invalid_redirect_uri", description)
