"""One keep-alive HTTP connection, as cheap as Python allows: the load must not be what is measured.

Knows just enough of HTTP/1.1 for servers that announce the length of their answers.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

HOST = "127.0.0.1"
_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length: "


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    head: bytes
    """Status line and headers, lower case, up to the empty line."""
    body: bytes

    @property
    def status(self) -> int:
        return int(self.head[9:12])

    def header(self, name: bytes) -> bytes:
        """The value of a header, empty if it was not sent."""
        _, _, rest = self.head.partition(b"\r\n" + name + b": ")
        return rest.partition(b"\r\n")[0]


class Connection(asyncio.Protocol):
    """Sends one request at a time and waits for its answer."""

    def __init__(self) -> None:
        self._received = b""
        self._answer: asyncio.Future[Answer] | None = None
        self._transport: asyncio.WriteTransport | None = None

    async def ask(self, request: bytes) -> Answer:
        """Send ``request``, which is head and body, and return the answer."""
        if self._transport is None:
            raise ConnectionError("the connection is closed")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        if self._answer is None or self._answer.done():
            return  # A stream goes on, and nobody listens.
        self._received += data
        head, end, body = self._received.partition(_END_OF_HEAD)
        if not end:
            return
        head = head.lower()
        _, _, length = head.partition(_LENGTH)
        expected = int(length.partition(b"\r\n")[0] or b"0")
        if len(body) >= expected:
            self._received = b""
            self._answer.set_result(Answer(head, body))


@asynccontextmanager
async def connected(port: int) -> AsyncGenerator[Connection, None]:
    """A connection to a server on this machine, for the length of the block."""
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(Connection, HOST, port)
    try:
        yield connection
    finally:
        connection.close()


def post(port: int, headers: dict[str, str], body: bytes) -> bytes:
    """A whole POST to ``/mcp``."""
    lines = [f"POST /mcp HTTP/1.1\r\nHost: {HOST}:{port}\r\nContent-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode("ascii") + _END_OF_HEAD + body


def get(port: int, path: str, headers: Mapping[str, str] | None = None) -> bytes:
    """A whole GET."""
    lines = [f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join(lines).encode("ascii") + _END_OF_HEAD
