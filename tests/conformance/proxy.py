"""A loopback proxy that adds the access token: the conformance suite has no option for one."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import anyio
from anyio.abc import ByteReceiveStream, SocketAttribute, SocketStream
from anyio.streams.buffered import BufferedByteReceiveStream

_LOOPBACK = "127.0.0.1"
_MAX_HEAD_BYTES = 64 * 1024
_END_OF_HEAD = b"\r\n\r\n"
_CONNECTION = re.compile(rb"(?im)^connection:.*\r\n")
_GONE = (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.IncompleteRead)


@asynccontextmanager
async def authorizing_proxy(port: int, token: str) -> AsyncGenerator[str, None]:
    """The address under which ``port`` of this computer takes requests for granted."""
    listener = await anyio.create_tcp_listener(local_host=_LOOPBACK)
    own_port = listener.extra(SocketAttribute.local_port)
    names = re.compile(rb"(?im)^((?:host|origin):.*):%d(?=\r\n)" % own_port)

    def authorized(head: bytes) -> bytes:
        """The head as it came, but for the port, the token, and that no other follows it."""
        head = names.sub(rb"\1:%d" % port, _CONNECTION.sub(b"", head))
        added = f"\r\nAuthorization: Bearer {token}\r\nConnection: close"
        return head + added.encode("ascii") + _END_OF_HEAD

    async def pass_on(client: SocketStream) -> None:
        async with client, await anyio.connect_tcp(_LOOPBACK, port) as server:
            with suppress(*_GONE):
                sent = BufferedByteReceiveStream(client)
                head = await sent.receive_until(_END_OF_HEAD, _MAX_HEAD_BYTES)
                await server.send(authorized(head))
                await _both_ways(sent, client, server)

    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, pass_on)
        yield f"http://{_LOOPBACK}:{own_port}"
        tasks.cancel_scope.cancel()


async def _both_ways(
    sent: BufferedByteReceiveStream, client: SocketStream, server: SocketStream
) -> None:
    """Until either side closes: there is one request to a connection."""

    async def pump(source: ByteReceiveStream, target: SocketStream) -> None:
        with suppress(*_GONE):
            async for piece in source:
                await target.send(piece)
        directions.cancel_scope.cancel()

    async with anyio.create_task_group() as directions:
        directions.start_soon(pump, sent, server)
        directions.start_soon(pump, server, client)
