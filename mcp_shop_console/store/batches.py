"""Operations that wait for the database's thread, and run there together in one transaction.

May import model.
"""

import logging
import sqlite3
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from mcp_shop_console.model.audit import AuditEntry
from mcp_shop_console.model.faults import StoreUnavailable
from mcp_shop_console.store.transaction import Transaction

_MOST_PER_COMMIT = 64
_log = logging.getLogger(__name__)
T = TypeVar("T")


class Ticket(Generic[T]):
    """One operation, from its request to its result."""

    def __init__(self, operation: Callable[[Transaction], T]) -> None:
        self._operation = operation
        self._results: list[T] = []
        self._error: Exception | None = None
        self.is_abandoned = False
        """Whether whoever asked has gone. An abandoned operation is not begun."""

    def attempt(self, transaction: Transaction) -> None:
        """Run the operation. What it raises is kept for whoever asked."""
        try:
            self._results = [self._operation(transaction)]
        except sqlite3.IntegrityError as error:
            _log.exception("The store's own rules stopped an operation")
            self.fail(StoreUnavailable(str(error)))
        except sqlite3.Error:
            raise
        except Exception as error:  # noqa: BLE001 - a bug is handed to the one who asked
            self.fail(error)

    def fail(self, error: Exception) -> None:
        self._error = error

    @property
    def has_failed(self) -> bool:
        return self._error is not None

    def result(self) -> T:
        """What the operation returned, or raise what it raised."""
        if self._error is not None:
            raise self._error
        return self._results[0]


class Batches:
    """Runs what waits on one connection: several operations share one begin and one commit.

    Each operation has its own savepoint, so that one which fails takes no other with it.
    """

    def __init__(
        self,
        begin: str,
        new_transaction: Callable[[sqlite3.Connection], Transaction],
        check: Callable[[], None],
        committed: Callable[[list[AuditEntry]], None],
    ) -> None:
        self._begin = begin
        self._new_transaction = new_transaction
        self._check = check
        self._committed = committed
        self._waiting: deque[Ticket[object]] = deque()
        self.needs_reopening = False
        """Whether the file is damaged or gone, so that this connection will never work again."""

    def add(self, ticket: "Ticket[T]") -> None:
        """Let ``ticket`` wait its turn. Any thread."""
        self._waiting.append(ticket)  # pyright: ignore[reportArgumentType] - results are not read

    def run(self, connection: sqlite3.Connection) -> None:
        """Run everything that waits, and commit it. The database's thread only."""
        batch = self._take()
        if not batch:
            return
        try:
            self._check()
            recorded = self._run(connection, batch)
        except sqlite3.Error as error:
            self._give_up(connection, batch, error)
        else:
            self._committed(recorded)

    def _take(self) -> list[Ticket[object]]:
        count = min(len(self._waiting), _MOST_PER_COMMIT)
        tickets = [self._waiting.popleft() for _ in range(count)]
        return [ticket for ticket in tickets if not ticket.is_abandoned]

    def _run(self, connection: sqlite3.Connection, batch: list[Ticket[object]]) -> list[AuditEntry]:
        recorded: list[AuditEntry] = []
        connection.execute(self._begin)
        for ticket in batch:
            transaction = self._new_transaction(connection)
            connection.execute("savepoint operation")
            ticket.attempt(transaction)
            if ticket.has_failed:
                connection.execute("rollback to operation")
            else:
                recorded += transaction.recorded
            connection.execute("release operation")
        connection.execute("commit")
        return recorded

    def _give_up(
        self, connection: sqlite3.Connection, batch: list[Ticket[object]], error: sqlite3.Error
    ) -> None:
        _log.error("The store failed: %s", error)
        for ticket in batch:
            ticket.fail(StoreUnavailable(str(error)))
        code = getattr(error, "sqlite_errorcode", None)
        self.needs_reopening = code in {None, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
        if connection.in_transaction:
            try:
                connection.execute("rollback")
            except sqlite3.Error:
                self.needs_reopening = True
