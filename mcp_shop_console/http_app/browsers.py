"""Cross-origin requests of clients that run in a browser, as MCP Inspector's direct mode.

May import model.
"""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from mcp_shop_console.model.origins import RESOURCE_PATHS

_PATHS = frozenset({*RESOURCE_PATHS, "/token", "/register", "/revoke"})
_FOLDERS = ("/.well-known/", "/register/")
_SENT = (
    "Authorization",
    "Content-Type",
    "Last-Event-ID",
    "Mcp-Method",
    "Mcp-Name",
    "MCP-Protocol-Version",
    "Mcp-Session-Id",
)
_READ = ("WWW-Authenticate", "Mcp-Session-Id", "Retry-After")


def for_browser_clients(app: ASGIApp) -> ASGIApp:
    """Open the protocol's endpoints, and never a page, to pages that the origin gate let pass.

    Never with credentials: a token is sent by hand, so no cookie of ours is at stake.
    """
    open_app = CORSMiddleware(
        app,
        allow_origins=["*"],
        allow_methods=["GET", "POST", "PUT", "DELETE"],
        allow_headers=_SENT,
        expose_headers=_READ,
    )

    async def choose(scope: Scope, receive: Receive, send: Send) -> None:
        is_open = scope["type"] == "http" and (
            scope["path"] in _PATHS or scope["path"].startswith(_FOLDERS)
        )
        await (open_app if is_open else app)(scope, receive, send)

    return choose
