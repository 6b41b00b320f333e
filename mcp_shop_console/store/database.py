"""The database: every write in one transaction with its audit entries, nothing left half done.

May import model.
"""

import logging
import os
import sqlite3
from collections.abc import AsyncGenerator, Callable, Generator, Iterable
from contextlib import asynccontextmanager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TypeVar

import anyio

from mcp_shop_console.model.audit import AuditEntry
from mcp_shop_console.model.events import Event, StoreChanged
from mcp_shop_console.model.faults import StoreUnavailable
from mcp_shop_console.store.connections import (
    BUSY_TIMEOUT_SECONDS,
    Source,
    create_if_empty,
    in_file,
    in_memory,
)
from mcp_shop_console.store.files import DatabaseFile, DatabaseRefused, sole_use
from mcp_shop_console.store.line import Line
from mcp_shop_console.store.transaction import Transaction

MEMORY = ":memory:"
_log = logging.getLogger(__name__)
T = TypeVar("T")


class Database:
    """Runs operations on the store, each whole in one transaction or not at all.

    An operation is a plain function for a thread of the database. It awaits nothing, so no
    cancellation can stop it half way; one that still waits is dropped if its caller goes away.
    It may run more than once before it is committed, so it touches nothing but its transaction.
    """

    def __init__(self, writing: Line, reading: Line) -> None:
        self._writing = writing
        self._reading = reading

    async def write(self, operation: Callable[[Transaction], T]) -> T:
        """Run ``operation`` in a writing transaction, and return once it is committed.

        It may run more than once before that, so it changes nothing but the store.

        Raises:
            StoreUnavailable: Nothing was written.
        """
        return await self._writing.run(operation)

    async def note(self, operation: Callable[[Transaction], T]) -> T:
        """``write`` what only looks: a power failure, though no crash, may take its entry.

        Raises:
            StoreUnavailable: Nothing was written.
        """
        return await self._writing.run(operation, must_outlive_power=False)

    async def read(self, question: Callable[[Transaction], T]) -> T:
        """Run ``question`` on one consistent state of everything that was committed.

        Raises:
            StoreUnavailable: Nothing could be read.
        """
        return await self._reading.run(question)

    async def open(self) -> None:
        """Start what runs the operations."""
        for line in {self._writing, self._reading}:
            await line.open()

    async def close(self) -> None:
        """Finish what waits. From then on the store is unavailable."""
        with anyio.CancelScope(shield=True):
            await self._writing.close()
            await self._reading.close()


class _Reporter:
    """Tells the feed what was committed, and once each way that the store fails or works."""

    def __init__(
        self, publish: Callable[[Iterable[Event]], None], now_ms: Callable[[], int]
    ) -> None:
        self._publish = publish
        self._now_ms = now_ms
        self._failing: set[str] = set()

    def report(self, line: str, recorded: list[AuditEntry], reason: str) -> None:
        """Of one transaction on a line: what it recorded, or why it failed."""
        was_available = not self._failing
        if reason:
            self._failing.add(line)
        else:
            self._failing.discard(line)
        if was_available is not (is_available := not self._failing):
            _log.warning("The store failed: %s" if reason else "The store works again%s", reason)
            self._publish([StoreChanged(is_available, reason, self._now_ms())])
        self._publish(recorded)


@asynccontextmanager
async def open_database(
    path: str | Path,
    *,
    now_ms: Callable[[], int],
    new_id: Callable[[], str],
    publish: Callable[[Iterable[Event]], None],
    busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS,
) -> AsyncGenerator[Database, None]:
    """The database at ``path``, or one in memory for ``:memory:``, for the length of the block.

    Raises:
        DatabaseRefused: The file is not ours, newer, damaged, in use, or cannot be written.
    """
    reporter = _Reporter(publish, now_ms)

    def new_transaction(connection: sqlite3.Connection) -> Transaction:
        return Transaction(connection, now_ms, new_id)

    def line(begin: str, source: Source) -> Line:
        return Line(begin, source, new_transaction, partial(reporter.report, begin))

    with nullcontext() if str(path) == MEMORY else _opened(path) as file:
        if file is None:
            writing = reading = line("begin immediate", in_memory())
        else:
            timeout = busy_timeout_seconds
            writing = line("begin immediate", in_file(file, timeout, checks_health=True))
            reading = line("begin", in_file(file, timeout, checks_health=False))
        database = Database(writing, reading)
        try:
            await database.open()
            await _try(database, path)
            yield database
        finally:
            await database.close()


@contextmanager
def _opened(path: str | Path) -> Generator[DatabaseFile, None, None]:
    """The file at ``path``, made if there is none, for this process alone."""
    # By its real name, so that a link to it finds the same lock.
    file = DatabaseFile(Path(os.path.realpath(path)))
    with sole_use(file.path):
        try:
            create_if_empty(file.path)
        except sqlite3.Error as error:
            raise _unusable(path, error) from error
        try:
            yield file
        finally:
            file.close()


async def _try(database: Database, path: str | Path) -> None:
    try:
        await database.write(lambda _: None)
    except StoreUnavailable as error:
        raise _unusable(path, error) from error


def _unusable(path: str | Path, error: Exception) -> DatabaseRefused:
    return DatabaseRefused(
        f"The database {path} cannot be used: {error}; choose another with --database."
    )
