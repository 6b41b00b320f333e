"""The token endpoint (RFC 6749 section 3.2): codes and refresh tokens become tokens.

May import starlette and store.
"""

from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mcp_shop_console.authorization_server.client_authentication import ClientAuthentication
from mcp_shop_console.authorization_server.code_redemption import Redemption, redeem
from mcp_shop_console.authorization_server.endpoints import NO_STORE, origin_of
from mcp_shop_console.authorization_server.errors import OAuthError
from mcp_shop_console.authorization_server.issuance import Tokens
from mcp_shop_console.authorization_server.parameters import Parameters, token_parameters
from mcp_shop_console.authorization_server.policy import Policy
from mcp_shop_console.authorization_server.refresh import Refresh, refresh
from mcp_shop_console.authorization_server.resources import own_resource
from mcp_shop_console.store.clients import Client
from mcp_shop_console.store.database import Database


class TokenEndpoint:
    """Gives tokens to clients that prove who they are and what they were granted."""

    def __init__(
        self, database: Database, policy: Policy, authentication: ClientAuthentication
    ) -> None:
        self._database = database
        self._policy = policy
        self._authentication = authentication

    async def handle(self, request: Request) -> Response:
        origin = origin_of(request, self._policy.origins)
        parameters = await token_parameters(request)
        grant_type = parameters.get("grant_type")
        if grant_type not in ("", "authorization_code", "refresh_token"):
            raise OAuthError("unsupported_grant_type", "Use authorization_code or refresh_token.")
        client = await self._authentication.client_of(request, parameters)
        if own_resource(parameters.get("resource"), self._policy.origins, origin) is None:
            raise OAuthError("invalid_target", "That resource is not the one of this server.")
        match await self._exchange(grant_type, client, parameters):
            case OAuthError() as error:
                raise error
            case Tokens() as tokens:
                return JSONResponse(tokens.answer, headers=NO_STORE)

    async def _exchange(
        self, grant_type: str, client: Client, parameters: Parameters
    ) -> Tokens | OAuthError:
        if grant_type not in client.grant_types:
            code = "unauthorized_client" if grant_type else "invalid_request"
            raise OAuthError(code, "The grant_type is missing, or this client never registered it.")
        if grant_type == "authorization_code":
            redemption = Redemption(
                client=client,
                code=_required(parameters, "code"),
                redirect_uri=parameters.get("redirect_uri"),
                verifier=_required(parameters, "code_verifier"),
            )
            return await self._database.write(partial(redeem, redemption, self._policy))
        asked = Refresh(
            client=client,
            refresh_token=_required(parameters, "refresh_token"),
            scopes=frozenset(parameters.get("scope").split()),
        )
        return await self._database.write(partial(refresh, asked, self._policy))


def _required(parameters: Parameters, name: str) -> str:
    value = parameters.get(name)
    if not value:
        raise OAuthError("invalid_request", f"The parameter {name} is missing.")
    return value
