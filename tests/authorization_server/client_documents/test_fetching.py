"""A document comes from the public internet, whole, short and in time, or not at all."""

import asyncio
import json
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_shop_console.authorization_server.client_documents import Internet
from mcp_shop_console.authorization_server.client_documents.addresses import is_public
from mcp_shop_console.authorization_server.client_documents.fetching import (
    INTERNET,
    DocumentFault,
    Fetcher,
)
from mcp_shop_console.authorization_server.client_documents.urls import document_url
from tests.authorization_server.client_documents.web import (
    CLIENT_ID,
    HOST,
    PUBLIC,
    Respond,
    Web,
    answer,
    document,
    never,
    open_web,
)
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


async def fault(web: Web, internet: Internet | None = None, *, seconds: float = 5) -> str:
    url = document_url(CLIENT_ID)
    assert url is not None
    with pytest.raises(DocumentFault) as caught:
        await Fetcher(internet or web.internet, seconds).fetch(url)
    return str(caught.value)


@requirement("D6")
@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.127.255.255",
        "0.0.0.0",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.255",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:93.184.216.34",
        "::93.184.216.34",
        "64:ff9b::5db8:d822",
        "64:ff9b:1::1",
        "2002:7f00:1::1",
        "2001::1",
        "2001:db8::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "not an address",
        "",
    ],
)
async def test_nothing_is_fetched_from_an_address_inside_a_house(web: Web, address: str) -> None:
    web.addresses = [address]
    assert "not of the public internet" in await fault(web)

    web.addresses = [PUBLIC, address]
    assert "not of the public internet" in await fault(web)

    assert web.dialled == []


@requirement("D6")
@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "160.79.104.1", "2606:4700::1111"])
def test_an_address_of_the_public_internet_is_one(address: str) -> None:
    assert is_public(address)


@requirement("D6")
@given(st.ip_addresses())
def test_what_python_calls_private_is_never_public(address: IPv4Address | IPv6Address) -> None:
    is_inside = address.is_private or address.is_multicast or address.is_reserved

    assert not (is_inside and is_public(str(address)))


@requirement("D6")
async def test_a_host_is_looked_up_once_and_connected_to_there(web: Web) -> None:
    web.addresses = ["2606:4700::1111", PUBLIC]
    url = document_url(f"https://{HOST}:8443/c?v=1")
    assert url is not None

    await Fetcher(web.internet).fetch(url)

    assert web.resolved == [(HOST, 8443)]
    assert web.dialled == [("2606:4700::1111", 8443)]
    assert web.requests[0].startswith("GET /c?v=1 HTTP/1.1\r\n")
    assert f"\r\nHost: {HOST}:8443\r\n" in web.requests[0]


@requirement("D6")
async def test_a_host_that_cannot_be_found_is_no_error_of_ours(web: Web) -> None:
    async def unknown(_: str, __: int) -> list[str]:
        raise OSError("no such host")

    web.addresses = []
    assert "not of the public internet" in await fault(web)
    nowhere = Internet(unknown, web.internet.connect)
    assert "cannot be reached" in await fault(web, nowhere)


@requirement("D6")
async def test_the_way_out_asks_the_systems_resolver() -> None:
    assert "127.0.0.1" in await INTERNET.resolve("127.0.0.1", 443)
    async with INTERNET.connect():
        pass


@requirement("D6")
async def test_a_certificate_of_another_host_is_not_believed(tmp_path: Path) -> None:
    async with open_web(tmp_path, "evil.example") as web:
        assert "cannot be reached" in await fault(web)
        assert web.requests == []


@requirement("D6")
@pytest.mark.parametrize(
    ("respond", "reason"),
    [
        (answer(b"", f"Location: {CLIENT_ID}2", status="302 Found"), "302"),
        (answer(b"", "Location: http://127.0.0.1/", status="308 Permanent Redirect"), "308"),
        (answer(b"no", status="404 Not Found"), "404"),
        (answer(b"{}", status="206 Partial Content"), "206"),
        (answer(b"<p>", kind="text/html"), "not plain JSON"),
        (answer(b"{}", kind="text/json"), "not plain JSON"),
        (answer(b"\x1f\x8b", "Content-Encoding: gzip"), "not plain JSON"),
        (answer(b" " * 5121), "too long"),
        (answer(b" " * 9000, "Content-Length: 9000"), "too long"),
    ],
)
async def test_only_a_short_json_document_at_that_very_place_is_taken(
    web: Web, respond: Respond, reason: str
) -> None:
    web.respond = respond

    assert reason in await fault(web)
    assert len(web.requests) == 1


@requirement("D6")
async def test_a_document_of_five_kibibytes_is_taken(web: Web) -> None:
    body = json.dumps(document()).encode().ljust(5120)
    web.respond = answer(body, kind="application/vnd.client+json; charset=utf-8")
    url = document_url(CLIENT_ID)
    assert url is not None

    assert await Fetcher(web.internet).fetch(url) == body


async def _drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


@requirement("D6")
@pytest.mark.parametrize("respond", [never, _drip])
async def test_a_slow_host_has_five_seconds_in_all(web: Web, respond: Respond) -> None:
    web.respond = respond

    with anyio.fail_after(5):
        assert "in time" in await fault(web, seconds=0.2)


@requirement("D6")
async def test_a_slow_resolver_has_no_more(web: Web) -> None:
    async def forever(_: str, __: int) -> list[str]:
        await anyio.sleep_forever()
        return []

    with anyio.fail_after(5):
        assert "in time" in await fault(web, Internet(forever, web.internet.connect), seconds=0.1)
