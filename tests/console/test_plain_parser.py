"""A request that offers to speak another protocol is a request like any other."""

import logging

import anyio
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from tests.console.wire import GET, echo, open_wire, said

pytestmark = pytest.mark.anyio

POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
OFFER = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"


async def answer_at_once(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer whatever is asked, without reading it."""
    await PlainTextResponse("done")(scope, receive, send)


@pytest.mark.parametrize("is_chunked", [False, True], ids=["length", "chunks"])
@pytest.mark.parametrize("is_apart", [False, True], ids=["at once", "apart"])
async def test_its_body_is_its_body(*, is_chunked: bool, is_apart: bool) -> None:
    body = GET * 2
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    framing = b"Transfer-Encoding: chunked" if is_chunked else b"Content-Length: %d" % len(body)
    parts = [POST + OFFER + framing + b"\r\n\r\n", chunks if is_chunked else body]
    async with open_wire(echo) as wire, wire.connected() as java:
        for part in parts if is_apart else [b"".join(parts)]:
            await java.send(part)
            await anyio.wait_all_tasks_blocked()
        await java.send(LAST)
        answers = await said(java)

    assert answers.count(b"HTTP/1.1 200 OK") == 2
    assert f"\r\n4 {len(body)}".encode() in answers
    assert answers.endswith(b"2 0")


async def test_without_a_body_the_next_request_follows() -> None:
    offer = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    async with open_wire(echo) as wire, wire.connected() as browser:
        await browser.send(offer + offer + LAST)
        answers = await said(browser)

    assert answers.count(b"HTTP/1.1 200 OK") == 3


@pytest.mark.parametrize("offer", [OFFER, b""], ids=["offer", "plain"])
async def test_what_is_answered_after_a_refusal_is_dropped(
    caplog: pytest.LogCaptureFixture, offer: bytes
) -> None:
    async with open_wire(answer_at_once) as wire, wire.connected() as liar:
        await liar.send(POST + offer + b"Transfer-Encoding: chunked\r\n\r\nno number\r\n")
        answer = await said(liar)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1") == 1
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_with_two_lengths_it_is_refused() -> None:
    lengths = b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    async with open_wire(echo) as wire, wire.connected() as liar:
        await liar.send(POST + OFFER + lengths)

        assert (await said(liar)).startswith(b"HTTP/1.1 400 ")
