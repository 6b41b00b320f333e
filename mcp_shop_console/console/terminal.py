"""The terminal while the control room has it: stray output kept away, and given back as it was.

May import the standard library only.
"""

import faulthandler
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TextIO


def has_terminal() -> bool:
    """Whether a person can see and type: both ends are a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


@contextmanager
def kept_clean(log: TextIO) -> Generator[None, None, None]:
    """Let nothing but the control room reach the terminal: file descriptor 2 goes to ``log``.

    Textual draws through ``sys.__stderr__``, which keeps a descriptor of its own.
    """
    screen = os.dup(2)
    drawing = os.fdopen(os.dup(2), "w", encoding="utf-8")
    original, sys.__stderr__ = sys.__stderr__, drawing  # pyright: ignore[reportConstantRedefinition]
    os.dup2(log.fileno(), 2)
    faulthandler.enable(log)
    try:
        yield
    finally:
        faulthandler.disable()
        os.dup2(screen, 2)
        os.close(screen)
        sys.__stderr__ = original  # pyright: ignore[reportConstantRedefinition]
        drawing.close()
