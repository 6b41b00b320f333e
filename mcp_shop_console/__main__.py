"""The command: reads settings, takes the port, then opens the house.

May import everything.
"""

import os
import socket
import sys
from collections.abc import Sequence

from mcp_shop_console.console.garbage import collect_none
from mcp_shop_console.console.sockets import ListenRefused, listen, make_room
from mcp_shop_console.console.terminal import has_terminal
from mcp_shop_console.model.faults import StoreUnavailable
from mcp_shop_console.settings import SettingRefused, Settings, read_settings
from mcp_shop_console.store.files import DatabaseRefused

_FAILED, _REFUSED = 1, 2


def main() -> int:
    """Run the program. Returns its exit status: 2 if it could not start, and nothing happened."""
    try:
        settings = read_settings(sys.argv[1:], os.environ)
        sockets = listen(settings.host, settings.port)
    except (SettingRefused, ListenRefused) as refused:
        return _say(str(refused), _REFUSED)
    try:
        return _run(settings, sockets)
    except DatabaseRefused as refused:
        return _say(str(refused), _REFUSED)
    except StoreUnavailable as fault:
        return _say(f"The database failed: {fault}.", _FAILED)
    finally:
        for bound in sockets:
            bound.close()


def _run(settings: Settings, sockets: Sequence[socket.socket]) -> int:
    """Run with the screen or without. Each half is imported late: it takes its second to load."""
    collect_none()
    make_room(settings.limits.sockets)
    if settings.serves_only or not has_terminal():
        if not settings.serves_only:
            _say("There is no terminal for the control room: serving without a screen.", 0)
        from mcp_shop_console.console.serve import serve

        return serve(settings, sockets)
    from mcp_shop_console.console.present import present

    return present(settings, sockets)


def _say(sentence: str, status: int) -> int:
    sys.stderr.write(f"{sentence}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
