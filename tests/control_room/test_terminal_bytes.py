"""What reaches a real terminal: snapshots do not see bytes."""

import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from fcntl import ioctl
from pathlib import Path

import pytest

from tests.control_room.hostile import HOSTILE_TEXTS
from tests.requirement import requirement

ROOT = Path(__file__).parents[2]
SEQUENCES = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]"  # control sequences
    rb"|\x1b[P\]X^_].*?(?:\x07|\x1b\\)"  # strings: title, link, clipboard, device control
    rb"|\x1b[ -/]*[0-~]"
    rb"|[\x00-\x08\x0b\x0c\x0e-\x1a\x7f]",
    re.DOTALL,
)
DIGITS = re.compile(rb"[0-9;:]+")
DONE = "room closed"


def kinds(output: bytes) -> set[bytes]:
    """The kinds of sequences: of a control sequence its letters, of a string its command."""
    found: set[bytes] = set()
    for sequence in SEQUENCES.findall(output):
        if sequence[:2] in (b"\x1b]", b"\x1bP", b"\x1b^", b"\x1b_", b"\x1bX"):
            found.add(sequence[:6])
        else:
            found.add(DIGITS.sub(b"#", sequence))
    return found


def run_in_terminal(*arguments: str) -> bytes:
    """Everything that the room writes to a terminal of 120x36 while it tells a story."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
        os.execv(sys.executable, [sys.executable, "-m", "tests.control_room.tour", *arguments])
    ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
    output = bytearray()
    deadline = time.monotonic() + 40
    try:
        while time.monotonic() < deadline:
            if not select.select([terminal], [], [], 1)[0]:
                continue
            try:
                output += os.read(terminal, 65_536)
            except OSError:
                break
    finally:
        os.close(terminal)
        if time.monotonic() >= deadline:
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return bytes(output)


@requirement("U2")
@pytest.mark.timeout(90)
def test_hostile_text_makes_no_kind_of_sequence_that_harmless_text_does_not() -> None:
    harmless = run_in_terminal("harmless")
    hostile = run_in_terminal("hostile")

    assert DONE.encode() in harmless
    assert DONE.encode() in hostile
    assert kinds(hostile) - kinds(harmless) == set()
    assert b"\x1b]52;" not in hostile
    assert b"\x1b]8;" not in hostile
    assert len(HOSTILE_TEXTS) > 30
