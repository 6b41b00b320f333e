"""Browsers, as they are stored: who is signed in where, and which may use which e-mail.

May import model.
"""

import sqlite3
from dataclasses import dataclass, field

_MOST_FORGOTTEN_AT_ONCE = 20
"""So that whoever comes after a flood does not wait for all of it to be swept up."""


@dataclass(frozen=True, slots=True)
class Browser:
    """One browser, known by a cookie whose value changes and whose owner does not."""

    id: str
    secret_hash: bytes = field(repr=False)
    """SHA-256 of the cookie's value."""
    human_id: str | None
    """Who is signed in; None before the first sign-in."""
    made_at_ms: int


class BrowserTable:
    """The browsers that came to a page."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def insert(self, browser: Browser) -> None:
        self._connection.execute(
            "insert into browser (id, secret_hash, human_id, made_at_ms) values (?, ?, ?, ?)",
            (browser.id, browser.secret_hash, browser.human_id, browser.made_at_ms),
        )

    def by_secret(self, secret_hash: bytes) -> Browser | None:
        row = self._connection.execute(
            "select id, secret_hash, human_id, made_at_ms from browser where secret_hash = ?",
            (secret_hash,),
        ).fetchone()
        return row and Browser(*row)

    def renew(self, browser_id: str, secret_hash: bytes) -> None:
        """Give the browser a new cookie. The old one is dead from here on."""
        self._connection.execute(
            "update browser set secret_hash = ? where id = ?", (secret_hash, browser_id)
        )

    def sign_in(self, browser_id: str, human_id: str) -> None:
        """Sign the human in, and let this browser use the human's e-mail again."""
        self._connection.execute(
            "update browser set human_id = ? where id = ?", (human_id, browser_id)
        )
        self._connection.execute(
            "insert into browser_of_human (human_id, browser_id) values (?, ?)"
            " on conflict do nothing",
            (human_id, browser_id),
        )

    def may_use(self, browser_id: str, human_id: str) -> bool:
        """Whether this browser has signed this human in before."""
        row = self._connection.execute(
            "select 1 from browser_of_human where human_id = ? and browser_id = ?",
            (human_id, browser_id),
        ).fetchone()
        return row is not None

    def forget_strangers(self, made_before_ms: int, keep: int) -> None:
        """Drop browsers that never signed anyone in, and the requests that they brought.

        Those made before then, and those that have ``keep`` newer browsers; only some at a time.
        """
        # Rowids grow with age, so that the first few strangers tell whether there are any to drop.
        self._connection.execute(
            "delete from browser where rowid in (select rowid from"
            " (select rowid, made_at_ms from browser where human_id is null order by rowid limit ?)"
            " where made_at_ms < ? or rowid <= (select max(rowid) from browser) - ?)",
            (_MOST_FORGOTTEN_AT_ONCE, made_before_ms, keep),
        )
