"""Dynamic client registration (RFC 7591): how an agent that nobody knows introduces itself.

May import starlette, model and store.
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mcp_shop_console.authorization_server.client_metadata import (
    CheckedMetadata,
    answer_for,
    checked,
    parsed,
)
from mcp_shop_console.authorization_server.credentials import hash_of, new_secret
from mcp_shop_console.authorization_server.endpoints import NO_STORE, address_of, origin_of
from mcp_shop_console.authorization_server.errors import TooManyRequests
from mcp_shop_console.authorization_server.known_clients import admit_client, forget_unused
from mcp_shop_console.authorization_server.limits import Door
from mcp_shop_console.authorization_server.parameters import read_body
from mcp_shop_console.authorization_server.policy import Policy
from mcp_shop_console.store.clients import AuthMethod, Client
from mcp_shop_console.store.database import Database
from mcp_shop_console.store.transaction import Transaction


class RegistrationEndpoint:
    """Gives each client that asks properly an id, and a secret if it wants one."""

    def __init__(self, database: Database, policy: Policy, door: Door) -> None:
        self._database = database
        self._policy = policy
        self._door = door

    async def handle(self, request: Request) -> Response:
        origin = origin_of(request, self._policy.origins)
        self._door.let_in("", address_of(request))
        metadata = checked(parsed(await read_body(request)))
        secret = None if metadata.auth_method is AuthMethod.NONE else new_secret()
        token = new_secret()

        def operation(tx: Transaction) -> Client | TooManyRequests:
            forget_unused(tx, self._policy)
            client = _new_client(tx, metadata, secret)
            if not admit_client(tx, client, self._policy):
                return TooManyRequests("unused_clients", self._policy.limits.full_seconds)
            tx.clients.let_manage(client.id, hash_of(token))
            return client

        client = await self._database.write(operation)
        if isinstance(client, TooManyRequests):
            raise client
        answer = answer_for(client, secret) | management_of(client, origin, token)
        return JSONResponse(answer, status_code=201, headers=NO_STORE)


def management_of(client: Client, origin: str, token: str) -> dict[str, object]:
    """Where and with what the client manages its registration (RFC 7592 section 3)."""
    return {
        "registration_client_uri": f"{origin}/register/{client.id}",
        "registration_access_token": token,
    }


def _new_client(tx: Transaction, metadata: CheckedMetadata, secret: str | None) -> Client:
    return Client(
        id=tx.new_id(),
        name=metadata.name,
        redirect_uris=metadata.redirect_uris,
        auth_method=metadata.auth_method,
        secret_hash=hash_of(secret) if secret else None,
        scopes=metadata.scopes,
        grant_types=metadata.grant_types,
        registered_at_ms=tx.now_ms,
    )
