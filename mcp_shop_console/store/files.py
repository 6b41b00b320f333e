"""The database file: whether it is ours to open, and the lock that keeps it to one process.

May import the standard library only.
"""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

APPLICATION_ID = 0x4D435053
"""``MCPS`` in SQLite's header field application_id."""
SCHEMA_VERSION = 1
_SQLITE_MAGIC = b"SQLite format 3\x00"


class DatabaseRefused(Exception):
    """The database cannot be used. The message is one sentence for the person who started us."""


def check_file(path: Path) -> None:
    """Look whether ``path`` is absent, empty or ours, without touching it.

    Raises:
        DatabaseRefused: It is something else, or a newer version's, or not readable.
    """
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except FileNotFoundError:
        return
    except OSError as error:
        raise DatabaseRefused(f"The database {path} cannot be read: {error.strerror}.") from error
    if not header:
        return
    if not header.startswith(_SQLITE_MAGIC) or _field(header, 68) != APPLICATION_ID:
        raise DatabaseRefused(
            f"The file {path} is not a database of this program; choose another with --database."
        )
    if (version := _field(header, 60)) != SCHEMA_VERSION:
        raise DatabaseRefused(
            f"The database {path} is of version {version}, this program knows "
            f"{SCHEMA_VERSION}; choose another with --database."
        )


def _field(header: bytes, offset: int) -> int:
    """A big-endian field of the header: https://www.sqlite.org/fileformat.html section 1.3."""
    return int.from_bytes(header[offset : offset + 4], "big")


@contextmanager
def sole_use(path: Path) -> Generator[None, None, None]:
    """Hold the lock of the database at ``path``, making its folder (0700) and file (0600).

    Raises:
        DatabaseRefused: Another process holds it, or nothing can be written there.
    """
    check_file(path)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        _take(lock, path)
        _make_private(path)
        yield
    finally:
        os.close(lock)


def _take(lock: int, path: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        pid = os.read(lock, 20).decode("ascii", "replace").strip() or "unknown"
        raise DatabaseRefused(
            f"The database {path} is in use by process {pid}; stop it, or choose another "
            "with --database."
        ) from error
    os.ftruncate(lock, 0)
    os.write(lock, f"{os.getpid()}\n".encode("ascii"))


def _make_private(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> DatabaseRefused:
    return DatabaseRefused(
        f"The database {path} cannot be written: {error.strerror}; choose another with --database."
    )
