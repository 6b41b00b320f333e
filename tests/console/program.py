"""The program as a process, with or without a terminal."""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

COMMAND = [sys.executable, "-m", "mcp_shop_console"]
PATIENCE_SECONDS = 20.0


def environment(home: Path) -> dict[str, str]:
    """An environment in which the program finds nothing of this machine's user."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MCP_SHOP_")}
    own = {"HOME": str(home), "TERM": "xterm-256color", "TEXTUAL_ANIMATIONS": "none"}
    data = {"XDG_DATA_HOME": str(home / "data"), "XDG_STATE_HOME": str(home / "state")}
    return kept | own | data


def run(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the program to its end, without a terminal."""
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment(home) | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


@dataclass
class Server:
    """A running ``serve``."""

    process: subprocess.Popen[str]
    first_line: dict[str, object]

    @property
    def url(self) -> str:
        origins = self.first_line["origins"]
        assert isinstance(origins, list)
        return f"{origins[0]}/mcp"

    @property
    def stage_code(self) -> str:
        return str(self.first_line["stage_code"])


@contextmanager
def serving(home: Path, *arguments: str) -> Generator[Server, None, None]:
    """``serve`` on a free port, killed at the end if it still runs."""
    with subprocess.Popen(
        [*COMMAND, "serve", "--port", "0", *arguments],
        env=environment(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield Server(process, json.loads(process.stdout.readline()))
        finally:
            process.kill()


@dataclass
class Terminal:
    """The program on a terminal of its own."""

    pid: int
    descriptor: int
    output: bytearray = field(default_factory=bytearray)
    status: int | None = None

    def press(self, keys: str) -> None:
        os.write(self.descriptor, keys.encode())

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def read_until(self, text: str) -> None:
        """Read what is drawn until ``text`` is among it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while text.encode() not in self.output:
            assert time.monotonic() < deadline, f"{text!r} is never drawn: {self.output[-2000:]!r}"
            assert self._read(), f"{text!r} is never drawn: {self.output[-2000:]!r}"

    def read_to_end(self) -> int:
        """Read until the program has gone. Its exit status."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._read():
            assert time.monotonic() < deadline, "the program does not end"
        _, status = os.waitpid(self.pid, 0)
        self.status = os.waitstatus_to_exitcode(status)
        return self.status

    def _read(self) -> bool:
        ready, _, _ = select.select([self.descriptor], [], [], PATIENCE_SECONDS)
        if not ready:
            return False
        try:
            piece = os.read(self.descriptor, 65536)
        except OSError:  # Linux says so when the other side is closed
            return False
        self.output += piece
        return bool(piece)


@contextmanager
def on_terminal(
    home: Path, *arguments: str, columns: int = 120, lines: int = 36
) -> Generator[Terminal, None, None]:
    """The program on a new terminal, killed at the end if it still runs."""
    pid, descriptor = pty.fork()
    if pid == 0:
        os.execve(sys.executable, [*COMMAND, *arguments], environment(home))
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    terminal = Terminal(pid, descriptor)
    try:
        yield terminal
    finally:
        if terminal.status is None:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        os.close(descriptor)
