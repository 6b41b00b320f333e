"""The one ASGI app: the routes of both servers behind the same gates.

May import mcp_server, authorization_server, shop, authority, store, feed, model and settings.
"""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from mcp_shop_console.authority.refused_requests import RefusedRequests
from mcp_shop_console.http_app.address_rate import AddressRate
from mcp_shop_console.http_app.bodies import BodyLimit
from mcp_shop_console.http_app.browsers import for_browser_clients
from mcp_shop_console.http_app.client_address import ClientAddress, Network
from mcp_shop_console.http_app.gates import HostGate, OriginGate
from mcp_shop_console.http_app.health import health_route
from mcp_shop_console.http_app.refusals import RefusalCount
from mcp_shop_console.model.origins import RESOURCE_PATHS, Origins
from mcp_shop_console.model.rate_limit import RateLimit
from mcp_shop_console.store.database import Database


def http_app(
    *,
    mcp: ASGIApp,
    routes: Sequence[BaseRoute],
    database: Database,
    origins: Origins,
    refused: RefusedRequests,
    address_limit: RateLimit,
    trusted_proxies: Sequence[Network] = (),
) -> ASGIApp:
    """The app that the socket is given to.

    Args:
        mcp: The MCP endpoint, an object that is an ASGI app.
        routes: The authorization server's endpoints and pages, and the landing page.
        database: Asked by ``/healthz`` whether it answers.
        origins: The names under which this server answers. Any other is refused.
        refused: Counts what is turned away.
        address_limit: How often one address may ask anything at all.
        trusted_proxies: Whose word on where a request came from is believed.
    """
    server = Starlette(
        routes=[
            *(Route(path, mcp, methods=None) for path in RESOURCE_PATHS),
            *routes,
            health_route(database),
        ],
        exception_handlers={ClientDisconnect: _answer_nobody},
    )
    # Behind a tunnel such a redirect would lead to plain http, and take a token along.
    server.router.redirect_slashes = False
    app: ASGIApp = BodyLimit(server)
    app = AddressRate(app, address_limit)
    app = for_browser_clients(app)
    app = OriginGate(app, origins)
    app = HostGate(app, origins)
    app = RefusalCount(app, refused)
    return ClientAddress(app, trusted_proxies)


async def _answer_nobody(_: Request, __: Exception) -> Response:
    """Who hung up before the end of their body is no fault of ours, and no traceback in the log."""
    return Response(status_code=400)
