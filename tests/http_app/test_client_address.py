"""Whose address counts when a proxy stands in between, and whose word for it."""

from ipaddress import ip_network

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from mcp_shop_console.http_app.client_address import ClientAddress
from tests.requirement import requirement

pytestmark = pytest.mark.anyio

PROXY = "127.0.0.1"
TRUSTED = [ip_network("127.0.0.1"), ip_network("::1"), ip_network("10.0.0.0/8")]
Headers = list[tuple[str, str]]


async def tell(scope: Scope, receive: Receive, send: Send) -> None:
    client = Request(scope).client
    await PlainTextResponse(client.host if client else "nowhere")(scope, receive, send)


async def seen(headers: Headers, peer: str = PROXY, *, trusts: bool = True) -> str:
    app = ClientAddress(tell, TRUSTED if trusts else [])
    transport = httpx2.ASGITransport(app=app, client=(peer, 1234))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as http:
        return (await http.get("/", headers=headers)).text


def by(*values: str) -> Headers:
    return [("x-forwarded-for", value) for value in values]


def forwarded(*values: str) -> Headers:
    return [("forwarded", value) for value in values]


@requirement("D1", "N8")
@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ([], PROXY),
        (by("192.0.2.1"), "192.0.2.1"),
        (by("6.6.6.6, 192.0.2.1"), "192.0.2.1"),
        (by("6.6.6.6", "192.0.2.1"), "192.0.2.1"),
        (by("6.6.6.6, 192.0.2.1, 10.1.2.3"), "192.0.2.1"),
        (by("10.1.2.3, 127.0.0.1"), "10.1.2.3"),
        (by("192.0.2.1:4711"), "192.0.2.1"),
        (by("2001:db8::1"), "2001:db8::1"),
        (by("[2001:db8::1]:4711"), "2001:db8::1"),
        (by("::ffff:192.0.2.1"), "192.0.2.1"),
        (forwarded("for=192.0.2.1"), "192.0.2.1"),
        (forwarded("For=192.0.2.1;proto=https;by=10.0.0.1"), "192.0.2.1"),
        (forwarded('by=10.0.0.1; for="[2001:db8::1]:4711"'), "2001:db8::1"),
        (forwarded("for=6.6.6.6, for=192.0.2.1"), "192.0.2.1"),
        (forwarded("for=6.6.6.6", 'for=192.0.2.1;host="a,b"'), "192.0.2.1"),
        (by("192.0.2.1") + forwarded("for=192.0.2.1"), "192.0.2.1"),
    ],
)
async def test_behind_a_trusted_proxy_the_client_is_whom_the_proxy_saw(
    headers: Headers, address: str
) -> None:
    assert await seen(headers) == address


@requirement("D1", "N8")
@pytest.mark.parametrize(
    "headers",
    [
        by("unknown"),
        by("192.0.2.1, unknown"),
        by("192.0.2.1, "),
        by("evil.example"),
        by("192.0.2.1:port"),
        by("[192.0.2.1"),
        by("\x00"),
        forwarded("for=_hidden"),
        forwarded("proto=https"),
        forwarded("for=192.0.2.1, proto=https"),
        forwarded('host="for=192.0.2.1"'),
        forwarded('by=x;host="x;for=192.0.2.1;y"'),
        forwarded('for="192.0.2.1'),
        forwarded("for=192.0.2.1 6.6.6.6"),
        forwarded("xfor=192.0.2.1"),
        by("192.0.2.1") + forwarded("for=6.6.6.6"),
    ],
)
async def test_what_the_proxy_does_not_say_clearly_is_not_believed(headers: Headers) -> None:
    assert await seen(headers) == PROXY


@requirement("D1", "N8")
@pytest.mark.parametrize("headers", [by("6.6.6.6"), forwarded("for=6.6.6.6")])
async def test_nobody_else_is_believed(headers: Headers) -> None:
    assert await seen(headers, "192.0.2.1") == "192.0.2.1"
    assert await seen(headers, trusts=False) == PROXY


async def test_a_proxy_that_comes_by_ipv6_in_disguise_is_known() -> None:
    assert await seen(by("192.0.2.1"), "::ffff:127.0.0.1") == "192.0.2.1"
    assert await seen(by("192.0.2.1"), "::1") == "192.0.2.1"
