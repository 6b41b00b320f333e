"""Databases to measure on: humans who deputized agents, their tokens, and other people's orders."""

import itertools
import secrets
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import anyio

from benchmarks.http_connection import HOST
from mcp_shop_console.authority import make_grant
from mcp_shop_console.authorization_server.credentials import hash_of
from mcp_shop_console.feed import Feed
from mcp_shop_console.mcp_server.challenges import OFFERED_SCOPES
from mcp_shop_console.model.audit import AuditEntry, AuditKind
from mcp_shop_console.model.catalog import TShirtSize
from mcp_shop_console.model.deputies import Agent, Call, Deputy, Human, Session
from mcp_shop_console.model.orders import OrderRequest
from mcp_shop_console.model.origins import resource_of
from mcp_shop_console.shop import Shop
from mcp_shop_console.store.database import Database, open_database
from mcp_shop_console.store.tokens import AccessToken
from mcp_shop_console.store.transaction import Transaction

_DAY_MS = 24 * 60 * 60 * 1000
_OTHERS = 50
_BUYERS_AT_ONCE = 64
_SESSION = Session("bench", "bench", "1", "2025-11-25")


async def stocked(
    path: Path, port: int, callers: Sequence[str], *, orders_of_others: int = 0
) -> list[str]:
    """Make a database in which each caller has deputized one agent. Returns their tokens."""
    tokens = [secrets.token_urlsafe(32) for _ in callers]
    async with _opened(path) as database:
        for name, token in zip(callers, tokens, strict=True):
            await database.write(partial(_deputize, name, token, port))
        if orders_of_others:
            await _let_others_buy(database, port, orders_of_others)
    return tokens


async def orders_while_banned(path: Path) -> int:
    """How many orders the audit holds of humans who were banned then. For a program that ended."""
    async with _opened(path) as database:
        audit = await database.read(lambda tx: tx.audit.newest(10_000_000))
    return _count_orders_while_banned(audit)


async def audited(path: Path) -> tuple[Counter[AuditKind], int | None]:
    """How many audit entries of each kind there are, and which is the first that does not hold."""
    async with _opened(path) as database:
        entries = await database.read(lambda tx: tx.audit.newest(10_000_000))
        broken = await database.read(lambda tx: tx.audit.first_broken())
    return Counter(entry.kind for entry in entries), broken


def _count_orders_while_banned(audit: Sequence[AuditEntry]) -> int:
    banned: set[str] = set()
    found = 0
    for entry in audit:
        human_id = entry.human.id if entry.human else ""
        match entry.kind:
            case AuditKind.HUMAN_BANNED:
                banned.add(human_id)
            case AuditKind.HUMAN_PARDONED:
                banned.discard(human_id)
            case AuditKind.ORDER_PLACED:
                found += human_id in banned
            case _:
                pass
    return found


@asynccontextmanager
async def _opened(path: Path) -> AsyncGenerator[Database, None]:
    async with open_database(
        path, now_ms=_now_ms, new_id=_new_id, publish=Feed().publish
    ) as database:
        yield database


def _deputize(name: str, token: str, port: int, tx: Transaction) -> Deputy:
    human = Human(tx.new_id(), name, f"{name.lower()}@example.com")
    agent = Agent(tx.new_id(), "Claude", "claude.ai")
    tx.humans.save(human, tx.now_ms)
    scopes = frozenset(OFFERED_SCOPES)
    grant = make_grant(tx, human, agent, "https://claude.ai/callback", scopes, "Yes.")
    if grant is None:
        raise ValueError(f"{name} is banned")
    resource = resource_of(f"http://{HOST}:{port}")
    ends_at_ms = tx.now_ms + _DAY_MS
    tx.tokens.insert_access(AccessToken(hash_of(token), grant.id, 0, resource, ends_at_ms))
    return Deputy(human, agent, grant.id, grant.consent_id, grant.scopes)


async def _let_others_buy(database: Database, port: int, count: int) -> None:
    others = [
        await database.write(partial(_deputize, f"Other{number}", secrets.token_urlsafe(32), port))
        for number in range(min(count, _OTHERS))
    ]
    orders = zip(itertools.cycle(others), range(count), strict=False)
    async with anyio.create_task_group() as buyers:
        for _ in range(min(count, _BUYERS_AT_ONCE)):
            buyers.start_soon(_buy, Shop(database), orders)


async def _buy(shop: Shop, orders: Iterator[tuple[Deputy, int]]) -> None:
    for deputy, number in orders:
        call = Call(_new_id(), "buyMcpShopItem", _SESSION, _now_ms())
        request = OrderRequest("ACME", "1 Road\nTown", TShirtSize.L, str(number))
        await shop.place_order(deputy, call, request)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _new_id() -> str:
    return secrets.token_hex(16)
