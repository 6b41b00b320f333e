"""Memory: at the start, and with 1,000 legacy sessions."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import cycle, islice
from pathlib import Path

from benchmarks import bare_server as bare
from benchmarks.agents import open_session
from benchmarks.http_connection import connected
from benchmarks.programs import Program, bare_server, control_room, free_port, headless
from benchmarks.stock import stocked
from benchmarks.table import Row

SESSIONS = 1_000
_CALLERS = [f"Human{number}" for number in range(50)]
"""One deputy has so many sessions and no more."""


async def measure(folder: Path, *, is_quick: bool) -> list[Row]:
    """Resident memory of each program; a quick run is no shorter, as it takes seconds."""
    del is_quick
    databases = {name: folder / f"memory-{name}.sqlite3" for name in ("serve", "room")}
    ports = {name: free_port() for name in databases}
    tokens = {name: await stocked(path, ports[name], _CALLERS) for name, path in databases.items()}
    async with AsyncExitStack() as stack:
        plain = await stack.enter_async_context(headless(databases["serve"], ports["serve"]))
        room, _ = await stack.enter_async_context(control_room(databases["room"], ports["room"]))
        base = await stack.enter_async_context(bare_server())
        return [
            await _row("serve", plain, tokens["serve"]),
            await _row("control room", room, tokens["room"]),
            await _row("bare SDK server", base, [bare.TOKEN]),
        ]


async def _row(name: str, program: Program, tokens: Sequence[str]) -> Row:
    before = program.memory_mb()
    async with connected(program.port) as connection:
        for token in islice(cycle(tokens), SESSIONS):
            await open_session(connection, program.port, token, "2025-11-25")
    after = program.memory_mb()
    each_kb = (after - before) * 1024 / SESSIONS
    measured = f"{before:.0f} MB; {after:.0f} MB with {SESSIONS:,} sessions, {each_kb:.0f} kB each"
    return Row(f"memory, {name}", measured)
