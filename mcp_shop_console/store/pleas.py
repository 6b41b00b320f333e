"""Pleas, as they are stored: one open plea a human at most.

May import model.
"""

import sqlite3

from mcp_shop_console.model.pleas import Plea


class PleaTable:
    """Requests for pardon and what became of them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def open_of(self, human_id: str) -> Plea | None:
        """The plea of this human that nobody has answered yet."""
        row = self._connection.execute(
            "select id, human_id, grant_id, opened_at_ms from plea"
            " where human_id = ? and closed_at_ms is null",
            (human_id,),
        ).fetchone()
        return row and Plea(*row)

    def humans_who_wait(self) -> list[str]:
        """The humans with an open plea."""
        rows = self._connection.execute(
            "select human_id from plea where closed_at_ms is null order by human_id"
        )
        return [row[0] for row in rows]

    def insert(self, plea: Plea) -> None:
        """Open a plea. Who asks joins it next."""
        self._connection.execute(
            "insert into plea (id, human_id, grant_id, opened_at_ms) values (?, ?, ?, ?)",
            (plea.id, plea.human_id, plea.grant_id, plea.opened_at_ms),
        )

    def join(self, plea_id: str, grant_id: str) -> None:
        """Note that this grant's agent asks too. Asking twice is asking once."""
        self._connection.execute(
            "insert or ignore into plea_agent (plea_id, grant_id) values (?, ?)",
            (plea_id, grant_id),
        )

    def grants_of(self, plea_id: str) -> list[str]:
        """The grants whose agents asked."""
        rows = self._connection.execute(
            "select grant_id from plea_agent where plea_id = ? order by grant_id", (plea_id,)
        )
        return [row[0] for row in rows]

    def close_of(self, human_id: str, at_ms: int, *, is_granted: bool) -> bool:
        """Close this human's open plea. Whether there was one."""
        changed = self._connection.execute(
            "update plea set closed_at_ms = ?, is_granted = ?"
            " where human_id = ? and closed_at_ms is null",
            (at_ms, is_granted, human_id),
        )
        return changed.rowcount == 1

    def close_all(self, at_ms: int, *, is_granted: bool) -> int:
        """Close every open plea. How many there were."""
        return self._connection.execute(
            "update plea set closed_at_ms = ?, is_granted = ? where closed_at_ms is null",
            (at_ms, is_granted),
        ).rowcount
