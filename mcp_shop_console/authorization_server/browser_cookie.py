"""The cookie by which a browser is known: opaque, and no script or other site gets to see it.

May import starlette.
"""

import re

from starlette.requests import Request
from starlette.responses import Response

from mcp_shop_console.authorization_server.policy import DAY_SECONDS

_NAME = "mcp_shop_browser"
_VALUE = re.compile(r"[A-Za-z0-9_-]{43}")
_LIFE_SECONDS = 7 * DAY_SECONDS


def cookie_of(request: Request, origin: str) -> str:
    """The cookie's value, empty if there is none of ours."""
    value = request.cookies.get(_name(origin), "")
    return value if _VALUE.fullmatch(value) else ""


def set_cookie(response: Response, origin: str, value: str) -> None:
    """Give the browser its cookie. Lax, so that it comes back from a click at the agent."""
    response.set_cookie(
        _name(origin),
        value,
        max_age=_LIFE_SECONDS,
        path="/",
        secure=_is_secure(origin),
        httponly=True,
        samesite="lax",
    )


def _name(origin: str) -> str:
    # The prefix makes the browser refuse this cookie from any other host or without https.
    return f"__Host-{_NAME}" if _is_secure(origin) else _NAME


def _is_secure(origin: str) -> bool:
    return origin.startswith("https://")
