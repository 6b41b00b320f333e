"""The message gate: what is posted is one JSON-RPC message in strict JSON, before the SDK reads it.

May import model.
"""

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import TypeGuard

from mcp_types import INVALID_REQUEST, PARSE_ERROR
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcp_shop_console.mcp_server.session_tracker import mcp_session_id_of
from mcp_shop_console.mcp_server.token_verifier import deputy_of
from mcp_shop_console.model.strict_json import NotStrictJson, read_json

_MESSAGE_KEY = "mcp_shop_console.message"
_NOT_JSON = "Parse error: this is not one strict JSON text ({fault})."
_NO_OBJECT = "Invalid request: send one JSON-RPC message, which is an object. There are no batches."
_NO_MESSAGE = "Invalid request: this is no request, notification or response of JSON-RPC 2.0."
_SAME_ID = "Invalid request: another request of this session with this id is not answered yet."

InFlight = tuple[str, str, str, str]
"""Session, human, client and JSON-RPC id: only who may use a session can be in its way."""


def message_of(scope: Scope) -> dict[str, object]:
    """The message that was posted; empty for other methods than POST, and for too large a body."""
    message: dict[str, object] = scope.get(_MESSAGE_KEY, {})
    return message


class MessageGate:
    """Reads each message once, strictly. JSON-RPC 2.0 section 5.1 has the codes.

    Two readers that differ on what a message says are a way past whoever looked first.
    """

    def __init__(self, app: ASGIApp, *, max_body_bytes: int) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._in_flight: set[InFlight] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        posted = await self._read(receive)
        if posted["type"] == "http.disconnect":
            return
        # What is too large is left to the SDK, which says 413.
        is_read = len(posted["body"]) <= self._max_body_bytes
        refusal = _read_message(scope, posted["body"]) if is_read else None
        with self._held(scope) as is_free:
            if refusal is None and not is_free:
                refusal = _refusal(INVALID_REQUEST, _SAME_ID, message_of(scope)["id"])
            if refusal is not None:
                await refusal(scope, receive, send)
            else:
                await self._app(scope, _replayed(posted, receive), send)

    async def _read(self, receive: Receive) -> Message:
        """The whole body in one message, as far as it is not too large; or the hang-up."""
        body = bytearray()
        while len(body) <= self._max_body_bytes:
            message = await receive()
            if message["type"] == "http.disconnect":
                return message
            body += message.get("body", b"")
            if not message.get("more_body", False):
                return {"type": "http.request", "body": bytes(body), "more_body": False}
        return {"type": "http.request", "body": bytes(body), "more_body": True}

    @contextmanager
    def _held(self, scope: Scope) -> Generator[bool, None, None]:
        """Hold a legacy session's request id while the request is answered, if it is free.

        The SDK lets the second of two with one id hang, and gives its answer to the first.
        """
        held = _in_flight(scope)
        if held is None or held in self._in_flight:
            yield held is None
            return
        self._in_flight.add(held)
        try:
            yield True
        finally:
            self._in_flight.discard(held)


def _replayed(posted: Message, receive: Receive) -> Receive:
    """``receive`` from before ``posted`` was read."""
    is_read = False

    async def replay() -> Message:
        nonlocal is_read
        if is_read:
            return await receive()
        is_read = True
        return posted

    return replay


def _read_message(scope: Scope, body: bytes) -> Response | None:
    """Put what was posted into the scope, or say what is wrong with it."""
    try:
        value = read_json(body)
    except NotStrictJson as fault:
        return _refusal(PARSE_ERROR, _NOT_JSON.format(fault=fault))
    if not _is_object(value):
        return _refusal(INVALID_REQUEST, _NO_OBJECT)
    if not _is_message(value):
        return _refusal(INVALID_REQUEST, _NO_MESSAGE)
    scope[_MESSAGE_KEY] = value
    return None


def _is_object(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _is_message(message: dict[str, object]) -> bool:
    """Whether this is a message at all: the SDK would answer by quoting what was sent."""
    match message:
        case {"id": bool()}:
            return False
        case {"jsonrpc": "2.0", "method": str()}:
            # A notification has no id at all: null is one that MCP forbids.
            has_good_id = isinstance(message.get("id", ""), str | int)
            return has_good_id and isinstance(message.get("params"), dict | None)
        case {"jsonrpc": "2.0", "id": str() | int(), "result": dict()}:
            return True
        case {"jsonrpc": "2.0", "id": str() | int() | None, "error": dict()}:
            return _is_error(message["error"])
        case _:
            return False


def _is_error(error: object) -> bool:
    match error:
        case {"code": bool()}:
            return False
        case {"code": int(), "message": str()}:
            return True
        case _:
            return False


def _in_flight(scope: Scope) -> InFlight | None:
    """What a request holds; None for a notification, a response, and for the era of no sessions."""
    message, session_id = message_of(scope), mcp_session_id_of(scope)
    request_id = message.get("id")
    if not session_id or "method" not in message or not isinstance(request_id, str | int):
        return None
    deputy = deputy_of(scope)
    # As text: 1 and "1" are one to the SDK.
    return session_id, deputy.human.id, deputy.agent.client_id, str(request_id)


def _refusal(code: int, said: str, request_id: object = None) -> Response:
    error = {"jsonrpc": "2.0", "id": request_id, "error": {"code": code, "message": said}}
    return Response(json.dumps(error), 400, media_type="application/json")
