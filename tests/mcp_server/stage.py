"""A running MCP server on a real port, with two humans who deputized two agents each."""

import itertools
import socket
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Literal, TypeVar

import anyio
import anyio.lowlevel
import httpx2
import uvicorn
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, Implementation, TextContent
from starlette.types import Receive, Scope, Send

from mcp_shop_console.authority import Authority, make_grant
from mcp_shop_console.authority.refused_requests import RefusedRequests
from mcp_shop_console.feed import Feed, Reader
from mcp_shop_console.mcp_server.server import McpServer
from mcp_shop_console.mcp_server.session_limit import SessionLimits
from mcp_shop_console.model.audit import AuditEntry, AuditKind
from mcp_shop_console.model.deputies import Agent, Deputy, Human
from mcp_shop_console.model.events import Event
from mcp_shop_console.model.faults import StoreUnavailable
from mcp_shop_console.model.grants import Grant
from mcp_shop_console.model.origins import loopback_origins
from mcp_shop_console.model.rate_limit import BurstLimit
from mcp_shop_console.shop import Shop
from mcp_shop_console.store.database import Database, open_database
from mcp_shop_console.store.transaction import Transaction

Era = Literal["legacy", "2026-07-28"]
ERAS: tuple[Era, ...] = ("legacy", "2026-07-28")
AT_MS = 1_790_000_000_123
SCOPES = frozenset({"shop:browse", "orders:read", "shop:order", "profile:read"})
ANN = Human("ann", "Ann", "ann@example.com", is_admin=True)
BOB = Human("bob", "Bob", "bob@example.com")
CLAUDE = Agent("client-claude", "Claude", "claude.ai")
CURSOR = Agent("client-cursor", "Cursor", "www.cursor.com")
SHIRT = {"company": "ACME", "mailingAddress": "1 Road\nTown", "tshirtSize": "L"}
NAMES = [
    "setDemoMode",
    "clearDemoMode",
    "getUserInfo",
    "listMcpShopInventory",
    "buyMcpShopItem",
    "listMcpShopOrders",
    "prettyPlease",
]
INVENTORY = (
    '{"title":"mcp.shop inventory","products":[{"label":"MCP T-Shirt","description":'
    '"A comfortable shirt featuring the MCP logo","sizes":["S","M","L","XL","XXL"],'
    '"price":"Free with MCP Server"}]}'
)


@dataclass(slots=True)
class Stage:
    """The parts of one running server. A token is ``human.agent``, as ``ann.claude``."""

    database: Database
    shop: Shop
    authority: Authority
    feed: Feed
    server: McpServer
    url: str
    grants: dict[str, Grant]
    is_store_down: bool = False

    async def verify(self, token: str) -> Deputy | None:
        if self.is_store_down:
            raise StoreUnavailable("out of order")
        grant = self.grants.get(token)
        if grant is None:
            return None
        return await self.database.read(lambda tx: tx.grants.deputy(grant.id))

    @asynccontextmanager
    async def http(self, token: str = "ann.claude") -> AsyncGenerator[httpx2.AsyncClient, None]:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        async with httpx2.AsyncClient(headers=headers, timeout=10) as http:
            yield http

    @asynccontextmanager
    async def client(
        self, era: Era, token: str = "ann.claude", *, name: str = "Test", version: str = "1.2"
    ) -> AsyncGenerator[Client, None]:
        async with self.http(token) as http:
            transport = streamable_http_client(self.url, http_client=http)
            info = Implementation(name=name, version=version)
            async with Client(transport, mode=era, client_info=info) as client:
                yield client

    async def audit(self) -> list[AuditEntry]:
        return await self.database.read(lambda tx: tx.audit.newest(1000))

    async def add_grant(
        self, token: str, human: Human, agent: Agent, scopes: frozenset[str] = SCOPES
    ) -> None:
        def deputize(tx: Transaction) -> Grant:
            tx.humans.save(human, tx.now_ms)
            grant = make_grant(tx, human, agent, f"https://{agent.redirect_host}/cb", scopes, "Yes")
            assert grant is not None
            return grant

        self.grants[token] = await self.database.write(deputize)


EventT = TypeVar("EventT", bound=Event)


async def next_event(reader: Reader, kind: type[EventT]) -> EventT:
    """The next event of a kind; what comes before it is dropped."""
    async for event in reader:
        if isinstance(event, kind):
            return event
    raise AssertionError("the feed has ended")


async def next_decision(reader: Reader, *kinds: AuditKind) -> AuditEntry:
    """The next audit entry of some kinds."""
    while True:
        entry = await next_event(reader, AuditEntry)
        if entry.kind in kinds:
            return entry


@asynccontextmanager
async def open_stage(
    *,
    demo_tools: bool = True,
    plea_wait_seconds: float = 5,
    open_shop: Callable[[Database], Shop] = Shop,
    call_limit: BurstLimit | None = None,
    session_limits: SessionLimits | None = None,
) -> AsyncGenerator[Stage, None]:
    feed = Feed()
    ids = itertools.count(1)
    listener = socket.create_server(("127.0.0.1", 0))
    port: int = listener.getsockname()[1]

    def new_id() -> str:
        return f"{next(ids):032x}"

    def now_ms() -> int:
        return AT_MS

    async with open_database(
        ":memory:", now_ms=now_ms, new_id=new_id, publish=feed.publish
    ) as database:
        authority = Authority(database, feed, plea_wait_seconds=plea_wait_seconds)
        stage: Stage

        async def verify(token: str) -> Deputy | None:
            return await stage.verify(token)

        shop = open_shop(database)
        server = McpServer(
            shop,
            authority,
            feed,
            verify=verify,
            origins=loopback_origins(port),
            refused=RefusedRequests(database),
            demo_tools=demo_tools,
            call_limit=call_limit or BurstLimit(1000, 1000, lambda: 0),
            session_limits=session_limits or SessionLimits(),
            now_ms=now_ms,
            new_id=new_id,
        )
        stage = Stage(database, shop, authority, feed, server, f"http://127.0.0.1:{port}/mcp", {})
        for human, agent in itertools.product((ANN, BOB), (CLAUDE, CURSOR)):
            token = f"{human.id}.{agent.name.lower()}"
            await stage.add_grant(token, human, agent)
        async with _listening(server, listener):
            yield stage


@asynccontextmanager
async def _listening(server: McpServer, listener: socket.socket) -> AsyncGenerator[None, None]:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await server.app(scope, receive, send)

    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1
    )
    http_server = _HttpServer(config)
    async with anyio.create_task_group() as tasks:
        async with server.run():
            tasks.start_soon(http_server.serve, [listener])
            while not http_server.started:
                await anyio.lowlevel.checkpoint()
            yield
        http_server.should_exit = True


class _HttpServer(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        with nullcontext():
            yield


LEGACY = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
"""Headers of a request before 2026-07-28."""


def modern_headers(method: str, name: str = "") -> dict[str, str]:
    """Headers of a request of 2026-07-28."""
    named = {"mcp-name": name} if name else {}
    return LEGACY | {"mcp-protocol-version": "2026-07-28", "mcp-method": method} | named


def modern_request(method: str, params: dict[str, object]) -> dict[str, object]:
    meta: dict[str, object] = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params | {"_meta": meta}}


async def open_legacy_session(stage: Stage, http: httpx2.AsyncClient) -> str:
    """The ``Mcp-Session-Id`` of a session that has shaken hands."""
    initialize: dict[str, object] = {
        "jsonrpc": "2.0",
        "id": 0,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "Test", "version": "1.2"},
        },
    }
    answer = await http.post(stage.url, headers=LEGACY, json=initialize)
    session = {"mcp-session-id": answer.headers["mcp-session-id"]}
    initialized = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    await http.post(stage.url, headers=LEGACY | session, json=initialized)
    return session["mcp-session-id"]


def text_of(result: CallToolResult) -> str:
    (block,) = result.content
    assert isinstance(block, TextContent)
    return block.text


def error_of(result: CallToolResult) -> dict[str, object]:
    assert result.is_error
    assert result.structured_content is not None
    assert set(result.structured_content) == {"error"}
    return result.structured_content["error"]
