"""The house: every part built once and handed what it needs.

May import everything below.
"""

import secrets
import socket
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio

from mcp_shop_console import __version__
from mcp_shop_console.authority import Authority
from mcp_shop_console.authority.refused_requests import RefusedRequests
from mcp_shop_console.authorization_server import AuthorizationServer, Policy, ProviderAccount
from mcp_shop_console.authorization_server.limits import Limits, Rate
from mcp_shop_console.console.clock import SteadyClock, Timekeeper
from mcp_shop_console.console.http_server import HttpServer
from mcp_shop_console.console.open_sockets import OpenSockets, SocketLimits
from mcp_shop_console.console.tunnels import tunnel_hint
from mcp_shop_console.feed import Feed
from mcp_shop_console.http_app import http_app
from mcp_shop_console.mcp_server.server import McpServer
from mcp_shop_console.mcp_server.session_limit import SessionLimits
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.origins import Origins, loopback_origins
from mcp_shop_console.model.rate_limit import BurstLimit, RateLimit
from mcp_shop_console.settings import Provider, Settings
from mcp_shop_console.settings.rates import Rates
from mcp_shop_console.shop import Shop
from mcp_shop_console.store.database import Database, open_database

_SECONDS_PER_MINUTE = 60
_SECONDS_PER_HOUR = 60 * 60


def new_id() -> str:
    """128 random bits, hexadecimal."""
    return secrets.token_hex(16)


def new_stage_code() -> str:
    """Six digits that only the control room shows, new at each start."""
    return f"{secrets.randbelow(1_000_000):06d}"


@dataclass(frozen=True, slots=True)
class House:
    """What a face of the program works with: the control room, or the log of ``serve``."""

    feed: Feed
    authority: Authority
    authorization_server: AuthorizationServer
    http_server: HttpServer
    origins: Origins
    stage_code: str
    now_ms: Callable[[], int]
    timekeeper: Timekeeper
    tunnel_hint: str
    """How to point a tunnel at this server; empty without a public address."""

    @asynccontextmanager
    async def listening(self, sockets: Sequence[socket.socket]) -> AsyncGenerator[None, None]:
        """Serve ``sockets`` until the block ends. Start and stop are audit entries."""
        facts = {"url": self.origins.main, "version": __version__}
        await self.authority.note_server(AuditKind.SERVER_STARTED, {**facts})
        await self.authorization_server.begin()
        async with self.http_server.running(sockets), anyio.create_task_group() as tasks:
            tasks.start_soon(self.timekeeper.keep)
            yield
            tasks.cancel_scope.cancel()
        await self.authority.note_server(AuditKind.SERVER_STOPPED, {})


@asynccontextmanager
async def open_house(
    settings: Settings,
    sockets: Sequence[socket.socket],
    *,
    clock: SteadyClock | None = None,
    new_id: Callable[[], str] = new_id,
    monotonic: Callable[[], float] = time.monotonic,
) -> AsyncGenerator[House, None]:
    """Open the database and build everything for ``sockets``; nothing listens yet.

    Raises:
        DatabaseRefused: The database cannot be used.
    """
    feed, now_ms = Feed(), clock or SteadyClock()
    origins = loopback_origins(sockets[0].getsockname()[1], settings.public_url)
    async with open_database(
        settings.database, now_ms=now_ms, new_id=new_id, publish=feed.publish
    ) as database:
        timekeeper = Timekeeper(database, now_ms)
        await timekeeper.begin()
        yield _build(settings, feed, database, origins, now_ms, new_id, monotonic, timekeeper)


def _build(
    settings: Settings,
    feed: Feed,
    database: Database,
    origins: Origins,
    now_ms: Callable[[], int],
    new_id: Callable[[], str],
    monotonic: Callable[[], float],
    timekeeper: Timekeeper,
) -> House:
    limits, stage_code = settings.limits, new_stage_code()
    authority = Authority(database, feed, plea_wait_seconds=settings.plea_wait_seconds)
    policy = _policy(settings, origins, stage_code)
    authorization_server = AuthorizationServer(database, policy, now_ms)
    refused = RefusedRequests(database)
    mcp_server = McpServer(
        Shop(database),
        authority,
        feed,
        verify=authorization_server.verify,
        origins=origins,
        refused=refused,
        demo_tools=settings.demo_tools,
        call_limit=BurstLimit(
            limits.call_burst, limits.calls_per_second, lambda: monotonic() * 1000
        ),
        session_limits=SessionLimits(
            of_deputy=limits.sessions_per_agent,
            in_all=limits.sessions,
            idle_seconds=limits.session_idle_minutes * _SECONDS_PER_MINUTE,
        ),
        now_ms=now_ms,
        new_id=new_id,
    )
    app = http_app(
        mcp=mcp_server.app,
        routes=authorization_server.routes(),
        database=database,
        origins=origins,
        refused=refused,
        address_limit=RateLimit(
            limits.requests_per_second, lambda: round(monotonic() * 1000), window_seconds=1
        ),
        trusted_proxies=settings.trusted_proxies,
    )
    opened = OpenSockets(
        SocketLimits(in_all=limits.sockets, of_address=limits.sockets_per_address),
        count_refused=refused.count,
        monotonic=monotonic,
        proxies=settings.trusted_proxies,
    )
    http_server = HttpServer(app, mcp_server, feed, now_ms, opened)
    hint = tunnel_hint(origins, trusts_proxy=bool(settings.trusted_proxies))
    return House(
        feed,
        authority,
        authorization_server,
        http_server,
        origins,
        stage_code,
        now_ms,
        timekeeper,
        hint,
    )


def _policy(settings: Settings, origins: Origins, stage_code: str) -> Policy:
    by_browser, by_address = settings.rates.stage_codes
    return Policy(
        origins=origins,
        stage_code=stage_code,
        admins=settings.admins,
        provider=_provider_account(settings.provider),
        access_token_seconds=round(settings.access_token_hours * _SECONDS_PER_HOUR),
        limits=_limits(settings.rates),
        client_id_metadata_documents=settings.client_id_metadata_documents,
        wrong_codes_per_browser=by_browser,
        wrong_codes_per_address=by_address,
    )


def _limits(rates: Rates) -> Limits:
    return Limits(
        registrations=rates.registrations,
        unused_clients=rates.unused_clients,
        authorizations=Rate(*rates.authorizations),
        forms=Rate(*rates.forms),
        token_requests=Rate(*rates.tokens),
    )


def _provider_account(provider: Provider | None) -> ProviderAccount | None:
    if provider is None:
        return None
    return ProviderAccount(
        issuer=provider.issuer,
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        admin_claim=provider.admin_claim,
        admin_value=provider.admin_value,
    )
