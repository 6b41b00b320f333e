"""A line: one connection to the database, and the thread of aiosqlite that alone uses it.

May import model.
"""

import asyncio
import logging
import sqlite3
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import aiosqlite

from mcp_shop_console.model.audit import AuditEntry
from mcp_shop_console.model.faults import StoreUnavailable
from mcp_shop_console.store.connections import Source
from mcp_shop_console.store.files import FileUnusable, Identity
from mcp_shop_console.store.transaction import Transaction

_MOST_PER_COMMIT = 64
_PASSING = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL})
"""Faults that leave the connection as good as it was."""
_log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _Ticket:
    """One operation that waits for its turn, and for whoever asked."""

    operation: Callable[[Transaction], None]
    must_outlive_power: bool
    answered: asyncio.Future[None]
    error: Exception | None = None

    @property
    def is_abandoned(self) -> bool:
        """Whether whoever asked has gone: such an operation is not begun."""
        return self.answered.cancelled()

    def attempt(self, new_transaction: Callable[[], Transaction]) -> list[AuditEntry]:
        """Run the operation, for what it recorded. What it raises is kept for whoever asked."""
        if self.is_abandoned or self.error is not None:
            return []
        try:
            transaction = new_transaction()
            self.operation(transaction)
            return transaction.recorded
        except sqlite3.IntegrityError as error:
            _log.exception("The store's own rules stopped an operation")
            self.error = StoreUnavailable(str(error))
        except sqlite3.Error:
            raise
        except Exception as error:  # noqa: BLE001 - a bug is handed to the one who asked
            self.error = error
        return []

    def settle(self) -> None:
        if not self.answered.done():
            self.answered.set_result(None)


class _Handle(sqlite3.Connection):
    """What aiosqlite holds of a line: its commit is to serve everything that waits.

    So a whole transaction, and opening its database anew where that must be, is one step in
    aiosqlite's thread. The handle itself is a database of nothing.
    """

    serve: Callable[[], None]
    leave: Callable[[], None]

    def commit(self) -> None:
        self.serve()

    def close(self) -> None:
        self.leave()
        super().close()


class Line:
    """Runs operations one after the other, those that wait together in one transaction.

    An operation is a plain function: nothing can stop it half way. One that fails takes no other
    with it: the others run again without it, once, as if it had never come.
    """

    def __init__(
        self,
        begin: str,
        source: Source,
        new_transaction: Callable[[sqlite3.Connection], Transaction],
        report: Callable[[list[AuditEntry], str], None],
    ) -> None:
        self._begin = begin
        self._source = source
        self._new_transaction = new_transaction
        self._report = report
        """Hears in the event loop what was committed, or why nothing was; before who asked."""
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[_Ticket] = deque()
        self._is_called = False
        """Whether the thread will look at what waits without being called again."""
        self._is_closed = False
        self._connection: sqlite3.Connection | None = None
        self._identity: Identity | None = None
        self._is_spoiled = False
        self._outlives_power = True
        """Whether the connection waits for the disk at each commit, as a new one does."""
        self._thread = aiosqlite.Connection(self._handle, iter_chunk_size=1)

    async def open(self) -> None:
        """Start the thread. The database is opened by the first operation."""
        await self._thread

    async def run(
        self, operation: Callable[[Transaction], T], *, must_outlive_power: bool = True
    ) -> T:
        """The result of ``operation`` once it is committed. Drops it if cancelled in time.

        Raises:
            StoreUnavailable: Nothing was committed.
        """
        if self._is_closed:
            raise StoreUnavailable("the database is closed")
        results: list[T] = []
        ticket = _Ticket(
            lambda transaction: results.append(operation(transaction)),
            must_outlive_power,
            self._loop.create_future(),
        )
        self._waiting.append(ticket)
        try:
            if not self._is_called:
                self._is_called = True
                await self._thread.commit()
            await ticket.answered
        except asyncio.CancelledError:
            ticket.answered.cancel()
            raise
        if ticket.error is not None:
            raise ticket.error
        return results[-1]

    async def close(self) -> None:
        """Finish what waits and close the connection."""
        if not self._is_closed:
            self._is_closed = True
            await self._thread.close()

    # Everything below runs in the thread, but for _answer.

    def _handle(self) -> _Handle:
        handle = sqlite3.connect(":memory:", factory=_Handle)
        handle.serve, handle.leave = self._serve_all, self._leave
        return handle

    def _leave(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _serve_all(self) -> None:
        # First: whoever comes from here on calls again. They are not served by this call, for which
        # its caller waits: with many others it would never return.
        self._is_called = False
        tickets = [self._waiting.popleft() for _ in range(len(self._waiting))]
        for start in range(0, len(tickets), _MOST_PER_COMMIT):
            self._serve(tickets[start : start + _MOST_PER_COMMIT])

    def _serve(self, batch: list[_Ticket]) -> None:
        recorded: list[AuditEntry] = []
        reason = ""
        try:
            recorded = self._commit(self._usable_connection(), batch)
        except (sqlite3.Error, FileUnusable, OSError) as error:
            reason = str(error)
            self._give_up(batch, error)
        self._loop.call_soon_threadsafe(self._answer, batch, recorded, reason)

    def _answer(self, batch: list[_Ticket], recorded: list[AuditEntry], reason: str) -> None:
        try:
            self._report(recorded, reason)
        finally:
            for ticket in batch:
                ticket.settle()

    def _usable_connection(self) -> sqlite3.Connection:
        """The connection, a new one if the old one failed or the file is another one."""
        identity = self._source.identity()
        if self._connection is None:
            connection = self._connect()
        elif identity != self._identity:
            self._source.retire(self._connection, self._identity)
            self._connection = None
            connection = self._connect()
        elif self._is_spoiled:
            former = self._connection
            connection = self._connect()
            former.close()
        else:
            connection = self._connection
        self._identity = identity
        self._is_spoiled = False
        return connection

    def _connect(self) -> sqlite3.Connection:
        self._connection = self._source.connect()
        self._outlives_power = True
        return self._connection

    def _commit(self, connection: sqlite3.Connection, batch: list[_Ticket]) -> list[AuditEntry]:
        """Run the whole batch and commit it; if one of it fails, the rest anew and apart."""
        self._choose_durability(connection, batch)
        connection.execute(self._begin)
        recorded = self._attempt_together(connection, batch)
        if recorded is None:
            connection.execute("rollback")
            connection.execute(self._begin)
            recorded = self._attempt_apart(connection, batch)
        connection.execute("commit")
        return recorded

    def _choose_durability(self, connection: sqlite3.Connection, batch: list[_Ticket]) -> None:
        """Wait for the disk only where somebody relies on it (SQLite, pragma synchronous)."""
        must_outlive_power = any(ticket.must_outlive_power for ticket in batch)
        if must_outlive_power is not self._outlives_power:
            level = "full" if must_outlive_power else "normal"
            connection.execute(f"pragma synchronous = {level}")
            self._outlives_power = must_outlive_power

    def _attempt_together(
        self, connection: sqlite3.Connection, batch: list[_Ticket]
    ) -> list[AuditEntry] | None:
        """What the batch recorded; None if one of it failed."""
        recorded: list[AuditEntry] = []
        for ticket in batch:
            recorded += ticket.attempt(partial(self._new_transaction, connection))
            if ticket.error is not None:
                return None
        return recorded

    def _attempt_apart(
        self, connection: sqlite3.Connection, batch: list[_Ticket]
    ) -> list[AuditEntry]:
        """The same with a savepoint for each: however many fail, the rest run once more only."""
        recorded: list[AuditEntry] = []
        for ticket in batch:
            connection.execute("savepoint operation")
            recorded += ticket.attempt(partial(self._new_transaction, connection))
            if ticket.error is not None:
                connection.execute("rollback to operation")
            connection.execute("release operation")
        return recorded

    def _give_up(self, batch: list[_Ticket], error: Exception) -> None:
        for ticket in batch:
            ticket.error = StoreUnavailable(str(error))
        if self._connection is None:
            return
        if self._connection.in_transaction:
            with suppress(sqlite3.Error):
                self._connection.execute("rollback")
        is_spoiled = _primary_code(error) not in _PASSING or self._connection.in_transaction
        self._is_spoiled = is_spoiled and self._source.outlives_connection


def _primary_code(error: Exception) -> int | None:
    """SQLite's result code without its extension, None for an error that is not SQLite's."""
    code: object = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None
