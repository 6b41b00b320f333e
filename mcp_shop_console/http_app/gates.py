"""The gates before every route: which Host was meant, and which page sent the request.

May import model.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from mcp_shop_console.http_app.refusals import refuse
from mcp_shop_console.model.origins import LOOPBACK_NAMES, Origins

_LOOPBACK_HOSTS = frozenset(name.strip("[]") for name in LOOPBACK_NAMES)
_PAGE_PATHS = frozenset({"/sign-in", "/consent"})


class HostGate:
    """Answers only to our own names, so that no foreign name can be bound to this address.

    MCP transports (2025-11-25), security warning: DNS rebinding. RFC 9110 section 15.5.20.
    """

    def __init__(self, app: ASGIApp, origins: Origins) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (refused := self._refusal(scope)) is None:
            await self._app(scope, receive, send)
        else:
            refuse(scope, "foreign_host")
            await refused(scope, receive, send)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        hosts = Headers(scope=scope).getlist("host")
        if len(hosts) != 1:
            return PlainTextResponse("Send exactly one Host header.\n", 400)
        if self._origins.of_host(hosts[0]) is None:
            sentence = f"This server answers as {self._origins.main} only.\n"
            return PlainTextResponse(sentence, 421)
        return None


class OriginGate:
    """Refuses what a page of another site sends. No Origin header is no page, and passes.

    Pages on this computer may use the endpoints, as MCP Inspector does. The forms of our own
    pages come without a telling Origin (their Referrer-Policy is no-referrer), so there the
    browser's own word on the site counts.
    """

    def __init__(self, app: ASGIApp, origins: Origins) -> None:
        self._app = app
        self._own = frozenset(map(_parsed, origins.all))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._may_pass(scope):
            await self._app(scope, receive, send)
        else:
            refuse(scope, "foreign_origin")
            refused = PlainTextResponse("Requests from this origin are refused.\n", 403)
            await refused(scope, receive, send)

    def _may_pass(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        origins = headers.getlist("origin")
        if scope["path"] in _PAGE_PATHS and scope["method"] == "POST":
            site = headers.get("sec-fetch-site", "same-origin")
            is_ours = all(origin == "null" or self._is_own(origin) for origin in origins)
            return is_ours and site == "same-origin"
        return not origins or (len(origins) == 1 and self._may_use_endpoints(origins[0]))

    def _is_own(self, origin: str) -> bool:
        return _parsed(origin) in self._own

    def _may_use_endpoints(self, origin: str) -> bool:
        parsed = _parsed(origin)
        is_local = parsed is not None and parsed[1] in _LOOPBACK_HOSTS
        return is_local or self._is_own(origin)


def _parsed(origin: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port of a serialized origin (RFC 6454 section 6.2), None if it is none."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return None
    has_more = parts.username is not None or parts.path or parts.query or parts.fragment
    if parts.scheme not in {"http", "https"} or not parts.hostname or has_more:
        return None
    return parts.scheme, parts.hostname, port
