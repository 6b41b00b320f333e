"""The way to the provider brings one JSON object of bounded size back, or a fault by its name."""

import gzip
from collections.abc import AsyncGenerator

import httpx2
import pytest

from mcp_shop_console.authorization_server.identity_provider import Cause, ProviderFault
from mcp_shop_console.authorization_server.identity_provider.transport import ProviderTransport

pytestmark = pytest.mark.anyio


async def sent(*pieces: bytes) -> AsyncGenerator[bytes]:
    """A body as it comes over a line."""
    for piece in pieces:
        yield piece


async def ask(answer: httpx2.Response) -> tuple[httpx2.Request, httpx2.Response]:
    """What the provider was sent, and what is left of its answer."""
    requests: list[httpx2.Request] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        requests.append(request)
        return answer

    transport = ProviderTransport(lambda: httpx2.MockTransport(handle))
    async with httpx2.AsyncClient(transport=transport) as http:
        response = await http.get("https://login.example/")
    return requests[0], response


async def fault_of(answer: httpx2.Response) -> tuple[Cause, str]:
    with pytest.raises(ProviderFault) as fault:
        await ask(answer)
    return fault.value.cause, fault.value.detail


async def test_an_object_comes_through_uncompressed_and_without_the_providers_headers() -> None:
    body = sent(b'{"error":', b'"invalid_grant"}')
    answer = httpx2.Response(400, headers={"Set-Cookie": "a=b"}, content=body)

    request, response = await ask(answer)

    assert request.headers["accept-encoding"] == "identity"
    assert (response.status_code, response.json()) == (400, {"error": "invalid_grant"})
    assert "set-cookie" not in response.headers


async def test_an_answer_without_an_end_is_not_read_to_it() -> None:
    async def endless() -> AsyncGenerator[bytes]:
        while True:
            yield b" " * 10_000

    answer = httpx2.Response(200, content=endless())

    assert await fault_of(answer) == (Cause.NONSENSE, "too long")


async def test_a_compressed_answer_is_not_unfolded() -> None:
    compressed = sent(gzip.compress(b"{}"))
    answer = httpx2.Response(200, headers={"Content-Encoding": "gzip"}, content=compressed)

    assert await fault_of(answer) == (Cause.NONSENSE, "no JSON with status 200")


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"7", b"<html>", b"\xff", b"[" * 100_000],
    ids=["nothing", "a list", "a number", "a page", "no UTF-8", "deep"],
)
async def test_what_is_no_object_is_nonsense(body: bytes) -> None:
    answer = httpx2.Response(200, content=sent(body))

    assert await fault_of(answer) == (Cause.NONSENSE, "no JSON with status 200")


async def test_an_error_of_the_provider_is_not_looked_into() -> None:
    answer = httpx2.Response(503, content=sent(b"{}"))

    assert await fault_of(answer) == (Cause.UNREACHABLE, "status 503")
