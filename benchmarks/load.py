"""Load: sessions that call as fast as they are answered, or so many calls a second in all."""

import asyncio
import itertools
import math
import statistics
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
from anyio.abc import TaskGroup

from benchmarks.agents import NO_ARGUMENTS, Session
from benchmarks.http_connection import Answer
from benchmarks.programs import Program

_WARM_UP_SECONDS = 0.15


@dataclass(slots=True)
class Samples:
    """How long calls took, over one or more rounds."""

    latencies: list[float] = field(default_factory=list[float])
    """Seconds."""
    rates: list[float] = field(default_factory=list[float])
    """Calls per second of each round."""
    cpu_seconds: float = 0.0
    """What the server spent on them."""

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    def ms(self, percent: float) -> float:
        return percentile(self.latencies, percent) * 1000

    def __str__(self) -> str:
        timing = f"{self.rate:,.0f} calls/s, {self.ms(50):.1f} / {self.ms(99):.1f} ms"
        cpu_ms = self.cpu_seconds / len(self.latencies) * 1000
        return f"{timing}, {cpu_ms:.2f} ms CPU" if cpu_ms else timing


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that ``percent`` of them do not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


class FullLoad:
    """Sessions that send their next call as soon as the last is answered."""

    def __init__(
        self,
        program: Program,
        sessions: Sequence[Session],
        tool: str,
        arguments: Mapping[str, str] = NO_ARGUMENTS,
    ) -> None:
        self._program = program
        self._pairs = [(session, session.prepared(tool, arguments)) for session in sessions]
        self.samples = Samples()

    async def round(self, seconds: float) -> float:
        """Load the server for one round, after a warm-up. Returns its calls per second."""
        await self._run(_WARM_UP_SECONDS, [])
        latencies: list[float] = []
        began, cpu_began = time.perf_counter(), self._program.cpu_seconds()
        await self._run(seconds, latencies)
        rate = len(latencies) / (time.perf_counter() - began)
        self.samples.cpu_seconds += self._program.cpu_seconds() - cpu_began
        self.samples.latencies += latencies
        self.samples.rates.append(rate)
        return rate

    async def _run(self, seconds: float, latencies: list[float]) -> None:
        ends_at = time.perf_counter() + seconds
        async with anyio.create_task_group() as tasks:
            for session, request in self._pairs:
                tasks.start_soon(_call_until, ends_at, session, request, latencies)


async def _call_until(
    ends_at: float, session: Session, request: Callable[[], bytes], latencies: list[float]
) -> None:
    began = time.perf_counter()
    while began < ends_at:
        await session.call(request())
        ended = time.perf_counter()
        latencies.append(ended - began)
        began = ended


Heard = Callable[[float, Answer], None]
"""Hears of every answer, and when its call was sent."""


@asynccontextmanager
async def steady_load(
    sessions: Sequence[Session],
    calls_per_second: float,
    tool: str,
    hear: Heard,
    arguments: Mapping[str, str] = NO_ARGUMENTS,
) -> AsyncGenerator[None, None]:
    """Calls at an even rate for the length of the block, each on the next free session."""
    free: asyncio.Queue[tuple[Session, Callable[[], bytes]]] = asyncio.Queue()
    for session in sessions:
        free.put_nowait((session, session.prepared(tool, arguments)))

    async def call() -> None:
        session, request = await free.get()
        sent_at = time.perf_counter()
        hear(sent_at, await session.ask(request()))
        free.put_nowait((session, request))

    async with anyio.create_task_group() as calls, anyio.create_task_group() as pacing:
        pacing.start_soon(_pace, calls, calls_per_second, call)
        yield
        # What was sent is still answered.
        pacing.cancel_scope.cancel()


async def _pace(
    calls: TaskGroup, calls_per_second: float, call: Callable[[], Coroutine[None, None, None]]
) -> None:
    began = time.perf_counter()
    for number in itertools.count(1):
        calls.start_soon(call)
        await anyio.sleep(max(0, began + number / calls_per_second - time.perf_counter()))
