"""The two kinds of endpoints, and the one place where each kind's errors are answered.

May import starlette and model.
"""

from collections.abc import Awaitable, Callable
from functools import wraps

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from mcp_shop_console.authorization_server.errors import (
    BodyTooLarge,
    Misdirected,
    OAuthError,
    PageError,
)
from mcp_shop_console.authorization_server.pages import error_page
from mcp_shop_console.model.faults import StoreUnavailable
from mcp_shop_console.model.origins import Origins

Handler = Callable[[Request], Awaitable[Response]]

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
RETRY_AFTER_SECONDS = 5
"""When to try again after the store failed."""


def origin_of(request: Request, origins: Origins) -> str:
    """The own origin that was asked, by the Host header.

    Raises:
        Misdirected: Another server was meant.
    """
    origin = origins.of_host(request.headers.get("host", ""))
    if origin is None:
        raise Misdirected
    return origin


def for_programs(handle: Handler) -> Handler:
    """An endpoint whose errors are JSON that is never stored."""

    @wraps(handle)
    async def endpoint(request: Request) -> Response:
        try:
            return await handle(request)
        except OAuthError as error:
            return _json_error(error)
        except BodyTooLarge:
            return _json_error(OAuthError("invalid_request", "The body is too large.", status=413))
        except Misdirected:
            return _misdirected()
        except StoreUnavailable:
            return _json_error(
                OAuthError(
                    "temporarily_unavailable",
                    "The store does not answer. Try again shortly.",
                    status=503,
                    headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
                )
            )

    return endpoint


def for_humans(handle: Handler) -> Handler:
    """An endpoint whose errors are pages."""

    @wraps(handle)
    async def endpoint(request: Request) -> Response:
        try:
            return await handle(request)
        except PageError as error:
            return error_page(error)
        except BodyTooLarge:
            return error_page(
                PageError("Too much", "That form is longer than any of ours. Go back.", status=413)
            )
        except Misdirected:
            return _misdirected()
        except StoreUnavailable:
            return error_page(
                PageError(
                    "One moment",
                    "The shop cannot reach its records, so nothing was decided. Try again shortly.",
                    status=503,
                    headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
                )
            )

    return endpoint


def _json_error(error: OAuthError) -> Response:
    return JSONResponse(
        {"error": error.code, "error_description": error.description},
        status_code=error.status,
        headers=NO_STORE | error.headers,
    )


def _misdirected() -> Response:
    return PlainTextResponse("This server does not answer under that name.\n", status_code=421)
