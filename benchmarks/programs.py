"""The programs that are measured, each in a process of its own."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio

from benchmarks.agents import BenchmarkFailed
from benchmarks.http_connection import HOST, connected, get
from benchmarks.pseudo_terminal import Screen, open_screen

_PATIENCE_SECONDS = 30
_POLL_SECONDS = 0.005
_PROGRAM = "mcp_shop_console"
_LIMITS = (
    "calls-per-second",
    "call-burst",
    "requests-per-second",
    "sockets",
    "sockets-per-address",
)
_BARE = "benchmarks.bare_server"


@dataclass(frozen=True, slots=True)
class Program:
    """A running server."""

    pid: int
    port: int
    began: float
    """When its process was started, as ``time.perf_counter`` tells it."""
    answered_at: float
    """When it first answered anything."""

    def memory_mb(self) -> float:
        """Resident memory."""
        said = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(self.pid)], check=True, capture_output=True, text=True
        )
        return int(said.stdout) / 1024

    def cpu_seconds(self) -> float:
        """Processor time so far; 0 on a system without ``/proc``."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A port that nobody listens on. Tokens are bound to it before the server starts."""
    with socket.create_server((HOST, 0)) as taken:
        return int(taken.getsockname()[1])


@asynccontextmanager
async def bare_server() -> AsyncGenerator[Program, None]:
    """The bare SDK server."""
    port = free_port()
    async with _running([sys.executable, "-m", _BARE, str(port)], port) as program:
        yield program


@asynccontextmanager
async def headless(database: Path, port: int) -> AsyncGenerator[Program, None]:
    """``serve``: ours without a screen."""
    command = [sys.executable, "-m", _PROGRAM, "serve", *_flags(database, port)]
    async with _running(command, port) as program:
        yield program


@asynccontextmanager
async def control_room(
    database: Path, port: int, *flags: str
) -> AsyncGenerator[tuple[Program, Screen], None]:
    """Ours as the presenter runs it, drawing on a terminal of its own."""
    command = [sys.executable, "-m", _PROGRAM, *_flags(database, port), *flags]
    with open_screen() as (screen, terminal):
        async with _running(command, port, terminal) as program:
            yield program, screen


def _flags(database: Path, port: int) -> Sequence[str]:
    log = database.with_suffix(".log")
    # The load comes from few agents of one address: it is what is measured, and no flood.
    limits = [f"--{name}=999999" for name in _LIMITS]
    return ["--port", str(port), "--database", str(database), "--log-file", str(log), *limits]


@asynccontextmanager
async def _running(
    command: Sequence[str], port: int, terminal: int = subprocess.DEVNULL
) -> AsyncGenerator[Program, None]:
    began = time.perf_counter()
    process = _started(command, terminal)
    try:
        await _answers(process, port)
        yield Program(process.pid, port, began, time.perf_counter())
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, _PATIENCE_SECONDS)


def _started(command: Sequence[str], terminal: int) -> "subprocess.Popen[bytes]":
    environment = {name: value for name, value in os.environ.items() if "MCP_SHOP" not in name}
    return subprocess.Popen(
        command,
        stdin=terminal,
        stdout=terminal,
        stderr=None if terminal == subprocess.DEVNULL else terminal,
        env=environment | {"TERM": "xterm-256color", "COLORTERM": "truecolor"},
        start_new_session=True,
    )


async def _answers(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Wait until the server answers anything at all."""
    with anyio.fail_after(_PATIENCE_SECONDS):
        while process.poll() is None:
            try:
                async with connected(port) as connection:
                    await connection.ask(get(port, "/healthz"))
                    return
            except ConnectionError:
                await anyio.sleep(_POLL_SECONDS)
    raise BenchmarkFailed(f"the server ended with status {process.returncode}")
