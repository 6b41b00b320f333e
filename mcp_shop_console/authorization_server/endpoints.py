"""The two kinds of endpoints, and the one place where each kind's errors are answered.

May import starlette and model.
"""

from collections.abc import Awaitable, Callable
from functools import wraps

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from mcp_shop_console.authorization_server.browser_cookie import cookie_of
from mcp_shop_console.authorization_server.errors import (
    BodyTooLarge,
    Misdirected,
    OAuthError,
    PageError,
    TooManyRequests,
)
from mcp_shop_console.authorization_server.limits import Door
from mcp_shop_console.authorization_server.pages import error_page
from mcp_shop_console.model.faults import StoreUnavailable
from mcp_shop_console.model.origins import Origins

Handler = Callable[[Request], Awaitable[Response]]

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
RETRY_AFTER_SECONDS = 5
"""When to try again after the store failed."""
_Trouble = BodyTooLarge | TooManyRequests | StoreUnavailable
_TROUBLES = (BodyTooLarge, TooManyRequests, StoreUnavailable)


def origin_of(request: Request, origins: Origins) -> str:
    """The own origin that was asked, by the Host header.

    Raises:
        Misdirected: Another server was meant.
    """
    origin = origins.of_host(request.headers.get("host", ""))
    if origin is None:
        raise Misdirected
    return origin


def address_of(request: Request) -> str:
    """Where the request came from, empty where nobody can tell."""
    return request.client.host if request.client else ""


def for_programs(handle: Handler) -> Handler:
    """An endpoint whose errors are JSON that is never stored."""

    @wraps(handle)
    async def endpoint(request: Request) -> Response:
        try:
            return await handle(request)
        except Misdirected:
            return _misdirected()
        except (OAuthError, *_TROUBLES) as error:
            request.state.refusal = _reason_of(error)
            return _json_error(_as_json(error))

    return endpoint


def for_humans(handle: Handler) -> Handler:
    """An endpoint whose errors are pages."""

    @wraps(handle)
    async def endpoint(request: Request) -> Response:
        try:
            return await handle(request)
        except Misdirected:
            return _misdirected()
        except (PageError, *_TROUBLES) as error:
            request.state.refusal = _reason_of(error)
            return error_page(_as_page(error))

    return endpoint


def behind(door: Door, handle: Handler, origins: Origins) -> Handler:
    """A handler for browsers that do not come too often."""

    @wraps(handle)
    async def guarded(request: Request) -> Response:
        cookie = cookie_of(request, origin_of(request, origins))
        door.let_in(cookie, address_of(request))
        return await handle(request)

    return guarded


def _as_json(error: OAuthError | _Trouble) -> OAuthError:
    match error:
        case OAuthError():
            return error
        case BodyTooLarge():
            return OAuthError("invalid_request", "The body is too large.", status=413)
        case TooManyRequests(wait_seconds=wait_seconds):
            return OAuthError(
                "too_many_requests",
                f"Too many requests. Try again in {wait_seconds} seconds.",
                status=429,
                headers={"Retry-After": str(wait_seconds)},
            )
        case StoreUnavailable():
            return OAuthError(
                "temporarily_unavailable",
                "The store does not answer. Try again shortly.",
                status=503,
                headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
            )


def _as_page(error: PageError | _Trouble) -> PageError:
    match error:
        case PageError():
            return error
        case BodyTooLarge():
            return PageError(
                "Too much", "That form is longer than any of ours. Go back.", status=413
            )
        case TooManyRequests(wait_seconds=wait_seconds):
            return PageError(
                "One moment",
                f"Too much came from here at once. Wait {wait_seconds} seconds, then try again.",
                status=429,
                headers={"Retry-After": str(wait_seconds)},
            )
        case StoreUnavailable():
            return PageError(
                "One moment",
                "The shop cannot reach its records, so nothing was decided. Try again shortly.",
                status=503,
                headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
            )


def _reason_of(error: OAuthError | PageError | _Trouble) -> str:
    """A word for the audit, which counts what is turned away."""
    match error:
        case OAuthError(code=code):
            return code
        case TooManyRequests(reason=reason):
            return reason
        case BodyTooLarge():
            return "body_too_large"
        case PageError() | StoreUnavailable():
            return "page"


def _json_error(error: OAuthError) -> Response:
    return JSONResponse(
        {"error": error.code, "error_description": error.description},
        status_code=error.status,
        headers=NO_STORE | error.headers,
    )


def _misdirected() -> Response:
    return PlainTextResponse("This server does not answer under that name.\n", status_code=421)
