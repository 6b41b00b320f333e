"""The scope gate: a call that its grant does not cover is a 403, which asks for more.

May import authority and model.
"""

import json
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcp_shop_console.authority.refused_requests import RefusedRequests
from mcp_shop_console.mcp_server.challenges import OFFERED_SCOPES, send_insufficient_scope
from mcp_shop_console.mcp_server.token_verifier import address_of, deputy_of, origin_of
from mcp_shop_console.model.origins import Origins

_EVERY_SCOPE = frozenset(OFFERED_SCOPES)
_JSON = json.JSONDecoder()


class ScopeGate:
    """Looks into the calls of grants that do not cover everything (RFC 6750 section 3.1).

    Only those, as it costs a second reading of the body. The tools check again by themselves.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        scope_of_tool: Callable[[str], str],
        max_body_bytes: int,
        origins: Origins,
        refused: RefusedRequests,
    ) -> None:
        self._app = app
        self._scope_of_tool = scope_of_tool
        self._max_body_bytes = max_body_bytes
        self._origins = origins
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        granted = deputy_of(scope).scopes
        if scope["method"] != "POST" or granted >= _EVERY_SCOPE:
            await self._app(scope, receive, send)
            return
        messages = await self._read(receive)
        needed = self._scope_of_tool(_tool_called(messages))
        if needed and needed not in granted:
            self._refused.count(403, "insufficient_scope", address_of(scope))
            origin = origin_of(scope, self._origins)
            await send_insufficient_scope(send, origin, sorted(granted | {needed}))
            return

        async def replay() -> Message:
            return messages.pop(0) if messages else await receive()

        await self._app(scope, replay, send)

    async def _read(self, receive: Receive) -> list[Message]:
        """The body as it comes, up to the size that is too much anyway."""
        messages: list[Message] = []
        size = 0
        while size <= self._max_body_bytes:
            message = await receive()
            messages.append(message)
            size += len(message.get("body", b""))
            if not message.get("more_body", False):
                break
        return messages


def _tool_called(messages: list[Message]) -> str:
    """The tool that a body calls, empty if it is no call. What is odd is left to the SDK."""
    body = b"".join(message.get("body", b"") for message in messages)
    try:
        match _JSON.decode(body.decode("utf-8")):
            case {"method": "tools/call", "params": {"name": str(name)}}:
                return name
            case _:
                return ""
    except (ValueError, RecursionError):
        return ""
