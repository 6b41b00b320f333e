"""Humans, as they are stored.

May import model.
"""

import sqlite3

from mcp_shop_console.model.deputies import Human


class HumanTable:
    """The people who have signed in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def get(self, human_id: str) -> Human | None:
        row = self._connection.execute(
            "select id, name, email, is_verified, is_admin from human where id = ?",
            (human_id,),
        ).fetchone()
        return row and human_from(row)

    def by_email(self, email: str) -> Human | None:
        """The human of ``email``, compared exactly: the caller brings it to one case."""
        row = self._connection.execute(
            "select id, name, email, is_verified, is_admin from human where email = ?",
            (email,),
        ).fetchone()
        return row and human_from(row)

    def save(self, human: Human, at_ms: int) -> None:
        """Add ``human``, or bring name, verification and permission up to date."""
        self._connection.execute(
            "insert into human (id, email, name, is_verified, is_admin, created_at_ms)"
            " values (?, ?, ?, ?, ?, ?) on conflict (id) do update set"
            " name = excluded.name, is_verified = excluded.is_verified,"
            " is_admin = excluded.is_admin",
            (human.id, human.email, human.name, human.is_verified, human.is_admin, at_ms),
        )


def human_from(row: tuple[str, str, str, int, int]) -> Human:
    """A human from the columns id, name, email, is_verified, is_admin."""
    human_id, name, email, is_verified, is_admin = row
    return Human(human_id, name, email, bool(is_verified), bool(is_admin))
