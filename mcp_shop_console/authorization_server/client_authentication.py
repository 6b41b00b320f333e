"""How a client proves at the token and revocation endpoints who it is (RFC 6749 section 2.3).

May import starlette and store.
"""

import base64
import binascii
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from starlette.requests import Request

from mcp_shop_console.authorization_server.credentials import hash_of, is_same_hash
from mcp_shop_console.authorization_server.endpoints import address_of
from mcp_shop_console.authorization_server.errors import OAuthError
from mcp_shop_console.authorization_server.known_clients import known_client
from mcp_shop_console.authorization_server.limits import Door
from mcp_shop_console.authorization_server.parameters import Parameters
from mcp_shop_console.authorization_server.policy import Policy
from mcp_shop_console.store.clients import AuthMethod, Client
from mcp_shop_console.store.database import Database


@dataclass(frozen=True, slots=True)
class _Claim:
    """Who a request says it is from, and by which method."""

    client_id: str
    method: AuthMethod
    secret: str = field(default="", repr=False)


_NOBODY = _Claim("", AuthMethod.CLIENT_SECRET_BASIC)
"""Basic credentials that cannot be meant: refused, and counted, like those of a made-up client."""


class ClientAuthentication:
    """Tells at the token and revocation endpoints which client asks."""

    def __init__(self, database: Database, policy: Policy, door: Door) -> None:
        self._database = database
        self._policy = policy
        self._door = door

    async def client_of(self, request: Request, parameters: Parameters) -> Client:
        """The client that sent the request, by the method that it registered and no other.

        Raises:
            OAuthError: ``invalid_client``.
            TooManyRequests: What it shows comes too often, or too much from its address.
        """
        claim = _claim_of(request.headers.get("authorization", ""), parameters)
        # Not by the client's id, which is no secret: anybody could use up what it may ask.
        self._door.let_in(claim.secret or _credential_in(parameters), address_of(request))
        client = await self._database.read(
            lambda tx: known_client(tx, claim.client_id, self._policy)
        )
        if client is None or client.auth_method is not claim.method or not _proves(claim, client):
            raise _invalid_client(is_basic=claim.method is AuthMethod.CLIENT_SECRET_BASIC)
        return client


def _claim_of(authorization: str, parameters: Parameters) -> _Claim:
    scheme, _, credentials = authorization.partition(" ")
    # A Bearer token here says nothing about the client: some send one along with the refresh.
    if scheme.lower() == "basic":
        return _basic_claim(credentials.strip(), parameters)
    secret = parameters.get("client_secret")
    method = AuthMethod.CLIENT_SECRET_POST if secret else AuthMethod.NONE
    return _Claim(parameters.get("client_id"), method, secret)


def _basic_claim(credentials: str, parameters: Parameters) -> _Claim:
    """RFC 6749 section 2.3.1: id and secret are form-encoded before they are base64."""
    try:
        decoded = base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return _NOBODY
    client_id, _, secret = (unquote_plus(part) for part in decoded.partition(":"))
    is_contradicted = parameters.get("client_id") not in ("", client_id)
    if is_contradicted or parameters.get("client_secret"):
        return _NOBODY
    return _Claim(client_id, AuthMethod.CLIENT_SECRET_BASIC, secret)


def _credential_in(parameters: Parameters) -> str:
    """The code or token that a request is about, by which a public client is told from others."""
    return parameters.get("code") or parameters.get("refresh_token") or parameters.get("token")


def _proves(claim: _Claim, client: Client) -> bool:
    if client.secret_hash is None:
        return True
    return is_same_hash(hash_of(claim.secret), client.secret_hash)


def _invalid_client(*, is_basic: bool) -> OAuthError:
    return OAuthError(
        "invalid_client",
        "No such client, or not by the method and secret that it registered. Register again.",
        status=401,
        headers={"WWW-Authenticate": 'Basic realm="mcp.shop"'} if is_basic else None,
    )
