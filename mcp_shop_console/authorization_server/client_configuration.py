"""Client configuration (RFC 7592): a client reads, changes or removes its own registration.

May import starlette, model and store.
"""

from dataclasses import dataclass, field, replace

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mcp_shop_console.authorization_server.client_metadata import (
    CheckedMetadata,
    ClientMetadata,
    answer_for,
    checked,
    invalid,
    parsed,
)
from mcp_shop_console.authorization_server.credentials import hash_of, is_same_hash, new_secret
from mcp_shop_console.authorization_server.endpoints import NO_STORE, address_of, origin_of
from mcp_shop_console.authorization_server.errors import OAuthError
from mcp_shop_console.authorization_server.known_clients import (
    change_client,
    known_client,
    remove_client,
)
from mcp_shop_console.authorization_server.limits import Door
from mcp_shop_console.authorization_server.parameters import read_body
from mcp_shop_console.authorization_server.policy import Policy
from mcp_shop_console.authorization_server.registration import management_of
from mcp_shop_console.model.deputies import Rank
from mcp_shop_console.store.clients import AuthMethod, Client
from mcp_shop_console.store.database import Database
from mcp_shop_console.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class _Claim:
    """Which registration a request is about, and the token that shows whose it is."""

    client_id: str
    token: str = field(repr=False)


class ConfigurationEndpoint:
    """Serves each registered client at its ``registration_client_uri``."""

    def __init__(self, database: Database, policy: Policy, door: Door) -> None:
        self._database = database
        self._policy = policy
        self._door = door

    async def read(self, request: Request) -> Response:
        origin, claim = self._asked(request)
        client = await self._database.read(lambda tx: self._proven(tx, claim))
        # The secret is known here by its hash alone; the client has it, and it stays in force.
        return _information(client, None, origin, claim.token)

    async def update(self, request: Request) -> Response:
        origin, claim = self._asked(request)
        await self._database.read(lambda tx: self._proven(tx, claim))
        sent = parsed(await read_body(request))
        metadata = checked(sent)

        def operation(tx: Transaction) -> tuple[Client, str | None]:
            client = self._proven(tx, claim)
            _check_identity(sent, client)
            return _update(tx, client, metadata, sent.client_secret)

        client, secret = await self._database.write(operation)
        return _information(client, secret, origin, claim.token)

    async def remove(self, request: Request) -> Response:
        _, claim = self._asked(request)
        await self._database.write(
            lambda tx: remove_client(tx, self._proven(tx, claim), Rank.AGENT, "asked")
        )
        return Response(status_code=204, headers=NO_STORE)

    def _asked(self, request: Request) -> tuple[str, _Claim]:
        origin = origin_of(request, self._policy.origins)
        self._door.let_in("", address_of(request))
        return origin, _claim_of(request)

    def _proven(self, tx: Transaction, claim: _Claim) -> Client:
        """The client that the token manages, and no other (section 2, RFC 7592)."""
        client = known_client(tx, claim.client_id, self._policy)
        expected = client and tx.clients.registration_token_hash(client.id)
        if client is None or not expected or not is_same_hash(hash_of(claim.token), expected):
            raise _invalid_token()
        return client


def _claim_of(request: Request) -> _Claim:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _invalid_token()
    client_id: str = request.path_params["client_id"]
    return _Claim(client_id, token.strip())


def _check_identity(sent: ClientMetadata, client: Client) -> None:
    """Section 2.2: an update names its client, and may repeat its secret but not choose one."""
    if sent.client_id != client.id:
        raise invalid("The client_id must be the one that is updated.")
    if sent.client_secret and not _is_secret_of(sent.client_secret, client):
        raise invalid("The client_secret is not the one in force, and clients cannot choose one.")


def _is_secret_of(secret: str, client: Client) -> bool:
    expected = client.secret_hash
    return expected is not None and is_same_hash(hash_of(secret), expected)


def _update(
    tx: Transaction, client: Client, metadata: CheckedMetadata, known_secret: str
) -> tuple[Client, str | None]:
    """The client as it is now, and the secret to tell it, if it is known or new."""
    is_public = metadata.auth_method is AuthMethod.NONE
    new = new_secret() if not is_public and client.secret_hash is None else ""
    kept_hash = None if is_public else client.secret_hash
    updated = replace(
        client,
        name=metadata.name,
        redirect_uris=metadata.redirect_uris,
        auth_method=metadata.auth_method,
        secret_hash=hash_of(new) if new else kept_hash,
        scopes=metadata.scopes,
        grant_types=metadata.grant_types,
    )
    change_client(tx, updated, Rank.AGENT)
    return updated, new or (known_secret if not is_public else "") or None


def _information(client: Client, secret: str | None, origin: str, token: str) -> Response:
    answer = answer_for(client, secret) | management_of(client, origin, token)
    return JSONResponse(answer, headers=NO_STORE)


def _invalid_token() -> OAuthError:
    return OAuthError(
        "invalid_token",
        "This takes the registration access token of that very client.",
        status=401,
        headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
    )
