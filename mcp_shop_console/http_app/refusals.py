"""Counts the requests that are turned away before it is known for whom they speak.

May import authority.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcp_shop_console.authority.refused_requests import RefusedRequests

_COUNTED = frozenset({401, 403, 413, 421, 429})


def refuse(scope: Scope, reason: str) -> None:
    """Say in a word why the request of ``scope`` is about to be turned away."""
    scope.setdefault("state", {})["refusal"] = reason


class RefusalCount:
    """Counts what any part of the app turned away and gave a reason for.

    The MCP endpoint counts its own refusals, as it alone can tell a stranger's session.
    """

    def __init__(self, app: ASGIApp, refused: RefusedRequests) -> None:
        self._app = app
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Parts inside may be given a copy of the scope, but never of this.
        state: dict[str, object] = scope.setdefault("state", {})

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in _COUNTED:
                self._note(scope, message["status"], state.get("refusal"))
            await send(message)

        await self._app(scope, receive, watch)

    def _note(self, scope: Scope, status: int, reason: object) -> None:
        if isinstance(reason, str):
            client = scope.get("client")
            self._refused.count(status, reason, client[0] if client else "")
