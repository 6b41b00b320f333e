"""The latest time that was seen: what has expired by then stays expired.

May import the standard library only.
"""

import sqlite3


class ClockTable:
    """The highest time, in milliseconds UTC, that this database lived through."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def highest_ms(self) -> int:
        """The latest time that was noted; 0 if none was."""
        row: tuple[int | None] = self._connection.execute(
            "select max(highest_ms) from clock"
        ).fetchone()
        return row[0] or 0

    def reach(self, at_ms: int) -> None:
        """Note that ``at_ms`` was reached. An earlier time changes nothing."""
        self._connection.execute(
            "insert into clock (id, highest_ms) values (1, ?)"
            " on conflict (id) do update set highest_ms = max(highest_ms, excluded.highest_ms)",
            (at_ms,),
        )
