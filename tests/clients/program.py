"""A client program as a process, read while it runs."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import anyio
from anyio.abc import ByteReceiveStream, Process, TaskGroup

from tests.clients.installed import CLIENTS

PATIENCE_SECONDS = 45.0
_WIDE_ENOUGH_FOR_ANY_ADDRESS = struct.pack("HHHH", 50, 4000, 0, 0)
_ESCAPE_SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])"
)


@dataclass
class Program:
    """A running program, and all that it has written so far."""

    process: Process
    written: str = ""
    terminal: int | None = None
    """The presenter's side of its terminal, if it has one."""
    _news: anyio.Event = field(default_factory=anyio.Event)
    _read_to: int = 0

    async def says(self, pattern: str) -> re.Match[str]:
        """Wait until the text after the last match holds ``pattern``, and read on from there."""
        wanted = re.compile(pattern)
        with anyio.move_on_after(PATIENCE_SECONDS):
            while True:
                news = self._news
                if found := wanted.search(self.written, self._read_to):
                    self._read_to = found.end()
                    return found
                await news.wait()
        raise AssertionError(f"{pattern!r} is never said: {self.written[-4000:]!r}")

    async def send(self, line: str) -> None:
        """Type a line."""
        if self.terminal is not None:
            os.write(self.terminal, f"{line}\r".encode())
        else:
            assert self.process.stdin is not None
            await self.process.stdin.send(f"{line}\n".encode())

    async def ends(self) -> int:
        """Wait for its end. Its exit status."""
        with anyio.move_on_after(PATIENCE_SECONDS):
            return await self.process.wait()
        raise AssertionError(f"it does not end: {self.written[-4000:]!r}")

    def note(self, piece: bytes) -> None:
        text = piece.decode(errors="replace")
        self.written += _ESCAPE_SEQUENCE.sub("", text) if self.terminal is not None else text
        self._news.set()
        self._news = anyio.Event()


async def run(
    command: Sequence[str | Path], home: Path, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, without a terminal and without input."""
    with anyio.fail_after(PATIENCE_SECONDS):
        done = await anyio.run_process(
            [str(part) for part in command],
            env=environment(home) | dict(variables or {}),
            cwd=home,
            check=False,
        )
    out, err = done.stdout.decode(), done.stderr.decode()
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


@asynccontextmanager
async def running(
    command: Sequence[str | Path], home: Path, variables: Mapping[str, str] | None = None
) -> AsyncGenerator[Program, None]:
    """A program with pipes, killed at the end if it still runs."""
    async with (
        await anyio.open_process(
            [str(part) for part in command],
            env=environment(home) | dict(variables or {}),
            cwd=home,
            start_new_session=True,
        ) as process,
        anyio.create_task_group() as readers,
    ):
        program = Program(process)
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            readers.start_soon(_read_pipe, program, stream)
        try:
            yield program
        finally:
            _stop(process, readers)


@asynccontextmanager
async def on_terminal(
    command: Sequence[str | Path], home: Path, variables: Mapping[str, str] | None = None
) -> AsyncGenerator[Program, None]:
    """A program on a terminal of its own, killed at the end if it still runs."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, _WIDE_ENOUGH_FOR_ANY_ADDRESS)
    try:
        async with (
            await anyio.open_process(
                [str(part) for part in command],
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
                env=environment(home) | dict(variables or {}),
                cwd=home,
                start_new_session=True,
            ) as process,
            anyio.create_task_group() as readers,
        ):
            program = Program(process, terminal=ours)
            readers.start_soon(_read_terminal, program, ours)
            try:
                yield program
            finally:
                _stop(process, readers)
    finally:
        os.close(ours)
        os.close(theirs)


def environment(home: Path) -> dict[str, str]:
    """An environment in which a client finds nothing of this machine's user and tells nobody."""
    return {
        "HOME": str(home),
        "PATH": f"{CLIENTS}/bin:{os.environ['PATH']}",
        "TERM": "xterm-256color",
        "NO_COLOR": "1",
        "NO_PROXY": "*",
        "DO_NOT_TRACK": "1",
    }


async def _read_pipe(program: Program, stream: ByteReceiveStream) -> None:
    with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
        async for piece in stream:
            program.note(piece)


async def _read_terminal(program: Program, descriptor: int) -> None:
    with suppress(OSError):  # Linux says so when the other side is closed
        while True:
            await anyio.wait_readable(descriptor)
            program.note(os.read(descriptor, 65536))


def _stop(process: Process, readers: TaskGroup) -> None:
    """End the program and whatever it started: it leads a session of its own."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, 9)
    readers.cancel_scope.cancel()
