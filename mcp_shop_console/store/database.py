"""The database: every write in one transaction with its audit entries, nothing left half done.

May import model. The only place that knows aiosqlite.
"""

import asyncio
import os
import sqlite3
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

import aiosqlite
import anyio

from mcp_shop_console.model.audit import AuditEntry
from mcp_shop_console.model.events import Event, StoreChanged
from mcp_shop_console.model.faults import StoreUnavailable
from mcp_shop_console.store.batches import Batches, Ticket
from mcp_shop_console.store.files import (
    APPLICATION_ID,
    SCHEMA_VERSION,
    DatabaseRefused,
    check_file,
    sole_use,
)
from mcp_shop_console.store.transaction import Transaction

MEMORY = ":memory:"
_BUSY_TIMEOUT_SECONDS = 5
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the store takes from outside: time, ids, and who hears of what was committed."""

    now_ms: Callable[[], int]
    """Milliseconds UTC."""
    new_id: Callable[[], str]
    """Random, at least 128 bits."""
    publish: Callable[[Iterable[Event]], None]


@dataclass(frozen=True, slots=True)
class _Line:
    """A connection and the operations that wait for it."""

    connection: aiosqlite.Connection
    batches: Batches

    async def run(self, operation: Callable[[Transaction], T]) -> T:
        ticket = Ticket(operation)
        self.batches.add(ticket)
        try:
            await self.connection.commit()
        except asyncio.CancelledError:
            ticket.is_abandoned = True
            raise
        except ValueError as error:
            raise StoreUnavailable("the database is closed") from error
        return ticket.result()


class _Connection(sqlite3.Connection):
    """A connection whose commit runs and commits everything that waits.

    So aiosqlite carries a whole transaction to its thread as one step, which nothing can split:
    neither a cancelled task nor a second caller.
    """

    batches: Batches

    def commit(self) -> None:
        self.batches.run(self)


class Database:
    """Runs operations on the store, each whole in one transaction or not at all.

    An operation is a plain function for the database's thread. It awaits nothing, so no
    cancellation can stop it half way; one that still waits is dropped if its caller goes away.
    """

    def __init__(self, path: Path | None, surroundings: Surroundings) -> None:
        self._path = path
        self._surroundings = surroundings
        self._opening = anyio.Lock()
        self._lines: dict[str, _Line] = {}
        self._failing: set[str] = set()

    async def write(self, operation: Callable[[Transaction], T]) -> T:
        """Run ``operation`` in a writing transaction, and return once it is committed.

        Raises:
            StoreUnavailable: Nothing was written.
        """
        return await self._run("begin immediate", operation)

    async def read(self, question: Callable[[Transaction], T]) -> T:
        """Run ``question`` on one consistent state of everything that was committed.

        Raises:
            StoreUnavailable: Nothing could be read.
        """
        return await self._run("begin" if self._path else "begin immediate", question)

    async def open(self) -> None:
        """Open the file, or make it.

        Raises:
            DatabaseRefused: It is damaged, or cannot be written.
        """
        await self._line("begin immediate")

    async def close(self) -> None:
        """Finish what waits and close the file."""
        with anyio.CancelScope(shield=True):
            for line in self._lines.values():
                await line.connection.close()
        self._lines.clear()

    async def _run(self, begin: str, operation: Callable[[Transaction], T]) -> T:
        try:
            line = self._lines.get(begin)
            if line is None or line.batches.needs_reopening:
                line = await self._line(begin)
            result = await line.run(operation)
        except (StoreUnavailable, DatabaseRefused) as error:
            self._note_failure(begin, str(error))
            raise StoreUnavailable(str(error)) from error
        if self._failing:
            self._note_success(begin)
        return result

    async def _line(self, begin: str) -> _Line:
        """The connection for this kind of transaction, opened anew if the old one is of no use."""
        async with self._opening:
            line = self._lines.get(begin)
            if line is not None and not line.batches.needs_reopening:
                return line
            if line is not None:
                _check_file_is_there(self._path)
                await self._lines.pop(begin).connection.close()
            line = await self._connect(begin)
            self._lines[begin] = line
            return line

    async def _connect(self, begin: str) -> _Line:
        batches = Batches(
            begin,
            new_transaction=self._new_transaction,
            check=partial(_check_identity, self._path, _identity(self._path)),
            committed=self._publisher(),
        )
        connection = aiosqlite.Connection(partial(_open, self._path, batches), iter_chunk_size=64)
        try:
            await connection
        except sqlite3.Error as error:
            raise DatabaseRefused(f"The database {self._path} cannot be used: {error}.") from error
        return _Line(connection, batches)

    def _new_transaction(self, connection: sqlite3.Connection) -> Transaction:
        return Transaction(connection, self._surroundings.now_ms, self._surroundings.new_id)

    def _publisher(self) -> Callable[[list[AuditEntry]], None]:
        """Hands entries to the feed from the database's thread, before their writer hears of it."""
        loop = asyncio.get_running_loop()

        def publish(entries: list[AuditEntry]) -> None:
            if entries:
                loop.call_soon_threadsafe(self._surroundings.publish, entries)

        return publish

    def _note_failure(self, begin: str, reason: str) -> None:
        was_available = not self._failing
        self._failing.add(begin)
        if was_available:
            self._surroundings.publish([StoreChanged(False, reason, self._surroundings.now_ms())])

    def _note_success(self, begin: str) -> None:
        self._failing.discard(begin)
        if not self._failing:
            self._surroundings.publish([StoreChanged(True, "", self._surroundings.now_ms())])


@asynccontextmanager
async def open_database(
    path: str | Path,
    *,
    now_ms: Callable[[], int],
    new_id: Callable[[], str],
    publish: Callable[[Iterable[Event]], None],
) -> AsyncGenerator[Database, None]:
    """The database at ``path``, or one in memory for ``:memory:``, for the length of the block.

    Raises:
        DatabaseRefused: The file is not ours, newer, damaged, in use, or cannot be written.
    """
    file = None if str(path) == MEMORY else Path(path)
    with nullcontext() if file is None else sole_use(file):
        database = Database(file, Surroundings(now_ms, new_id, publish))
        try:
            await database.open()
            yield database
        finally:
            await database.close()


def _open(path: Path | None, batches: Batches) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path or MEMORY,
        timeout=_BUSY_TIMEOUT_SECONDS,
        isolation_level=None,
        cached_statements=256,
        factory=_Connection,
    )
    connection.batches = batches
    connection.execute("pragma foreign_keys = on")
    connection.execute("pragma synchronous = full")
    if connection.execute("pragma application_id").fetchone()[0] != APPLICATION_ID:
        _create(connection)
    connection.execute("pragma journal_mode = wal")
    _check_health(connection)
    return connection


def _create(connection: sqlite3.Connection) -> None:
    schema = files("mcp_shop_console.store").joinpath("schema.sql").read_text(encoding="utf-8")
    connection.executescript(
        f"begin immediate; {schema};"
        f" pragma application_id = {APPLICATION_ID}; pragma user_version = {SCHEMA_VERSION};"
        " commit;"
    )


def _check_health(connection: sqlite3.Connection) -> None:
    answer = connection.execute("pragma quick_check(1)").fetchone()[0]
    if answer != "ok":
        raise sqlite3.DatabaseError(f"it is damaged ({answer})")


def _identity(path: Path | None) -> tuple[int, int] | None:
    if path is None:
        return None
    status = os.stat(path)
    return status.st_dev, status.st_ino


def _check_identity(path: Path | None, identity: tuple[int, int] | None) -> None:
    """SQLite goes on writing to a file that was deleted: nobody would ever read it again."""
    try:
        is_same = _identity(path) == identity
    except OSError:
        is_same = False
    if not is_same:
        raise sqlite3.DatabaseError("the database file was deleted or replaced")


def _check_file_is_there(path: Path | None) -> None:
    """Refuse to make a new, empty authority in place of one that was lost.

    Raises:
        DatabaseRefused: The file is gone, empty or not ours.
    """
    if path is None:
        return
    if not path.exists() or path.stat().st_size == 0:
        raise DatabaseRefused(f"The database {path} is gone; put it back or start again.")
    check_file(path)
