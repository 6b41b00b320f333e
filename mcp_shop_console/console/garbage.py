"""Garbage: its collector is kept away from everything that never becomes any.

May import the standard library only.
"""

import gc

_NEW_OBJECTS_PER_ROUND = 10_000


def collect_none() -> None:
    """Collect nothing while the program loads: what it imports stays."""
    gc.disable()


def collect_only_what_is_new() -> None:
    """Leave what is here by now out of every round to come, and let them begin.

    A full round would visit all that was imported, and hold the event loop for some 100 ms, a ban
    included. https://docs.python.org/3/library/gc.html#gc.freeze
    """
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS_PER_ROUND)
    gc.enable()
