"""The core of the program as the tests use it: database, authority and shop, no protocol."""

import itertools
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import anyio.to_thread

from mcp_shop_console.authority import Authority, make_grant
from mcp_shop_console.feed import Feed, Reader
from mcp_shop_console.model.audit import AuditEntry, AuditKind
from mcp_shop_console.model.catalog import TShirtSize
from mcp_shop_console.model.deputies import Agent, Call, Deputy, Human, Session
from mcp_shop_console.model.orders import Order, OrderRequest, PlacedOrder
from mcp_shop_console.model.refusals import Refusal, RefusalCode
from mcp_shop_console.shop import Shop
from mcp_shop_console.store.database import MEMORY, Database, open_database
from mcp_shop_console.store.transaction import Transaction

AT_MS = 1_790_000_000_000
ANN = Human("ann", "Ann", "ann@example.com")
BOB = Human("bob", "Bob", "bob@example.com")
CLAUDE = Agent("client-claude", "Claude", "claude.ai")
CURSOR = Agent("client-cursor", "Cursor", "www.cursor.com")
SESSION = Session("5e55", "claude-code", "2.0", "2025-11-25")
SCOPES = frozenset({"shop:browse", "shop:order"})


@dataclass(slots=True)
class Clock:
    """A time that stands still until it is told."""

    ms: int = AT_MS
    is_broken: bool = False

    def __call__(self) -> int:
        if self.is_broken:
            raise ArithmeticError("the clock is broken")
        return self.ms


@dataclass(slots=True)
class Ids:
    """Ids that differ, and can be read."""

    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def __call__(self) -> str:
        return f"{next(self.numbers):032x}"


@dataclass(slots=True)
class Core:
    """One database with its authority, its shop and its feed."""

    clock: Clock
    feed: Feed
    database: Database
    authority: Authority
    shop: Shop
    _calls: "itertools.count[int]" = field(default_factory=itertools.count)

    async def deputy(self, human: Human = ANN, agent: Agent = CLAUDE) -> Deputy:
        """An agent under a new grant."""
        deputy = await self.try_to_deputize(human, agent)
        assert deputy is not None
        return deputy

    async def try_to_deputize(self, human: Human = ANN, agent: Agent = CLAUDE) -> Deputy | None:
        """An agent under a new grant, or None for a human who may not make one."""

        def deputize(tx: Transaction) -> Deputy | None:
            tx.humans.save(human, tx.now_ms)
            grant = make_grant(tx, human, agent, "https://host/cb", SCOPES, "Yes, I do.")
            return grant and tx.grants.deputy(grant.id)

        return await self.database.write(deputize)

    def call(self, tool: str = "buyMcpShopItem") -> Call:
        return Call(f"call-{next(self._calls)}", tool, SESSION, self.clock.ms)

    async def buy(
        self,
        deputy: Deputy,
        company: str = "",
        address: str = "1 Road\nTown",
        size: TShirtSize = TShirtSize.L,
        *,
        key: str = "",
    ) -> PlacedOrder | Refusal:
        """Buy a shirt for a company that nobody bought for, unless one is named."""
        call = self.call()
        request = OrderRequest(company or f"Company of {call.id}", address, size, key)
        return await self.shop.place_order(deputy, call, request)

    async def is_served(self, deputy: Deputy) -> bool:
        """Whether a deputy can buy now."""
        return isinstance(await self.buy(deputy), PlacedOrder)

    async def orders(self, deputy: Deputy) -> tuple[Order, ...]:
        orders = await self.shop.list_orders(deputy, self.call("listMcpShopOrders"))
        assert not isinstance(orders, Refusal)
        return orders

    async def audit(self) -> list[AuditEntry]:
        return await self.database.read(lambda tx: tx.audit.newest(100_000))

    async def kinds(self) -> list[AuditKind]:
        return [entry.kind for entry in await self.audit()]


@asynccontextmanager
async def open_core(
    path: str | Path = MEMORY,
    *,
    plea_wait_seconds: float = 5,
    new_id: Callable[[], str] | None = None,
    busy_timeout_seconds: float = 5,
) -> AsyncGenerator[Core, None]:
    clock, feed = Clock(), Feed()
    async with open_database(
        path,
        now_ms=clock,
        new_id=new_id or Ids(),
        publish=feed.publish,
        busy_timeout_seconds=busy_timeout_seconds,
    ) as database:
        authority = Authority(database, feed, plea_wait_seconds=plea_wait_seconds)
        yield Core(clock, feed, database, authority, Shop(database))


@asynccontextmanager
async def held(database: Database) -> AsyncGenerator[None, None]:
    """Keep the writing thread busy: what is asked within the block waits until its end."""
    is_busy, is_over = threading.Event(), threading.Event()

    def hold(_: Transaction) -> None:
        is_busy.set()
        assert is_over.wait(5)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(database.write, hold)
        assert await anyio.to_thread.run_sync(is_busy.wait, 5)
        try:
            yield
        finally:
            is_over.set()


async def next_entry(reader: Reader, *kinds: AuditKind) -> AuditEntry:
    """The next entry of one of these kinds; what comes before it is dropped."""
    async for event in reader:
        if isinstance(event, AuditEntry) and event.kind in kinds:
            return event
    raise AssertionError("the feed has ended")


def placed(answer: PlacedOrder | Refusal) -> PlacedOrder:
    """The order, of a deputy that had to get one."""
    assert isinstance(answer, PlacedOrder), answer
    return answer


def refused(answer: object) -> RefusalCode:
    """Why a deputy that had to be refused was."""
    assert isinstance(answer, Refusal), answer
    return answer.code
