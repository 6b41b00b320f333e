"""The way to the provider: one JSON object an answer, of bounded size, and nothing else.

May import httpx2.
"""

import json
from collections.abc import Callable

import httpx2

from mcp_shop_console.authorization_server.identity_provider.faults import Cause, ProviderFault

_MAX_ANSWER_BYTES = 256 * 1024
Connect = Callable[[], httpx2.AsyncBaseTransport]
"""Makes the connection of one request."""


class ProviderTransport(httpx2.AsyncBaseTransport):
    """Brings back answers of a provider, or raises ProviderFault: authlib takes any for good."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        # A small compressed answer could unfold to a huge one.
        request.headers["Accept-Encoding"] = "identity"
        try:
            async with self._connect() as connection:
                response = await connection.handle_async_request(request)
                body = await _body(response)
        except (httpx2.TransportError, OSError) as error:
            raise ProviderFault(Cause.UNREACHABLE, type(error).__name__) from error
        if response.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR:
            raise ProviderFault(Cause.UNREACHABLE, f"status {response.status_code}")
        _check_object(body, response.status_code)
        headers = {"Content-Type": "application/json"}
        return httpx2.Response(response.status_code, headers=headers, content=body)


async def _body(response: httpx2.Response) -> bytes:
    """The body as it came over the line, read no further than it may be long."""
    body = b""
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > _MAX_ANSWER_BYTES:
            raise ProviderFault(Cause.NONSENSE, "too long")
    return body


def _check_object(body: bytes, status: int) -> None:
    try:
        is_object = isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        is_object = False
    if not is_object:
        raise ProviderFault(Cause.NONSENSE, f"no JSON with status {status}")
