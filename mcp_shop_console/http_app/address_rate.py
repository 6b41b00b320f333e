"""The limit on how often one address may ask anything at all.

May import model.
"""

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from mcp_shop_console.http_app.refusals import refuse
from mcp_shop_console.model.rate_limit import RateLimit, neighbourhood

_REFUSED = {
    "error": "too_many_requests",
    "error_description": "Too many requests from this address. Wait a second, then go on.",
}


class AddressRate:
    """Answers 429 (RFC 6585 section 4) before anybody looks at a token, a body or the store."""

    def __init__(self, app: ASGIApp, limit: RateLimit) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wait_seconds = self._limit.take(_place(scope)) if scope["type"] == "http" else 0
        if not wait_seconds:
            await self._app(scope, receive, send)
            return
        refuse(scope, "too_many_requests")
        refused = JSONResponse(_REFUSED, 429, {"Retry-After": str(wait_seconds)})
        await refused(scope, receive, send)


def _place(scope: Scope) -> str:
    client = scope.get("client")
    return neighbourhood(client[0]) if client else ""
