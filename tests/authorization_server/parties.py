"""Who takes part: the server under test, people's browsers, and agents."""

import base64
import hashlib
import html
import json
import re
import secrets
import sqlite3
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
from starlette.applications import Starlette

from mcp_shop_console.authorization_server import AuthorizationServer, Policy
from mcp_shop_console.authorization_server.identity_provider import Connect
from mcp_shop_console.model.audit import AuditEntry, AuditKind
from mcp_shop_console.model.events import Event
from mcp_shop_console.store.database import Database, open_database

ORIGIN = "http://localhost:7777"
PUBLIC_ORIGIN = "https://shop.example"
CALLBACK = "http://localhost:5000/callback"
STAGE_CODE = "271828"
VERIFIER = "v" * 43
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)


@dataclass
class Clock:
    """A time that passes when a test says so."""

    now: int = 1_700_000_000_000

    def __call__(self) -> int:
        return self.now

    def advance(self, *, seconds: float) -> None:
        self.now += int(seconds * 1000)


@dataclass
class House:
    """The authorization server over a real database, without a socket."""

    database: Database
    policy: Policy
    clock: Clock
    path: Path
    """The database file."""
    connect: Connect | None = None
    """The way to the OpenID provider, where there is one."""
    server: AuthorizationServer = field(init=False)
    app: Starlette = field(init=False)

    def __post_init__(self) -> None:
        self.run(AuthorizationServer(self.database, self.policy, self.clock, self.connect))

    def run(self, server: AuthorizationServer) -> None:
        """Let ``server`` answer from now on."""
        self.server = server
        self.app = Starlette(routes=server.routes())

    def http(self, origin: str = ORIGIN) -> httpx2.AsyncClient:
        """An HTTP client with its own cookies: a browser, or an agent."""
        transport = httpx2.ASGITransport(app=self.app, client=("192.0.2.1", 1234))
        return httpx2.AsyncClient(transport=transport, base_url=origin)

    async def knows(self, tokens: Mapping[str, str]) -> bool:
        """Whether the access token still speaks for somebody."""
        return await self.server.verify(tokens["access_token"]) is not None

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """What somebody reads, or does, who got hold of the database file."""
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            return connection.execute(statement).fetchall()

    async def entries(self, kind: AuditKind | None = None) -> list[AuditEntry]:
        entries = await self.database.read(lambda tx: tx.audit.newest(1000))
        return [entry for entry in entries if kind in (None, entry.kind)]


@asynccontextmanager
async def open_house(
    folder: Path, policy: Policy, clock: Clock, connect: Connect | None = None
) -> AsyncGenerator[House]:
    """A house whose database is a file in ``folder``."""

    def ignore(_: Iterable[Event]) -> None:
        pass

    path = folder / "shop.sqlite3"
    async with open_database(
        path, now_ms=clock, new_id=lambda: secrets.token_hex(16), publish=ignore
    ) as database:
        yield House(database, policy, clock, path, connect)


@dataclass
class Agent:
    """A client that registered, and does the rest of OAuth by hand."""

    http: httpx2.AsyncClient
    registration: dict[str, str]
    redirect_uri: str = CALLBACK

    @property
    def client_id(self) -> str:
        return self.registration["client_id"]

    def request(self, **changes: str | None) -> dict[str, str]:
        """The parameters of a good authorization request, with changes; None leaves one out."""
        parameters: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "state": "a&b c",
            "scope": "shop:browse shop:order",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "resource": f"{ORIGIN}/mcp",
        }
        return {name: value for name, value in (parameters | changes).items() if value is not None}

    async def redeem(self, code: str, **changes: str | None) -> httpx2.Response:
        parameters: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": VERIFIER,
        }
        return await self.post("/token", parameters | changes)

    async def refresh(self, refresh_token: str, **changes: str | None) -> httpx2.Response:
        parameters: dict[str, str | None] = {
            "grant_type": "refresh_token",
            "client_id": self.client_id,
            "refresh_token": refresh_token,
        }
        return await self.post("/token", parameters | changes)

    async def revoke(self, token: str, **changes: str | None) -> httpx2.Response:
        return await self.post("/revoke", {"client_id": self.client_id, "token": token} | changes)

    async def post(self, path: str, parameters: Mapping[str, str | None]) -> httpx2.Response:
        data = {name: value for name, value in parameters.items() if value is not None}
        return await self.http.post(path, data=data)


async def registered(
    http: httpx2.AsyncClient, redirect_uri: str = CALLBACK, **metadata: object
) -> Agent:
    """An agent that registered as a public client, unless ``metadata`` says otherwise."""
    usual = {"client_name": "Claude", "token_endpoint_auth_method": "none"}
    body = usual | {"redirect_uris": [redirect_uri]} | metadata
    response = await http.post("/register", json=body)
    assert response.status_code == 201, response.text
    return Agent(http, response.json(), redirect_uri)


@dataclass(frozen=True)
class Page:
    """A page as a person has it: its words, and the fields its form would send."""

    status: int
    text: str
    fields: dict[str, str]


def page_of(response: httpx2.Response) -> Page:
    inputs = re.findall(r"<input ([^>]*)>", response.text)
    attributes = [dict(re.findall(r'([\w-]+)="([^"]*)"', tag)) for tag in inputs]
    fields = {tag["name"]: html.unescape(tag.get("value", "")) for tag in attributes}
    body = re.sub(r"<style.*?</style>", "", response.text, flags=re.DOTALL)
    return Page(response.status_code, html.unescape(re.sub(r"<[^>]+>", " ", body)), fields)


@dataclass
class Person:
    """A human with a browser."""

    http: httpx2.AsyncClient
    name: str = "Ada Lovelace"
    email: str = "ada@example.com"

    async def open(self, agent: Agent, **changes: str | None) -> httpx2.Response:
        """Follow the agent's link up to the page that wants an answer."""
        response = await self.http.get("/authorize", params=agent.request(**changes))
        return await self.follow(response)

    async def follow(self, response: httpx2.Response) -> httpx2.Response:
        while response.status_code == 303 and response.headers["location"].startswith("/"):
            response = await self.http.get(response.headers["location"])
        return response

    async def sign_in(self, page: httpx2.Response, **changes: str) -> httpx2.Response:
        typed = {"name": self.name, "email": self.email} | changes
        response = await self.http.post("/sign-in", data=page_of(page).fields | typed)
        return await self.follow(response)

    async def change_person(self, page: httpx2.Response) -> httpx2.Response:
        """Follow the link for someone else from the consent page."""
        return await self.http.get(f"/sign-in?request={page_of(page).fields['request']}")

    async def answer(self, page: httpx2.Response, decision: str) -> httpx2.Response:
        return await self.http.post("/consent", data=page_of(page).fields | {"decision": decision})

    async def come_to_consent(self, agent: Agent, **changes: str | None) -> httpx2.Response:
        page = await self.open(agent, **changes)
        if 'action="/sign-in"' in page.text:
            page = await self.sign_in(page)
        assert page.status_code == 200, page.text
        return page

    async def approve(self, agent: Agent, **changes: str | None) -> str:
        """Deputize the agent, and hand over the code."""
        response = await self.answer(await self.come_to_consent(agent, **changes), "approve")
        return answer_of(response)["code"]


def answer_of(response: httpx2.Response) -> dict[str, str]:
    """What a redirect to the client carries, each parameter exactly once."""
    assert response.status_code == 303, response.text
    parameters = parse_qs(urlsplit(response.headers["location"]).query, strict_parsing=True)
    assert all(len(values) == 1 for values in parameters.values())
    return {name: values[0] for name, values in parameters.items()}


async def deputized(person: Person, agent: Agent) -> dict[str, str]:
    """The tokens of an agent that the person just deputized."""
    response = await agent.redeem(await person.approve(agent))
    assert response.status_code == 200, response.text
    return json.loads(response.text)


def grants(house: House) -> list[tuple[object, ...]]:
    return house.rows("select id from grant")


def refusal_of(response: httpx2.Response, status: int = 400) -> str:
    """The error of a refused token request, which is in the standard's form."""
    assert response.status_code == status, response.text
    assert response.headers["cache-control"] == "no-store"
    body = response.json()
    assert set(body) == {"error", "error_description"}
    assert all(" " <= char <= "~" and char not in '"\\' for char in body["error_description"])
    return body["error"]
