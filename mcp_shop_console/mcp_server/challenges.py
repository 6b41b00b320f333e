"""The answers that turn a request away before MCP sees it: 401, 403, 503, 504.

May import model.
"""

from collections.abc import Iterable

from starlette.types import Message, Send

OFFERED_SCOPES = ("shop:browse", "orders:read", "shop:order", "profile:read")
"""What a new grant asks for: everything, until there is a way to ask for more later."""

RETRY_AFTER_SECONDS = 5
_METADATA_PATH = "/.well-known/oauth-protected-resource/mcp"

Header = tuple[bytes, bytes]


async def send_unauthorized(send: Send, origin: str, *, error: str = "") -> None:
    """401. Without ``error`` it only says where to get a token (RFC 6750 section 3.1)."""
    challenge = _challenge(origin, error, OFFERED_SCOPES)
    said = "The access token is not valid." if error else "An access token is needed."
    await _send(send, 401, f'{{"error_description":"{said}"}}', [challenge])


async def send_insufficient_scope(send: Send, origin: str, scopes: Iterable[str]) -> None:
    """403 with every scope that a new grant needs (MCP authorization, scope challenge)."""
    challenge = _challenge(origin, "insufficient_scope", scopes)
    await _send(send, 403, '{"error":"insufficient_scope"}', [challenge])


async def send_unavailable(send: Send, status: int = 503) -> None:
    """503: whether the token is good cannot be told, or the server stops. Never a 401 for that."""
    retry_after = (b"retry-after", str(RETRY_AFTER_SECONDS).encode("ascii"))
    await _send(send, status, '{"error":"service_unavailable"}', [retry_after])


def _challenge(origin: str, error: str, scopes: Iterable[str]) -> Header:
    """RFC 6750 section 3 and RFC 9728 section 5.1."""
    parts = [f'error="{error}"'] if error else []
    parts.append(f'resource_metadata="{origin}{_METADATA_PATH}"')
    parts.append(f'scope="{" ".join(scopes)}"')
    return b"www-authenticate", f"Bearer {', '.join(parts)}".encode("ascii")


async def _send(send: Send, status: int, body: str, headers: list[Header]) -> None:
    content = body.encode("ascii")
    start: Message = {
        "type": "http.response.start",
        "status": status,
        "headers": [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(content)).encode("ascii")),
            (b"cache-control", b"no-store"),
            *headers,
        ],
    }
    await send(start)
    await send({"type": "http.response.body", "body": content})
