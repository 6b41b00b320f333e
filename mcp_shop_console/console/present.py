"""The control room on this terminal, with the server behind it.

May import everything.
"""

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from mcp_shop_console.console.garbage import collect_only_what_is_new
from mcp_shop_console.console.house import House, open_house
from mcp_shop_console.console.logs import log_to, open_log
from mcp_shop_console.console.signals import on_signals
from mcp_shop_console.console.terminal import kept_clean
from mcp_shop_console.console.tunnels import tunnel_commands
from mcp_shop_console.control_room.app import ControlRoom
from mcp_shop_console.model.faults import StoreUnavailable
from mcp_shop_console.model.origins import resource_of
from mcp_shop_console.settings import Settings
from mcp_shop_console.store.files import DatabaseRefused

_HISTORY_ENTRIES = 2_000
_log = logging.getLogger(__name__)


def present(settings: Settings, sockets: Sequence[socket.socket]) -> int:
    """Show the control room until the presenter quits or a signal comes. Returns the exit status.

    Raises:
        DatabaseRefused: The database cannot be used; nothing was drawn.
        StoreUnavailable: It failed at the start or the stop.
    """
    with open_log(Path(settings.log_file)) as log:
        log_to(log)
        with kept_clean(log):
            status = _run(settings, sockets)
    if status:
        sys.stderr.write(f"The control room failed; {settings.log_file} says why.\n")
    return status


def _run(settings: Settings, sockets: Sequence[socket.socket]) -> int:
    try:
        return asyncio.run(_present(settings, sockets))
    except (DatabaseRefused, StoreUnavailable):
        raise
    except Exception:  # noqa: BLE001 - the last border: the log has it, the audience does not
        _log.exception("The program failed")
        return 1


async def _present(settings: Settings, sockets: Sequence[socket.socket]) -> int:
    async with open_house(settings, sockets) as house:
        room = await _control_room(settings, house)
        on_signals(lambda: room.call_later(room.action_quit), signal.SIGTERM, signal.SIGHUP)
        async with house.listening(sockets):
            collect_only_what_is_new()
            await room.run_async()
    return room.return_code or 0


async def _control_room(settings: Settings, house: House) -> ControlRoom:
    """The screen, rebuilt from the audit before anything new can happen."""
    return ControlRoom(
        house.authority,
        house.feed,
        now_ms=house.now_ms,
        url=resource_of(house.origins.main),
        stage_code=house.stage_code,
        tunnels=tunnel_commands(house.origins),
        history=await house.authority.history(_HISTORY_ENTRIES),
        call_count=await house.authority.call_count(),
        talk=files("mcp_shop_console").joinpath("demo_script.md").read_text(encoding="utf-8"),
        theme=settings.theme,
    )
