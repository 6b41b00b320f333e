"""A terminal of 120 columns and 36 rows: keys go in, what is drawn is searched and dropped."""

import asyncio
import fcntl
import os
import pty
import struct
import termios
import time
from collections.abc import Generator
from contextlib import contextmanager

import anyio

COLUMNS, ROWS = 120, 36
_PATIENCE_SECONDS = 10
_LONGEST_MARK = 64


class Screen:
    """What a program draws, as it arrives."""

    def __init__(self, controller: int) -> None:
        self._controller = controller
        self._tail = b""
        self._awaited = b"LISTENING"
        self._seen: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self.listening = self._seen
        """Done when the screen first says that the server listens."""

    def press(self, key: str) -> float:
        """Type ``key``. Returns when, as ``time.perf_counter`` tells it."""
        pressed_at = time.perf_counter()
        os.write(self._controller, key.encode())
        return pressed_at

    async def shows(self, mark: bytes) -> float:
        """Wait until ``mark`` is drawn from now on. Returns when it arrived."""
        self._tail, self._awaited = b"", mark
        self._seen = asyncio.get_running_loop().create_future()
        with anyio.fail_after(_PATIENCE_SECONDS):
            return await self._seen

    def read(self) -> None:
        """Take in what was drawn."""
        try:
            drawn = os.read(self._controller, 1 << 16)
        except OSError:
            # Linux says so when nobody has the other end open.
            asyncio.get_running_loop().remove_reader(self._controller)
            return
        if self._seen.done():
            return
        if self._awaited in self._tail + drawn:
            self._seen.set_result(time.perf_counter())
        self._tail = (self._tail + drawn)[-_LONGEST_MARK:]


@contextmanager
def open_screen() -> Generator[tuple[Screen, int], None, None]:
    """A screen, and the file descriptor of the terminal to start a program on."""
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    screen = Screen(controller)
    loop = asyncio.get_running_loop()
    loop.add_reader(controller, screen.read)
    try:
        yield screen, terminal
    finally:
        loop.remove_reader(controller)
        os.close(controller)
        os.close(terminal)
