"""The bans in force, as they are stored. No row is a normal standing.

May import model.
"""

import sqlite3
from dataclasses import dataclass

from mcp_shop_console.model.deputies import Rank


@dataclass(frozen=True, slots=True)
class Ruling:
    """Everything that decides whether a deputy is served, read in one query."""

    is_live: bool
    """Whether the grant exists and has not ended."""
    human_ban: Rank | None
    """The rank that banned the human, None if nobody did."""
    grant_ban: Rank | None

    @property
    def is_banned(self) -> bool:
        return self.human_ban is not None or self.grant_ban is not None


class BanTable:
    """Bans of humans, which hold for every deputy of theirs, and of single grants."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def ruling(self, human_id: str, grant_id: str) -> Ruling:
        """The standing of one deputy."""
        row = self._connection.execute(
            "select exists (select 1 from grant where id = :grant and ended_at_ms is null),"
            " (select rank from ban where target = 'human' and target_id = :human),"
            " (select rank from ban where target = 'grant' and target_id = :grant)",
            {"human": human_id, "grant": grant_id},
        ).fetchone()
        return Ruling(bool(row[0]), _rank(row[1]), _rank(row[2]))

    def of_human(self, human_id: str) -> Rank | None:
        """The rank that banned this human, None if nobody did."""
        return self._of("human", human_id)

    def of_grant(self, grant_id: str) -> Rank | None:
        return self._of("grant", grant_id)

    def banned_humans(self) -> list[str]:
        return self._all("human")

    def banned_grants(self) -> list[str]:
        return self._all("grant")

    def ban_human(self, human_id: str, rank: Rank, at_ms: int) -> None:
        """Ban, or raise a lower rank's ban to ``rank``."""
        self._ban("human", human_id, rank, at_ms)

    def ban_grant(self, grant_id: str, rank: Rank, at_ms: int) -> None:
        self._ban("grant", grant_id, rank, at_ms)

    def lift_human(self, human_id: str) -> None:
        self._lift("human", human_id)

    def lift_grant(self, grant_id: str) -> None:
        self._lift("grant", grant_id)

    def lift_all(self) -> int:
        """Lift every ban. How many there were."""
        return self._connection.execute("delete from ban").rowcount

    def _of(self, target: str, target_id: str) -> Rank | None:
        row = self._connection.execute(
            "select rank from ban where target = ? and target_id = ?", (target, target_id)
        ).fetchone()
        return _rank(row[0]) if row else None

    def _all(self, target: str) -> list[str]:
        rows = self._connection.execute(
            "select target_id from ban where target = ? order by target_id", (target,)
        )
        return [row[0] for row in rows]

    def _ban(self, target: str, target_id: str, rank: Rank, at_ms: int) -> None:
        self._connection.execute(
            "insert into ban (target, target_id, rank, at_ms) values (?, ?, ?, ?)"
            " on conflict (target, target_id) do update"
            " set rank = excluded.rank, at_ms = excluded.at_ms where excluded.rank > rank",
            (target, target_id, rank, at_ms),
        )

    def _lift(self, target: str, target_id: str) -> None:
        self._connection.execute(
            "delete from ban where target = ? and target_id = ?", (target, target_id)
        )


def _rank(value: int | None) -> Rank | None:
    return None if value is None else Rank(value)
