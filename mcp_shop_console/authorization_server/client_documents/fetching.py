"""Fetching a document from an address that a stranger chose, without doing their errands.

May import anyio and httpx2.
"""

import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import cache

import anyio
import httpx2

from mcp_shop_console.authorization_server.client_documents.addresses import is_public
from mcp_shop_console.authorization_server.client_documents.urls import DocumentUrl

MAX_BYTES = 5 * 1024
TIMEOUT_SECONDS = 5.0
_MOST_AT_ONCE = 16
_OK = 200


class DocumentFault(Exception):
    """A document cannot be had. The message is for the log, in our own words."""


@dataclass(frozen=True, slots=True)
class Internet:
    """The way out: handed in, as everything that leads out of the house."""

    resolve: Callable[[str, int], Awaitable[list[str]]]
    """The addresses of a host, as text."""
    connect: Callable[[], httpx2.AsyncBaseTransport]
    """A new transport, which goes to the address that it is given and to no proxy."""


async def _resolve(host: str, port: int) -> list[str]:
    found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(place[0]) for *_, place in found]


def _connect() -> httpx2.AsyncBaseTransport:
    return httpx2.AsyncHTTPTransport(verify=_tls())


@cache
def _tls() -> ssl.SSLContext:
    """Made once: reading all authorities takes its time."""
    return httpx2.create_ssl_context()


INTERNET = Internet(_resolve, _connect)


class Fetcher:
    """Fetches documents, a few at a time."""

    def __init__(self, internet: Internet, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._internet = internet
        self._timeout_seconds = timeout_seconds
        self._places = anyio.Semaphore(_MOST_AT_ONCE)

    async def fetch(self, url: DocumentUrl) -> bytes:
        """The JSON document at ``url``, not yet looked into.

        Raises:
            DocumentFault: There is none, not in time, or not where one may be fetched from.
        """
        try:
            with anyio.fail_after(self._timeout_seconds):
                async with self._places:
                    return await self._get(url, await self._address(url))
        except TimeoutError:
            raise DocumentFault("it did not come in time") from None
        except (httpx2.HTTPError, OSError, UnicodeError) as error:
            raise DocumentFault(f"it cannot be reached ({type(error).__name__})") from None

    async def _address(self, url: DocumentUrl) -> str:
        """The one address that is connected to: asked for once, so that no second answer counts."""
        addresses = await self._internet.resolve(url.host, url.port)
        if not addresses or not all(map(is_public, addresses)):
            raise DocumentFault("its host is not of the public internet")
        return addresses[0]

    async def _get(self, url: DocumentUrl, address: str) -> bytes:
        literal = f"[{address}]" if ":" in address else address
        is_usual = url.port == 443
        headers = {
            "Host": url.host if is_usual else f"{url.host}:{url.port}",
            "Accept": "application/json",
            # A compressed answer could be of any size.
            "Accept-Encoding": "identity",
            "User-Agent": "mcp-shop-console",
        }
        async with (
            httpx2.AsyncClient(
                transport=self._internet.connect(), trust_env=False, follow_redirects=False
            ) as client,
            client.stream(
                "GET",
                f"https://{literal}:{url.port}{url.target}",
                headers=headers,
                # The certificate must be the host's, whatever address it lives at.
                extensions={"sni_hostname": url.host},
            ) as response,
        ):
            _check(response)
            return await _read(response.aiter_raw())


def _check(response: httpx2.Response) -> None:
    if response.status_code != _OK:
        raise DocumentFault(f"its host answers {response.status_code}")
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )
    if not is_json or response.headers.get("content-encoding", "identity") != "identity":
        raise DocumentFault("it is not plain JSON")


async def _read(chunks: AsyncIterator[bytes]) -> bytes:
    body = b""
    async for chunk in chunks:
        body += chunk
        if len(body) > MAX_BYTES:
            raise DocumentFault("it is too long")
    return body
