"""The bearer gate: who calls, for every single request, by its token alone.

May import authority and model.
"""

import re
from collections.abc import Awaitable, Callable

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from starlette.types import ASGIApp, Receive, Scope, Send

from mcp_shop_console.authority.refused_requests import RefusedRequests
from mcp_shop_console.mcp_server.challenges import send_unauthorized, send_unavailable
from mcp_shop_console.model.deputies import Deputy
from mcp_shop_console.model.faults import StoreUnavailable
from mcp_shop_console.model.origins import Origins

Verify = Callable[[str], Awaitable[Deputy | None]]

_ISSUER = "mcp-shop-console"
_TOKEN = re.compile(rb"[A-Za-z0-9\-._~+/]{1,512}=*")


class DeputyUser(AuthenticatedUser):
    """The SDK's user of a request, which knows the deputy that it stands for.

    The SDK binds a legacy session to client, issuer and subject, so that nobody else can use it.
    """

    def __init__(self, deputy: Deputy) -> None:
        super().__init__(
            AccessToken(
                token="",
                client_id=deputy.agent.client_id,
                scopes=[],
                subject=deputy.human.id,
                claims={"iss": _ISSUER},
            )
        )
        self.deputy = deputy


def deputy_of(scope: Scope) -> Deputy:
    """The deputy whose token came with this request."""
    user = scope["user"]
    if not isinstance(user, DeputyUser):
        raise TypeError("the bearer gate did not see this request")
    return user.deputy


class BearerGate:
    """Lets requests with a live access token pass to ``app``, with their deputy in the scope."""

    def __init__(
        self, app: ASGIApp, *, verify: Verify, origins: Origins, refused: RefusedRequests
    ) -> None:
        self._app = app
        self._verify = verify
        self._origins = origins
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = _bearer_token(scope)
        if token is None:
            await self._turn_away(scope, send, error="")
            return
        try:
            deputy = await self._verify(token) if token else None
        except StoreUnavailable:
            await send_unavailable(send)
            return
        if deputy is None:
            await self._turn_away(scope, send, error="invalid_token")
            return
        scope["user"] = DeputyUser(deputy)
        await self._app(scope, receive, send)

    async def _turn_away(self, scope: Scope, send: Send, *, error: str) -> None:
        self._refused.count(401, error or _reason_without_token(scope), address_of(scope))
        await send_unauthorized(send, origin_of(scope, self._origins), error=error)


def origin_of(scope: Scope, origins: Origins) -> str:
    """The name of this server under which ``scope`` was asked."""
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    asked = origins.of_host(hosts[0].decode("latin-1")) if hosts else None
    return asked or origins.main


def address_of(scope: Scope) -> str:
    """The address that ``scope`` came from, empty where there is none."""
    client = scope.get("client")
    return client[0] if client else ""


def _reason_without_token(scope: Scope) -> str:
    """A token in the query is ignored, as it stands in logs and histories, but worth knowing."""
    return "token_in_query" if b"access_token=" in scope["query_string"] else "no_token"


def _bearer_token(scope: Scope) -> str | None:
    """The token; None if no bearer token was sent, empty if what was sent cannot be one."""
    sent = [value for name, value in scope["headers"] if name == b"authorization"]
    if not sent:
        return None
    scheme, _, token = sent[0].partition(b" ")
    if scheme.lower() != b"bearer":
        return None
    if len(sent) > 1 or not _TOKEN.fullmatch(token.strip()):
        return ""
    return token.strip().decode("ascii")
