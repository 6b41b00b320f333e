"""The sockets that the program listens on."""

import asyncio
import resource
import socket

import anyio
import pytest

from mcp_shop_console.console.sockets import listen, make_room

pytestmark = pytest.mark.anyio


async def test_an_answer_does_not_wait_until_the_client_acknowledges_its_head() -> None:
    delays: asyncio.Queue[int] = asyncio.Queue()

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted: socket.socket = writer.get_extra_info("socket")
        delays.put_nowait(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    (listening,) = listen("127.0.0.1", 0)
    async with await asyncio.start_server(answer, sock=listening):
        with anyio.fail_after(5):
            _, writer = await asyncio.open_connection(*listening.getsockname())
            assert await delays.get() != 0
            writer.close()
            await writer.wait_closed()


def test_a_shells_narrow_limit_of_open_files_makes_room_for_the_sockets() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
        make_room(500)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (min(800, hard), hard)
        make_room(100)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (min(800, hard), hard)
        make_room(hard)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
