"""Whoever sends slowly, or too much, or reads nothing, is let go; nobody else notices."""

import itertools
from ipaddress import ip_network

import anyio
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from mcp_shop_console.console.open_sockets import SocketLimits
from tests.console.wire import GET, echo, heard, open_wire, said
from tests.requirement import requirement

pytestmark = pytest.mark.anyio

POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
LIMITS = SocketLimits(of_address=3, in_all=4)


async def names(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the host, as it was read."""
    await PlainTextResponse(repr(dict(scope["headers"])[b"host"]))(scope, receive, send)


async def silence(_: Scope, __: Receive, ___: Send) -> None:
    await anyio.sleep_forever()


async def stream(_: Scope, __: Receive, send: Send) -> None:
    """Begin an answer that has no end."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"begun", "more_body": True})
    await anyio.sleep_forever()


async def torrent(_: Scope, __: Receive, send: Send) -> None:
    """An answer that no buffer holds."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _number in range(1000):
        await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})


@requirement("N5")
async def test_a_socket_that_says_nothing_is_closed_without_a_word() -> None:
    async with open_wire(echo) as wire, wire.connected() as idle:
        await wire.until_connections_are(1)
        await wire.pass_time(9.9)
        assert len(wire.state.connections) == 1
        await wire.pass_time(0.1)

        assert await said(idle) == b""
        assert wire.refused == []


@requirement("N5")
async def test_headers_that_come_byte_by_byte_have_ten_seconds_in_all() -> None:
    async with open_wire(echo) as wire, wire.connected() as slow:
        for byte in GET[:9]:
            await slow.send(bytes([byte]))
            await wire.pass_time(1)
        await wire.pass_time(1)

        assert (await said(slow)).startswith(b"HTTP/1.1 408 ")
        assert wire.refused == [(408, "slow_head")]


@requirement("N5")
async def test_a_body_that_trickles_has_fifteen_seconds_in_all() -> None:
    async with open_wire(echo) as wire, wire.connected() as slow:
        await slow.send(POST + b"Content-Length: 100\r\n\r\n")
        for _ in range(15):
            await slow.send(b"x")
            await wire.pass_time(1)

        assert (await said(slow)).startswith(b"HTTP/1.1 408 ")
        assert wire.refused == [(408, "slow_body")]


@requirement("N5")
async def test_an_answer_that_never_begins_is_given_up() -> None:
    async with open_wire(silence) as wire, wire.connected() as patient:
        await patient.send(GET)
        await wire.pass_time(94)
        assert wire.refused == []
        await wire.pass_time(1)

        answer = await said(patient)
        assert answer.startswith(b"HTTP/1.1 504 ")
        assert b"retry-after: 5\r\n" in answer


@requirement("N5")
async def test_a_stream_that_has_begun_lasts() -> None:
    async with open_wire(stream) as wire, wire.connected() as reader:
        await reader.send(GET)
        assert b"begun" in await heard(reader)
        for _ in range(3):
            await wire.pass_time(1000)

        assert len(wire.state.connections) == 1


@requirement("N5")
async def test_who_reads_nothing_of_its_answer_is_let_go() -> None:
    async with open_wire(torrent) as wire, wire.connected() as deaf:
        await deaf.send(GET)
        await heard(deaf, 1)
        await wire.pass_time(94)
        assert len(wire.state.connections) == 1
        await wire.pass_time(1)

        await wire.until_connections_are(0)
        assert wire.refused == [(408, "unread_answer")]


@requirement("N5")
async def test_a_closed_connection_does_not_wait_for_its_last_answer_to_be_read() -> None:
    async def large(scope: Scope, receive: Receive, send: Send) -> None:
        closing = {"connection": "close"}
        await PlainTextResponse("x" * 30_000_000, headers=closing)(scope, receive, send)

    async with open_wire(large) as wire, wire.connected() as deaf:
        await deaf.send(GET)
        await heard(deaf, 1)
        await wire.pass_time(1)
        await wire.pass_time(15)

        await wire.until_connections_are(0)


@requirement("N5")
async def test_a_kept_connection_has_its_patience_anew_for_each_request() -> None:
    async with open_wire(echo) as wire, wire.connected() as kept:
        for _ in range(5):
            await kept.send(GET[:10])
            await wire.pass_time(9)
            await kept.send(GET[10:])
            assert b" 200 " in await heard(kept)

        assert wire.refused == []


@requirement("N5")
async def test_empty_lines_keep_no_connection_open() -> None:
    async with open_wire(echo) as wire, wire.connected() as idle:
        await idle.send(GET)
        assert b" 200 " in await heard(idle)
        for _ in range(10):
            await idle.send(b"\r\n")
            await wire.pass_time(1)

        await wire.until_connections_are(0)


@requirement("N5")
async def test_an_answer_given_before_the_body_came_ends_its_patience_too() -> None:
    async with open_wire(PlainTextResponse("no")) as wire, wire.connected() as slow:
        await slow.send(POST + b"Content-Length: 100\r\n\r\n")
        assert b" 200 " in await heard(slow)
        for _ in range(15):
            await slow.send(b"x")
            await wire.pass_time(1)

        assert await said(slow) == b""


@requirement("N5")
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\nx: " + b"y" * 70_000, 431),
        (b"GET /" + b"y" * 70_000, 431),
        (b"\r\n" * 35_000, 431),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"y" * 1_100_000, 413),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nx: " + b"y" * 1_100_000, 413),
        (b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 101 + b"\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01", 400),
    ],
)
async def test_too_much_and_what_is_no_http_is_refused_and_counted(
    sent: bytes, status: int
) -> None:
    async with open_wire(echo) as wire, wire.connected() as stream:
        await stream.send(sent)
        assert (await said(stream)).startswith(b"HTTP/1.1 %d " % status)
        await stream.send_eof()
        await wire.until_connections_are(0)

        assert [counted for counted, _ in wire.refused] == [status]


async def test_a_trailer_is_no_header() -> None:
    chunked = POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nauthorization: x\r\n\r\n"

    async with open_wire(echo) as wire, wire.connected() as stream:
        await stream.send(chunked)

        assert (await heard(stream)).endswith(b"2 1")


@requirement("N5")
async def test_requests_that_are_sent_at_once_are_answered_in_turn_up_to_a_number() -> None:
    async with open_wire(echo) as wire:
        async with wire.connected() as stream:
            await stream.send(GET * 16)
            answers = b""
            while answers.count(b" 200 ") < 16:
                answers += await heard(stream)
        async with wire.connected() as greedy:
            await greedy.send(GET * 30)

            await said(greedy)
        assert wire.refused == [(400, "malformed_request")]


@requirement("N5")
async def test_one_address_has_so_many_sockets_and_gets_room_again() -> None:
    async with open_wire(echo, LIMITS) as wire, wire.connected(), wire.connected():
        async with wire.connected() as third:
            await wire.until_connections_are(3)
            async with wire.connected() as fourth:
                answer = await said(fourth)
                assert answer.startswith(b"HTTP/1.1 503 ")
                assert b"retry-after: 5\r\n" in answer
            await third.send(GET)
            assert b" 200 " in await heard(third)
        await wire.until_connections_are(2)
        async with wire.connected() as again:
            await again.send(GET)
            assert b" 200 " in await heard(again)

        assert wire.refused == [(503, "too_many_sockets_of_address")]


@requirement("N5")
async def test_a_trusted_proxy_may_hold_all_the_sockets_there_are_and_no_more() -> None:
    proxies = (ip_network("127.0.0.0/8"),)

    async with open_wire(echo, LIMITS, proxies) as wire:
        async with wire.connected(), wire.connected(), wire.connected(), wire.connected():
            await wire.until_connections_are(4)
            async with wire.connected() as fifth:
                assert (await said(fifth)).startswith(b"HTTP/1.1 503 ")

        assert wire.refused == [(503, "too_many_sockets")]


@requirement("N5")
async def test_a_thousand_idle_sockets_leave_nothing_behind() -> None:
    limits = SocketLimits(of_address=100, in_all=200)

    async with open_wire(echo, limits) as wire, wire.connected() as early:
        await wire.until_connections_are(1)
        streams = [await anyio.connect_tcp("127.0.0.1", wire.port) for _ in range(1000)]
        await early.send(GET)
        assert b" 200 " in await heard(early)
        assert len(wire.state.connections) <= 200
        await wire.pass_time(10)
        for idle in itertools.islice(streams, 3):
            await said(idle)
        await wire.until_connections_are(0)
        for idle in streams:
            await idle.aclose()

        assert wire.refused.count((503, "too_many_sockets_of_address")) == 901


@pytest.mark.parametrize("around", [b"", b" ", b" \t "])
async def test_whitespace_around_a_header_is_no_part_of_it(around: bytes) -> None:
    request = b"GET / HTTP/1.1\r\nHost:" + around + b"a b" + around + b"\r\n\r\n"

    async with open_wire(names) as wire, wire.connected() as stream:
        await stream.send(request)

        assert (await heard(stream)).endswith(b"b'a b'")


@requirement("N4", "N5")
@pytest.mark.parametrize("has_sent_all", [True, False])
async def test_who_sends_too_much_can_read_the_answer_first(*, has_sent_all: bool) -> None:
    refusal = PlainTextResponse("too large", 413, {"connection": "close"})

    async with open_wire(refusal) as wire, wire.connected() as stream:
        await stream.send(POST + b"Content-Length: 5000000\r\n\r\n")
        for _ in range(100 if has_sent_all else 40):
            await stream.send(b"x" * 50_000)

        assert (await said(stream)).endswith(b"too large")
        if has_sent_all:
            await stream.send_eof()
        else:
            await wire.pass_time(15)
        await wire.until_connections_are(0)


async def test_what_is_no_http_is_told_so_however_much_of_it_comes() -> None:
    async with open_wire(echo) as wire, wire.connected() as stream:
        for _ in range(100):
            await stream.send(b"\x00" * 50_000)

        assert (await said(stream)).startswith(b"HTTP/1.1 400 ")
        await stream.send_eof()
        await wire.until_connections_are(0)
        assert wire.refused == [(400, "malformed_request")]


@requirement("N1")
@pytest.mark.parametrize("authority", [b"evil.example", b"evil.example:80", b"x@evil.example"])
@pytest.mark.parametrize("rest", [b"/", b"/?a=b://c"])
async def test_the_target_says_which_server_is_meant(authority: bytes, rest: bytes) -> None:
    async with open_wire(names) as wire, wire.connected() as client:
        target = b"http://" + authority + rest
        await client.send(b"GET %b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % target)

        assert (await said(client)).endswith(repr(authority).encode())
