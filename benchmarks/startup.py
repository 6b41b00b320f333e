"""Start-up: from the start of the process to the first answer, and where that time goes."""

import statistics
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from benchmarks import bare_server as bare
from benchmarks.agents import sessions
from benchmarks.programs import Program, bare_server, control_room, free_port, headless
from benchmarks.stock import stocked
from benchmarks.table import Row, at_most

MOST_SECONDS = 2
_STARTS = 5
_IMPORTS = (
    "mcp_shop_console.console.serve",
    "mcp_shop_console.console.present",
    "mcp.server.mcpserver",
)

Start = Callable[[], AbstractAsyncContextManager[Program]]


async def measure(folder: Path, *, is_quick: bool) -> list[Row]:
    """Each program in turn, so that what disturbs the machine disturbs all of them."""
    starts = 3 if is_quick else _STARTS
    database, port = folder / "startup.sqlite3", free_port()
    (token,) = await stocked(database, port, ["Ada"])

    @asynccontextmanager
    async def drawing() -> AsyncGenerator[Program, None]:
        async with control_room(database, port) as (program, _):
            yield program

    programs: dict[str, tuple[Start, str, str]] = {
        "serve": (lambda: headless(database, port), token, "listMcpShopInventory"),
        "control room": (drawing, token, "listMcpShopInventory"),
        "bare SDK server": (bare_server, bare.TOKEN, bare.TOOL),
    }
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    for _ in range(starts):
        for name, (start, its_token, tool) in programs.items():
            times[name].append(await _start(start, its_token, tool))
    return [*(_row(name, taken) for name, taken in times.items()), *_import_rows(starts)]


async def _start(start: Start, token: str, tool: str) -> tuple[float, float]:
    """Seconds to the first answer of any kind, and to that of a tool."""
    async with (
        start() as program,
        sessions(program.port, [token], "2026-07-28", 1) as (session,),
    ):
        await session.call(session.prepared(tool, {})())
        return program.answered_at - program.began, time.perf_counter() - program.began


def _row(name: str, taken: list[tuple[float, float]]) -> Row:
    answer = statistics.median(first for first, _ in taken)
    call = statistics.median(first_call for _, first_call in taken)
    measured = f"{answer:.2f} s to /healthz, {call:.2f} s to a call"
    if name == "bare SDK server":
        return Row(f"start, {name}", measured)
    return at_most(f"start, {name}", measured, call, MOST_SECONDS, "s")


def _import_rows(times: int) -> list[Row]:
    return [
        Row(f"import {module}", f"{_import_seconds(module, times):.2f} s") for module in _IMPORTS
    ]


def _import_seconds(module: str, times: int) -> float:
    taken: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)
