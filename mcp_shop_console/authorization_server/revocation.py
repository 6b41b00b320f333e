"""Token revocation (RFC 7009): how an agent signs itself out.

May import starlette, authority, model and store.
"""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from mcp_shop_console.authority import end_grant
from mcp_shop_console.authorization_server.client_authentication import ClientAuthentication
from mcp_shop_console.authorization_server.credentials import hash_of
from mcp_shop_console.authorization_server.endpoints import NO_STORE, origin_of
from mcp_shop_console.authorization_server.errors import OAuthError
from mcp_shop_console.authorization_server.parameters import token_parameters
from mcp_shop_console.authorization_server.policy import Policy
from mcp_shop_console.model.deputies import Rank
from mcp_shop_console.store.clients import Client
from mcp_shop_console.store.database import Database
from mcp_shop_console.store.transaction import Transaction


class RevocationEndpoint:
    """Ends the grant of either of its tokens. What is not the client's own has no effect."""

    def __init__(
        self, database: Database, policy: Policy, authentication: ClientAuthentication
    ) -> None:
        self._database = database
        self._policy = policy
        self._authentication = authentication

    async def handle(self, request: Request) -> Response:
        origin_of(request, self._policy.origins)
        parameters = await token_parameters(request)
        client = await self._authentication.client_of(request, parameters)
        token = parameters.get("token")
        if not token:
            raise OAuthError("invalid_request", "The parameter token is missing.")
        await self._database.write(partial(_revoke, client, token))
        return Response(status_code=200, headers=NO_STORE)


def _revoke(client: Client, token: str, tx: Transaction) -> None:
    # The hint says where to look first (section 2.1); both places are one step away here.
    token_hash = hash_of(token)
    found = tx.tokens.access(token_hash) or tx.tokens.refresh(token_hash)
    deputy = tx.grants.deputy(found.grant_id) if found else None
    if deputy is not None and deputy.agent.client_id == client.id:
        end_grant(tx, deputy.grant_id, actor=Rank.AGENT)
