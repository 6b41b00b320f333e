"""An audience: what 1,000 sessions, open and drawn, cost those who call."""

import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from benchmarks.agents import Session, open_session, sessions
from benchmarks.http_connection import Answer, connected
from benchmarks.load import percentile, steady_load
from benchmarks.programs import control_room, free_port
from benchmarks.pseudo_terminal import Screen
from benchmarks.stock import stocked
from benchmarks.table import Row

AUDIENCE = 1_000
MOST_RATIO = 1.5
_CALLERS = 8
_CALLS_A_SECOND = 50
_ROUNDS, _ROUNDS_QUICK = 20, 8
_ROUND_SECONDS = 2.0
_WARM_UP_SECONDS = 1.0


async def measure(folder: Path, *, is_quick: bool) -> list[Row]:
    """The same calls to two control rooms in turn: in one are the callers alone."""
    rounds = _ROUNDS_QUICK if is_quick else _ROUNDS
    async with AsyncExitStack() as stack:
        empty = await _room(stack, folder / "empty.sqlite3", _CALLERS)
        full = await _room(stack, folder / "full.sqlite3", AUDIENCE)
        for room in (empty, full):
            await room.let_callers_in(stack)
            await room.call_for(_WARM_UP_SECONDS)
            room.latencies.clear()
        for _ in range(rounds):
            for room in (empty, full):
                await room.call_for(_ROUND_SECONDS)
    return [_row(empty, full)]


@dataclass(slots=True)
class _Room:
    """A control room, and those who call."""

    port: int
    screen: Screen
    tokens: Sequence[str]
    callers: list[Session] = field(default_factory=list[Session])
    latencies: list[float] = field(default_factory=list[float])
    """Seconds."""

    async def let_callers_in(self, stack: AsyncExitStack) -> None:
        """The last to come: a connection on which nobody calls is closed soon."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.screen.shows, f"{len(self.tokens):,} live".encode())
            tokens = self.tokens[:_CALLERS]
            opening = sessions(self.port, tokens, "2025-11-25", _CALLERS)
            self.callers += await stack.enter_async_context(opening)

    async def call_for(self, seconds: float) -> None:
        """Call at an even rate."""
        load = steady_load(self.callers, _CALLS_A_SECOND, "listMcpShopInventory", self._hear)
        async with load:
            await anyio.sleep(seconds)

    def _hear(self, sent_at: float, _: Answer) -> None:
        self.latencies.append(time.perf_counter() - sent_at)

    def __str__(self) -> str:
        middle, worst = (percentile(self.latencies, percent) * 1000 for percent in (50, 99))
        return f"{middle:.1f} / {worst:.1f} ms"


async def _room(stack: AsyncExitStack, database: Path, count: int) -> _Room:
    """A control room for so many humans. All but the callers have come, each with a stream."""
    port = free_port()
    tokens = await stocked(database, port, [f"Human{number}" for number in range(count)])
    _, screen = await stack.enter_async_context(control_room(database, port))
    await screen.listening
    for token in tokens[_CALLERS:]:
        connection = await stack.enter_async_context(connected(port))
        await (await open_session(connection, port, token, "2025-11-25")).listen()
    return _Room(port, screen, tokens)


def _row(empty: _Room, full: _Room) -> Row:
    ratio = percentile(full.latencies, 99) / percentile(empty.latencies, 99)
    return Row(
        f"call, {_CALLS_A_SECOND} calls/s, beside {AUDIENCE:,} sessions open and drawn",
        str(full),
        str(empty),
        f"p99 {ratio:.2f}",
        f"at most {MOST_RATIO}",
        ratio <= MOST_RATIO,
    )
