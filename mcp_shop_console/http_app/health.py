"""``/healthz``: whether this server can do its work, for whoever runs it without a screen.

May import store and model.
"""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from mcp_shop_console import __version__
from mcp_shop_console.model.faults import StoreUnavailable
from mcp_shop_console.store.database import Database

_NO_STORE = {"Cache-Control": "no-store"}


def health_route(database: Database) -> Route:
    """200 while the store answers, 503 while it does not."""

    async def health(_: Request) -> JSONResponse:
        try:
            seq, _hash = await database.read(lambda tx: tx.audit.head())
        except StoreUnavailable:
            return JSONResponse({"status": "store unavailable"}, 503, _NO_STORE)
        return JSONResponse(
            {"status": "ok", "version": __version__, "audit_seq": seq}, headers=_NO_STORE
        )

    return Route("/healthz", health, methods=["GET"])
