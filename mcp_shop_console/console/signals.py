"""Signals, answered on the loop.

May import the standard library only.
"""

import asyncio
import signal
from collections.abc import Callable


def on_signals(act: Callable[[], object], *signals: signal.Signals) -> None:
    """Let ``act`` answer each of ``signals`` on the running loop, in place of the default."""
    loop = asyncio.get_running_loop()
    for each in signals:
        loop.add_signal_handler(each, act)
