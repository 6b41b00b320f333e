"""Throughput: calls per second of each tool against the bare server, headless and drawing."""

import statistics
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks import bare_server as bare
from benchmarks.agents import ERAS, NO_ARGUMENTS, Era, sessions, shirt
from benchmarks.load import FullLoad
from benchmarks.programs import Program, bare_server, control_room, free_port, headless
from benchmarks.stock import stocked
from benchmarks.table import Row, at_least

SESSIONS = 8
CALLERS = ("Ada", "Bob", "Eve", "Joe")
TOOLS = (
    ("inventory", "listMcpShopInventory", NO_ARGUMENTS),
    ("buy", "buyMcpShopItem", shirt()),
)
LEAST = {"inventory": 0.7, "buy": 0.4}
LEAST_DRAWING = 0.8


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured."""

    rounds: int
    seconds: float
    """Of one round of one load."""


QUICK = Effort(rounds=5, seconds=0.4)
FULL = Effort(rounds=15, seconds=0.7)


async def measure(folder: Path, *, is_quick: bool) -> list[Row]:
    """Inventory and buy, headless and drawing, in both eras."""
    effort = QUICK if is_quick else FULL
    async with AsyncExitStack() as stack:
        servers = await _servers(stack, folder)
        rows: list[Row] = []
        for era in ERAS:
            async with AsyncExitStack() as connections:
                loads = await _loads(connections, servers, era)
                await alternate(list(loads.values()), effort)
            rows += _rows(era, loads)
    return rows


@dataclass(frozen=True, slots=True)
class _Server:
    program: Program
    tokens: Sequence[str]


async def _servers(stack: AsyncExitStack, folder: Path) -> dict[str, _Server]:
    plain, drawn = folder / "headless.sqlite3", folder / "drawing.sqlite3"
    port, drawing_port = free_port(), free_port()
    tokens = await stocked(plain, port, CALLERS)
    drawing_tokens = await stocked(drawn, drawing_port, CALLERS)
    drawing, _ = await stack.enter_async_context(control_room(drawn, drawing_port))
    return {
        "bare": _Server(await stack.enter_async_context(bare_server()), [bare.TOKEN]),
        "headless": _Server(await stack.enter_async_context(headless(plain, port)), tokens),
        "drawing": _Server(drawing, drawing_tokens),
    }


async def _loads(
    stack: AsyncExitStack, servers: Mapping[str, _Server], era: Era
) -> dict[str, FullLoad]:
    """In the order of the rounds: what is compared comes one after the other."""
    opened = {
        name: await stack.enter_async_context(
            sessions(server.program.port, server.tokens, era, SESSIONS)
        )
        for name, server in servers.items()
    }
    return {"bare": FullLoad(servers["bare"].program, opened["bare"], bare.TOOL)} | {
        f"{tool} {face}": FullLoad(servers[face].program, opened[face], name, arguments)
        for tool, name, arguments in TOOLS
        for face in ("headless", "drawing")
    }


async def alternate(loads: Sequence[FullLoad], effort: Effort) -> None:
    """Round after round, so that what disturbs the machine disturbs all of them."""
    for _ in range(effort.rounds):
        for load in loads:
            await load.round(effort.seconds)


def _rows(era: Era, loads: dict[str, FullLoad]) -> list[Row]:
    rows: list[Row] = []
    for tool, least in LEAST.items():
        plain, drawing = loads[f"{tool} headless"], loads[f"{tool} drawing"]
        rows.append(_compared(f"{tool}, {era}, against bare", plain, loads["bare"], least))
        what = f"{tool}, {era}, drawing against headless"
        rows.append(_compared(what, drawing, plain, LEAST_DRAWING))
    return rows


def _compared(what: str, load: FullLoad, other: FullLoad, least: float) -> Row:
    ratio = ratio_of(load, other)
    return at_least(what, str(load.samples), str(other.samples), ratio, least)


def ratio_of(load: FullLoad, other: FullLoad) -> float:
    """The median over the rounds: neighbours in time are compared."""
    pairs = zip(load.samples.rates, other.samples.rates, strict=True)
    return statistics.median(rate / of_other for rate, of_other in pairs)
