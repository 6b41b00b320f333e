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

    def by_unverified_email(self, email: str) -> Human | None:
        """Who typed ``email`` here, compared exactly: the caller brings it to one case."""
        row = self._connection.execute(
            "select id, name, email, is_verified, is_admin from human"
            " where email = ? and is_verified = 0",
            (email,),
        ).fetchone()
        return row and human_from(row)

    def by_identity(self, issuer: str, subject: str) -> Human | None:
        """Whom the provider ``issuer`` knows as ``subject``."""
        row = self._connection.execute(
            "select h.id, h.name, h.email, h.is_verified, h.is_admin from human h"
            " join human_identity i on i.human_id = h.id where i.issuer = ? and i.subject = ?",
            (issuer, subject),
        ).fetchone()
        return row and human_from(row)

    def admins(self) -> list[Human]:
        """Who holds the permission ``shop:admin``."""
        rows = self._connection.execute(
            "select id, name, email, is_verified, is_admin from human"
            " where is_admin = 1 order by created_at_ms, id"
        )
        return [human_from(row) for row in rows]

    def issuer_of(self, human_id: str) -> str:
        """The provider that vouches for the human; empty if none does."""
        row = self._connection.execute(
            "select issuer from human_identity where human_id = ?", (human_id,)
        ).fetchone()
        return row[0] if row else ""

    def save(self, human: Human, at_ms: int) -> None:
        """Add ``human``, or bring name, e-mail and permission up to date: never who vouches."""
        self._connection.execute(
            "insert into human (id, email, name, is_verified, is_admin, created_at_ms)"
            " values (?, ?, ?, ?, ?, ?) on conflict (id) do update set"
            " name = excluded.name, email = excluded.email, is_admin = excluded.is_admin",
            (human.id, human.email, human.name, human.is_verified, human.is_admin, at_ms),
        )

    def identify(self, human_id: str, issuer: str, subject: str) -> None:
        """Note that ``issuer`` knows the human as ``subject``. It stays so."""
        self._connection.execute(
            "insert into human_identity (issuer, subject, human_id) values (?, ?, ?)"
            " on conflict (issuer, subject) do nothing",
            (issuer, subject, human_id),
        )


def human_from(row: tuple[str, str, str, int, int]) -> Human:
    """A human from the columns id, name, email, is_verified, is_admin."""
    human_id, name, email, is_verified, is_admin = row
    return Human(human_id, name, email, bool(is_verified), bool(is_admin))
