"""People and their agents at a live server: real sockets, the pages, the SDK's own OAuth client."""

import html
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx2
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from mcp_types import CallToolResult, Implementation, TextContent
from pydantic import AnyUrl

Era = Literal["legacy", "2026-07-28"]
ERAS: tuple[Era, ...] = ("legacy", "2026-07-28")
SHIRT = {"company": "ACME", "mailingAddress": "1 Road\nTown", "tshirtSize": "L"}


class ConsentRefused(Exception):
    """The pages did not lead back to the agent with a code. The message is the last page."""


async def at_once(_: str) -> None:
    """Click without reading."""


@dataclass
class Person:
    """A human with a browser of their own, who says yes to agents unless told otherwise."""

    name: str
    email: str
    stage_code: str = ""
    """Typed where the page asks for it."""
    decision: Literal["approve", "deny"] = "approve"
    hesitate: Callable[[str], Awaitable[None]] = at_once
    """What happens before a button is clicked, by its name: reading takes its time."""
    jar: httpx2.Cookies = field(default_factory=httpx2.Cookies)

    async def answer(self, authorize_url: str) -> AuthorizationCodeResult:
        """Decide, and hand the agent its code."""
        return _code_of(await self.decide(authorize_url))

    async def decide(self, authorize_url: str) -> str:
        """Go through the pages as a person does. The address that takes the agent the answer."""
        async with httpx2.AsyncClient(cookies=self.jar, timeout=10) as browser:
            page = await _follow(browser, await browser.get(authorize_url))
            while not _leads_to_agent(page):
                page = await self._next(browser, page)
            self.jar = browser.cookies
        return page.headers["location"]

    async def _next(self, browser: httpx2.AsyncClient, page: httpx2.Response) -> httpx2.Response:
        """Read this page and send its form."""
        if page.status_code != 200 or "<form" not in page.text:
            raise ConsentRefused(_words(page))
        fields = _fields(page)
        if "proof" not in fields:
            raise ConsentRefused(_words(page))
        if 'action="/sign-in"' in page.text:
            if 'class="flaw"' in page.text:
                raise ConsentRefused(_words(page))
            await self.hesitate("Go on")
            typed = {"name": self.name, "email": self.email, "stage_code": self.stage_code}
            fields |= {name: value for name, value in typed.items() if value}
            return await _follow(browser, await browser.post(_url(page, "/sign-in"), data=fields))
        await self.hesitate(self.decision.capitalize())
        fields["decision"] = self.decision
        return await _follow(browser, await browser.post(_url(page, "/consent"), data=fields))


@dataclass
class Agent:
    """An MCP client program: registered once, acting for one person, connecting as it likes."""

    url: str
    person: Person
    name: str = "Claude"
    redirect_uri: str = "http://localhost:5000/callback"
    tokens: OAuthToken | None = None
    registration: OAuthClientInformationFull | None = None

    @asynccontextmanager
    async def connected(self, era: Era = "legacy") -> AsyncGenerator[Client, None]:
        """A new connection. Asks the person for consent where the server wants it."""
        async with httpx2.AsyncClient(auth=self._oauth(), timeout=60) as http:
            transport = streamable_http_client(self.url, http_client=http)
            info = Implementation(name=self.name, version="1.2")
            async with Client(transport, mode=era, client_info=info) as client:
                yield client

    async def call(
        self, tool: str, arguments: Mapping[str, object] | None = None, era: Era = "legacy"
    ) -> CallToolResult:
        """One call on a connection of its own."""
        async with self.connected(era) as client:
            return await client.call_tool(tool, dict(arguments or {}))

    async def refreshed(self) -> OAuthToken:
        """New tokens for the refresh token, as a client asks for them (RFC 6749 section 6)."""
        assert self.tokens is not None and self.registration is not None
        async with httpx2.AsyncClient(timeout=10) as http:
            answer = await http.post(
                urljoin(self.url, "/token"),
                data={
                    "grant_type": "refresh_token",
                    "refresh_token": self.tokens.refresh_token or "",
                    "client_id": self.registration.client_id or "",
                },
            )
        self.tokens = OAuthToken.model_validate_json(answer.raise_for_status().content)
        return self.tokens

    def forget(self) -> None:
        """Lose everything, as a program that is installed anew."""
        self.tokens = None
        self.registration = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.registration

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.registration = client_info

    def _oauth(self) -> OAuthClientProvider:
        answers: list[AuthorizationCodeResult] = []

        async def redirect(url: str) -> None:
            answers.append(await self.person.answer(url))

        async def callback() -> AuthorizationCodeResult:
            return answers.pop()

        metadata = OAuthClientMetadata(
            client_name=self.name,
            redirect_uris=[AnyUrl(self.redirect_uri)],
            token_endpoint_auth_method="none",
        )
        return OAuthClientProvider(self.url, metadata, self, redirect, callback)


def text_of(result: CallToolResult) -> str:
    """The one text block of an answer."""
    (block,) = result.content
    assert isinstance(block, TextContent)
    return block.text


async def _follow(browser: httpx2.AsyncClient, page: httpx2.Response) -> httpx2.Response:
    while page.status_code == 303 and not _leads_to_agent(page):
        page = await browser.get(_url(page, page.headers["location"]))
    return page


def _leads_to_agent(page: httpx2.Response) -> bool:
    return page.status_code == 303 and not page.headers["location"].startswith("/")


def _url(page: httpx2.Response, path: str) -> str:
    return urljoin(str(page.url), path)


def _fields(page: httpx2.Response) -> dict[str, str]:
    inputs = re.findall(r"<input ([^>]*)>", page.text)
    attributes = [dict(re.findall(r'([\w-]+)="([^"]*)"', each)) for each in inputs]
    return {each["name"]: html.unescape(each.get("value", "")) for each in attributes}


def _words(page: httpx2.Response) -> str:
    body = re.sub(r"<style.*?</style>", "", page.text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def _code_of(address: str) -> AuthorizationCodeResult:
    parameters = parse_qs(urlsplit(address).query)
    if "error" in parameters:
        raise ConsentRefused(parameters["error"][0])
    return AuthorizationCodeResult(
        code=parameters["code"][0],
        state=parameters["state"][0],
        iss=parameters["iss"][0],
    )
