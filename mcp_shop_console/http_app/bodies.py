"""The limit on request bodies, whether or not their length is announced.

May import model.
"""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcp_shop_console.http_app.refusals import refuse
from mcp_shop_console.model.origins import RESOURCE_PATHS

MAX_MCP_BYTES = 256 * 1024
MAX_OAUTH_BYTES = 16 * 1024
_CLOSE = {"Connection": "close"}
_REASON = "body_too_large"


class BodyLimit:
    """Answers 413 (RFC 9110 section 15.5.14) to a body above the limit of its route."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = MAX_MCP_BYTES if scope["path"] in RESOURCE_PATHS else MAX_OAUTH_BYTES
        if _announced(scope) > limit:
            refuse(scope, _REASON)
            await PlainTextResponse(_sentence(limit), 413, _CLOSE)(scope, receive, send)
        else:
            await self._app(scope, _counted(scope, receive, limit), send)


def _announced(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() else 0


def _counted(scope: Scope, receive: Receive, limit: int) -> Receive:
    """``receive``, stopped by an exception that Starlette answers as its status says."""
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            refuse(scope, _REASON)
            raise HTTPException(413, _sentence(limit), _CLOSE)
        return message

    return counted


def _sentence(limit: int) -> str:
    return f"The body is too large: {limit} bytes at most.\n"
