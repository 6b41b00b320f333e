"""The certified npm package oidc-provider, running here. The other end is openid_provider.mjs."""

import html
import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx2

from tests.clients.installed import NODE, PACKAGES, free_port
from tests.clients.program import running
from tests.live.conftest import Show, open_show
from tests.live.people import ConsentRefused, Person

_SCRIPT = Path(__file__).parent / "openid_provider.mjs"
_SECRET = "a-secret-between-shop-and-provider"
ACCOUNTS = {
    "ada-1": {"name": "Ada Lovelace", "email": "ada@example.com", "roles": ["shop-admin"]},
    "bob-1": {"name": "Bob", "email": "bob@example.com", "email_verified": True},
    "eve-1": {"name": "Eve", "email": "eve@example.com", "email_verified": False},
    "nil-1": {"name": "Nobody"},
}


@dataclass(frozen=True)
class Sites:
    """A shop, and the provider at which its humans sign in."""

    show: Show
    issuer: str


@asynccontextmanager
async def open_provider(
    home: Path, port: int, shop_port: int, algorithm: str
) -> AsyncGenerator[str, None]:
    """The provider, which knows the shop. Its issuer."""
    configuration = {
        "port": port,
        "algorithm": algorithm,
        "claims": ACCOUNTS,
        "client": {
            "client_id": "shop",
            "client_secret": _SECRET,
            "redirect_uris": [f"http://localhost:{shop_port}/sign-in/callback"],
        },
    }
    async with running([NODE, _SCRIPT, PACKAGES, json.dumps(configuration)], home) as program:
        await program.says("provider listens")
        yield f"http://localhost:{port}"


@asynccontextmanager
async def open_sites(
    home: Path, algorithm: str = "RS256", secret: str = _SECRET
) -> AsyncGenerator[Sites, None]:
    port, shop_port = free_port(), free_port()
    secret_file = home / "secret"
    secret_file.write_text(secret, encoding="utf-8")
    flags = (
        *("--oidc-issuer", f"http://localhost:{port}"),
        *("--oidc-client-id", "shop"),
        *("--oidc-client-secret-file", str(secret_file)),
        *("--oidc-admin-claim", "roles=shop-admin"),
    )
    async with (
        open_provider(home, port, shop_port, algorithm) as issuer,
        open_show(":memory:", *flags, port=shop_port) as show,
    ):
        yield Sites(show, issuer)


@dataclass
class AccountHolder(Person):
    """A human with an account at the provider."""

    account: str = ""
    cancels: bool = False
    """Whether they turn back at the provider's page."""

    async def decide(self, authorize_url: str) -> str:
        async with httpx2.AsyncClient(cookies=self.jar, timeout=10) as browser:
            page = await self.travel(browser, authorize_url)
            self.jar = browser.cookies
        if urlsplit(str(page.url)).path != "/consent":
            raise ConsentRefused(page.text)
        return await super().decide(str(page.url))

    async def travel(self, browser: httpx2.AsyncClient, address: str) -> httpx2.Response:
        """Go on through the pages of the provider, up to the shop's next page."""
        page = await _opened(browser, address)
        while re.match("/(interaction|auth)/", urlsplit(str(page.url)).path):
            page = await _opened(browser, await self._next_at_provider(browser, page))
        return page

    async def _next_at_provider(self, browser: httpx2.AsyncClient, page: httpx2.Response) -> str:
        """Answer a page of the provider: who one is, whether the shop may know it."""
        if self.cancels:
            (way_back,) = re.findall(r'href="([^"]*/abort)"', page.text)
            return urljoin(str(page.url), html.unescape(way_back))
        (target,) = re.findall(r'<form [^>]*action="([^"]*)"', page.text)
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text)
        typed = {"login": self.account, "password": "x"} if 'name="login"' in page.text else {}
        address = urljoin(str(page.url), html.unescape(target))
        answer = await browser.post(address, data={**dict(hidden), **typed})
        return urljoin(address, answer.headers["location"])


def holder(show: Show, account: str, *, cancels: bool = False) -> AccountHolder:
    return AccountHolder("", "", hesitate=show.read, account=account, cancels=cancels)


def way_to_try_again(page: httpx2.Response) -> str:
    (link,) = re.findall(r'href="([^"]*)">Try again<', page.text)
    return urljoin(str(page.url), html.unescape(link))


async def _opened(browser: httpx2.AsyncClient, address: str) -> httpx2.Response:
    """Follow every redirect, to whichever site."""
    page = await browser.get(address)
    while page.is_redirect:
        page = await browser.get(urljoin(str(page.url), page.headers["location"]))
    return page
