"""Connections to SQLite: opened alike, and only on a database that is ours and whole.

May import the standard library only.
"""

import logging
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote

from mcp_shop_console.store.files import APPLICATION_ID, SCHEMA_VERSION, DatabaseFile, Identity

BUSY_TIMEOUT_SECONDS = 5.0
"""How long a transaction waits for another process that holds the file."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """Where connections lead to."""

    connect: Callable[[], sqlite3.Connection]
    identity: Callable[[], Identity | None]
    """Which file that is now; raises FileUnusable if there is none of ours."""
    retire: Callable[[sqlite3.Connection, Identity | None], None]
    """Close a connection to a file that has been replaced since."""
    outlives_connection: bool
    """Whether a new connection leads to the same data."""


def in_memory() -> Source:
    """A new database that lives as long as its only connection."""

    def connect() -> sqlite3.Connection:
        return _connected(":memory:", BUSY_TIMEOUT_SECONDS, _create)

    return Source(connect, lambda: None, lambda connection, _: connection.close(), False)


def in_file(file: DatabaseFile, busy_timeout_seconds: float, *, checks_health: bool) -> Source:
    """The database in ``file``, which is there: a lost one is never made anew."""

    def prepare(connection: sqlite3.Connection) -> None:
        connection.execute("pragma journal_mode = wal")
        if checks_health:
            _check_health(connection)
        file.note_log()

    def connect() -> sqlite3.Connection:
        # As bytes, for names that are no UTF-8; mode=rw makes no file.
        uri = f"file:{quote(os.fsencode(file.path))}?mode=rw"
        return _connected(uri, busy_timeout_seconds, prepare)

    return Source(connect, file.identity, partial(_retire, file), True)


def create_if_empty(path: Path) -> None:
    """Make the tables in a file that has none.

    Raises:
        sqlite3.Error: It cannot be written.
    """
    if path.stat().st_size == 0:
        _connected(str(path), BUSY_TIMEOUT_SECONDS, _create).close()


def _connected(
    name: str, busy_timeout_seconds: float, prepare: Callable[[sqlite3.Connection], None]
) -> sqlite3.Connection:
    connection = sqlite3.connect(
        name,
        timeout=busy_timeout_seconds,
        isolation_level=None,
        cached_statements=256,
        uri=name.startswith("file:"),
    )
    try:
        connection.execute("pragma foreign_keys = on")
        connection.execute("pragma synchronous = full")
        prepare(connection)
    except BaseException:
        connection.close()
        raise
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
        raise sqlite3.DatabaseError(f"the database is damaged: {answer}")


def _retire(file: DatabaseFile, former: sqlite3.Connection, identity: Identity | None) -> None:
    """Close a connection to a former file, which first gets what its log still holds.

    The log must not stay: SQLite would play it into the file that has come in its place
    (https://www.sqlite.org/howtocorrupt.html section 1.4).
    """
    try:
        former.execute("pragma wal_checkpoint(truncate)")
    except sqlite3.Error as error:
        _log.warning("What the former database file lacks is lost: %s", error)
    finally:
        file.remove_log(of=identity)
        former.close()
