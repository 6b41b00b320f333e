"""The scope gate: a call that its grant does not cover is a 403, which asks for more.

May import authority and model.
"""

from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from mcp_shop_console.authority.refused_requests import RefusedRequests
from mcp_shop_console.mcp_server.challenges import OFFERED_SCOPES, send_insufficient_scope
from mcp_shop_console.mcp_server.message_gate import message_of
from mcp_shop_console.mcp_server.token_verifier import address_of, deputy_of, origin_of
from mcp_shop_console.model.origins import Origins

_EVERY_SCOPE = frozenset(OFFERED_SCOPES)


class ScopeGate:
    """Looks into the calls of grants that do not cover everything (RFC 6750 section 3.1).

    Behind the message gate, which has read them. The tools check again by themselves.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        scope_of_tool: Callable[[str], str],
        origins: Origins,
        refused: RefusedRequests,
    ) -> None:
        self._app = app
        self._scope_of_tool = scope_of_tool
        self._origins = origins
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        granted = deputy_of(scope).scopes
        needed = "" if granted >= _EVERY_SCOPE else self._scope_of_tool(_tool_called(scope))
        if not needed or needed in granted:
            await self._app(scope, receive, send)
            return
        self._refused.count(403, "insufficient_scope", address_of(scope))
        origin = origin_of(scope, self._origins)
        # offline_access is no scope of this resource: the authorization server's metadata names it.
        await send_insufficient_scope(send, origin, sorted(granted & _EVERY_SCOPE | {needed}))


def _tool_called(scope: Scope) -> str:
    """The tool that was called, empty if it is no call. What is odd is left to the SDK."""
    match message_of(scope):
        case {"method": "tools/call", "params": {"name": str(name)}}:
            return name
        case _:
            return ""
