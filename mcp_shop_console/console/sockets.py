"""The listening sockets, bound before anything else is touched.

May import settings.
"""

import errno
import os
import resource
import socket
from contextlib import suppress

_BACKLOG = 2048
_OTHER_FILES = 300
"""What is open besides: the database, the terminal, and sockets about to be turned away."""
_LOOPBACK = (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")


class ListenRefused(Exception):
    """The address cannot be listened on. The message is one sentence for who started us."""


def listen(host: str, port: int) -> list[socket.socket]:
    """Listen on ``host``; ``localhost`` is both loopback addresses, on one port.

    Raises:
        ListenRefused: The port is taken, not permitted, or the address is not of this machine.
    """
    addresses = list(_LOOPBACK) if host == "localhost" else [_address(host)]
    sockets: list[socket.socket] = []
    try:
        for family, address in addresses:
            if family is socket.AF_INET6 and sockets and not _has_ipv6_loopback():
                continue
            sockets.append(_bound(family, address, port))
            port = sockets[0].getsockname()[1]
    except OSError as error:
        for bound in sockets:
            bound.close()
        raise _refusal(host, port, error) from error
    return sockets


def make_room(sockets: int) -> None:
    """Let this process have ``sockets`` open, as far as the system lets it.

    Shells allow 256 (macOS) or 1024 open files. One too many, and asyncio accepts nobody for a
    second.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = sockets + _OTHER_FILES
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    # macOS has a second, hidden limit: then it stays as it is.
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _bound(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    # Without the protocol asyncio leaves Nagle's algorithm on, and each answer waits 40 ms.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family is socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind((address, port))
        bound.listen(_BACKLOG)
    except OSError:
        bound.close()
        raise
    bound.setblocking(False)
    return bound


def _address(host: str) -> tuple[socket.AddressFamily, str]:
    try:
        found = socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise ListenRefused(f"The host {host!r} is not known; give an address of here.") from error
    return found[0][0], str(found[0][4][0])


def _has_ipv6_loopback() -> bool:
    try:
        _bound(socket.AF_INET6, "::1", 0).close()
    except OSError:
        return False
    return True


def _refusal(host: str, port: int, error: OSError) -> ListenRefused:
    if error.errno == errno.EADDRINUSE:
        return ListenRefused(
            f"Port {port} is in use; stop what uses it, or choose another with --port."
        )
    reason = os.strerror(error.errno) if error.errno else str(error)
    return ListenRefused(
        f"Listening on {host} port {port} failed: {reason}; choose others with --host and --port."
    )
