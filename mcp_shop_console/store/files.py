"""The database file: whether it is ours to open, and the lock that keeps it to one process.

May import the standard library only.
"""

import fcntl
import os
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Lock

APPLICATION_ID = 0x4D435053
"""``MCPS`` in SQLite's header field application_id."""
SCHEMA_VERSION = 1
_SQLITE_MAGIC = b"SQLite format 3\x00"
_HEADER_BYTES = 100
Identity = tuple[int, int]
"""Device and inode: one file, whatever its name."""


class DatabaseRefused(Exception):
    """The database cannot be used. The message is one sentence for the person who started us."""


class FileUnusable(Exception):
    """The database file in use has gone, or is not what it was."""


class DatabaseFile:
    """The file while it is in use: notices that it was deleted, replaced or overwritten.

    SQLite goes on writing to a file that was deleted, and reads an overwritten one from memory:
    nobody would ever see again what was acknowledged meanwhile.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._log_path = path.with_name(path.name + "-wal")
        self._index_path = path.with_name(path.name + "-shm")
        self._handles: dict[Identity, int] = {}
        self._logs: dict[Identity, Identity] = {}
        self._lock = Lock()

    def identity(self) -> Identity:
        """Which file is there now. Any thread.

        Raises:
            FileUnusable: None is, or it is not ours.
        """
        try:
            identity = _identity(self.path)
            header = os.pread(self._handle(identity), _HEADER_BYTES, 0)
        except OSError as error:
            raise FileUnusable(f"the database file is gone ({error.strerror})") from error
        if _fault(header):
            raise FileUnusable("the database file was overwritten by something else")
        return identity

    def note_log(self) -> None:
        """Remember which write-ahead log belongs to the file that is there now."""
        self._logs[_identity(self.path)] = _identity(self._log_path)

    def remove_log(self, *, of: Identity | None) -> None:
        """Remove the write-ahead log of a file that is no longer there, if it still is."""
        try:
            is_there = of is not None and self._logs.get(of) == _identity(self._log_path)
        except FileNotFoundError:
            is_there = False
        if is_there:
            self._log_path.unlink(missing_ok=True)
            self._index_path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of every file. After the connections: closing drops this process's locks."""
        for handle in self._handles.values():
            os.close(handle)
        self._handles.clear()

    def _handle(self, identity: Identity) -> int:
        """An open handle, kept to the end (https://www.sqlite.org/howtocorrupt.html, 2.2)."""
        with self._lock:
            if identity not in self._handles:
                self._handles[identity] = os.open(self.path, os.O_RDONLY)
            return self._handles[identity]


def check_file(path: Path) -> None:
    """Look whether ``path`` is absent, empty or ours, without touching it.

    Raises:
        DatabaseRefused: It is something else, or a newer version's, or not readable.
    """
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except FileNotFoundError:
        return
    except OSError as error:
        raise DatabaseRefused(
            f"The database {path} cannot be read: {error.strerror}; choose another with --database."
        ) from error
    if header and (fault := _fault(header)):
        raise DatabaseRefused(f"{fault.format(path=path)}; choose another with --database.")


def _fault(header: bytes) -> str:
    """What keeps a file with this header from being ours, of this version; empty if nothing."""
    if not header.startswith(_SQLITE_MAGIC) or _field(header, 68) != APPLICATION_ID:
        return "The file {path} is not a database of this program"
    if (version := _field(header, 60)) != SCHEMA_VERSION:
        return f"The database {{path}} is of version {version}, this program knows {SCHEMA_VERSION}"
    return ""


def _field(header: bytes, offset: int) -> int:
    """A big-endian field of the header: https://www.sqlite.org/fileformat.html section 1.3."""
    return int.from_bytes(header[offset : offset + 4], "big")


def _identity(path: Path) -> Identity:
    status = os.stat(path)
    return status.st_dev, status.st_ino


@contextmanager
def sole_use(path: Path) -> Generator[None, None, None]:
    """Hold the lock of the database at ``path``, making its folder (0700) and file (0600).

    Raises:
        DatabaseRefused: Another process holds it, or nothing can be written there.
    """
    check_file(path)
    with ExitStack() as stack:
        try:
            _claim(path, stack)
        except OSError as error:
            raise DatabaseRefused(
                f"The database {path} cannot be written: {error.strerror};"
                " choose another with --database."
            ) from error
        yield


def _claim(path: Path, stack: ExitStack) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    stack.callback(os.close, lock)
    _take(lock, path)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)


def _take(lock: int, path: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        pid = os.read(lock, 20).decode("ascii", "replace").strip() or "unknown"
        raise DatabaseRefused(
            f"The database {path} is in use by process {pid}; stop it, or choose another "
            "with --database."
        ) from error
    os.ftruncate(lock, 0)
    os.write(lock, f"{os.getpid()}\n".encode("ascii"))
