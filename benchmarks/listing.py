"""List-orders: whether it costs more where other people have ordered a lot."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.agents import ERAS, Era, Session, sessions, shirt
from benchmarks.load import FullLoad
from benchmarks.programs import Program, free_port, headless
from benchmarks.stock import stocked
from benchmarks.table import Row
from benchmarks.throughput import FULL, QUICK, SESSIONS, alternate, ratio_of

OWN_ORDERS = 3
MOST_COST = 1.2
_OTHERS_QUICK = (10, 1_000)
_OTHERS = (10, 1_000, 100_000)


async def measure(folder: Path, *, is_quick: bool) -> list[Row]:
    """The same few orders of one's own, among more and more of others."""
    effort, counts = (QUICK, _OTHERS_QUICK) if is_quick else (FULL, _OTHERS)
    rows: list[Row] = []
    async with AsyncExitStack() as stack:
        shops = [await _shop(stack, folder, count) for count in counts]
        for era in ERAS:
            async with AsyncExitStack() as connections:
                loads = [await _load(connections, program, token, era) for program, token in shops]
                await alternate(loads, effort)
            rows += _rows(era, counts, loads)
    return rows


async def _shop(stack: AsyncExitStack, folder: Path, others: int) -> tuple[Program, str]:
    database, port = folder / f"orders-{others}.sqlite3", free_port()
    (token,) = await stocked(database, port, ["Ada"], orders_of_others=others)
    program = await stack.enter_async_context(headless(database, port))
    async with sessions(port, [token], "2026-07-28", 1) as (session,):
        await _buy_some(session)
    return program, token


async def _buy_some(session: Session) -> None:
    request = session.prepared("buyMcpShopItem", shirt())
    for _ in range(OWN_ORDERS):
        await session.call(request())


async def _load(stack: AsyncExitStack, program: Program, token: str, era: Era) -> FullLoad:
    opened = await stack.enter_async_context(sessions(program.port, [token], era, SESSIONS))
    return FullLoad(program, opened, "listMcpShopOrders")


def _rows(era: Era, counts: Sequence[int], loads: Sequence[FullLoad]) -> list[Row]:
    few, *more = loads
    return [
        Row(
            f"list-orders, {era}, {count:,} orders of others against {counts[0]}",
            str(load.samples),
            str(few.samples),
            f"cost {ratio_of(few, load):.2f}",
            f"at most {MOST_COST}",
            ratio_of(few, load) <= MOST_COST,
        )
        for count, load in zip(counts[1:], more, strict=True)
    ]
