"""Grants and the consents they rest on, as they are stored.

May import model.
"""

import sqlite3

from mcp_shop_console.model.deputies import Agent, Deputy
from mcp_shop_console.model.grants import Consent, Grant
from mcp_shop_console.store.humans import human_from

_GRANT = (
    "select id, human_id, client_id, agent_name, redirect_host, redirect_uri, scopes, consent_id,"
    " created_at_ms, ended_at_ms from grant "
)
_DEPUTY = (
    "select h.id, h.name, h.email, h.is_verified, h.is_admin, g.client_id, g.agent_name,"
    " g.redirect_host, g.id, g.consent_id, g.scopes"
    " from grant g join human h on h.id = g.human_id where g.id = ?"
)


class GrantTable:
    """Who deputized which agent, and with which consent."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def insert(self, grant: Grant, consent: Consent) -> None:
        """Store a new grant and the consent that made it."""
        self._connection.execute(
            "insert into consent (id, human_id, client_id, text, text_sha256, at_ms)"
            " values (?, ?, ?, ?, ?, ?)",
            (
                consent.id,
                grant.human_id,
                grant.agent.client_id,
                consent.text,
                consent.text_sha256,
                consent.at_ms,
            ),
        )
        self._connection.execute(
            "insert into grant (id, human_id, client_id, agent_name, redirect_host, redirect_uri,"
            " scopes, consent_id, created_at_ms) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                grant.id,
                grant.human_id,
                grant.agent.client_id,
                grant.agent.name,
                grant.agent.redirect_host,
                grant.redirect_uri,
                _joined(grant.scopes),
                grant.consent_id,
                grant.created_at_ms,
            ),
        )

    def get(self, grant_id: str) -> Grant | None:
        row = self._connection.execute(_GRANT + "where id = ?", (grant_id,)).fetchone()
        return row and _grant_from(row)

    def of_human(self, human_id: str) -> list[Grant]:
        """Every grant this human ever made, oldest first."""
        rows = self._connection.execute(
            _GRANT + "where human_id = ? order by created_at_ms, id", (human_id,)
        )
        return [_grant_from(row) for row in rows]

    def live_of_client(self, client_id: str) -> list[Grant]:
        """Every grant of this client that has not ended, oldest first."""
        rows = self._connection.execute(
            _GRANT + "where client_id = ? and ended_at_ms is null order by created_at_ms, id",
            (client_id,),
        )
        return [_grant_from(row) for row in rows]

    def consent(self, consent_id: str) -> Consent | None:
        row = self._connection.execute(
            "select id, text, text_sha256, at_ms from consent where id = ?", (consent_id,)
        ).fetchone()
        return row and Consent(*row)

    def end(self, grant_id: str, at_ms: int) -> bool:
        """End the grant for good. Whether there was a live one to end."""
        changed = self._connection.execute(
            "update grant set ended_at_ms = ? where id = ? and ended_at_ms is null",
            (at_ms, grant_id),
        )
        return changed.rowcount == 1

    def deputy(self, grant_id: str) -> Deputy | None:
        """The deputy of a live grant."""
        row = self._connection.execute(
            _DEPUTY + " and g.ended_at_ms is null", (grant_id,)
        ).fetchone()
        return row and deputy_from(row)


def deputy_from(row: tuple[str, str, str, int, int, str, str, str, str, str, str]) -> Deputy:
    """A deputy from the five columns of a human, three of an agent, and grant, consent, scopes."""
    client_id, agent_name, redirect_host, grant_id, consent_id, scopes = row[5:]
    return Deputy(
        human_from(row[:5]),
        Agent(client_id, agent_name, redirect_host),
        grant_id,
        consent_id,
        frozenset(scopes.split()),
    )


def _joined(scopes: frozenset[str]) -> str:
    return " ".join(sorted(scopes))


def _grant_from(row: tuple[str, str, str, str, str, str, str, str, int, int | None]) -> Grant:
    return Grant(
        id=row[0],
        human_id=row[1],
        agent=Agent(client_id=row[2], name=row[3], redirect_host=row[4]),
        redirect_uri=row[5],
        scopes=frozenset(row[6].split()),
        consent_id=row[7],
        created_at_ms=row[8],
        ended_at_ms=row[9],
    )
