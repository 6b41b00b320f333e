"""Who has a deputy here, and which of them are connected now.

May import model.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from mcp_shop_console.control_room.rows import UNKNOWN_SESSION, SessionRow
from mcp_shop_console.model.deputies import Agent, Human, Session

_MOST_ROWS_OF_A_GRANT = 8
"""An agent may name another program each time. It gets so many rows, and no more."""


class SessionBook:
    """One row for each grant and client program, in the order in which they first came."""

    def __init__(self, most_rows: int) -> None:
        self._rows: dict[str, SessionRow] = {}
        self._keys_of_grant: dict[str, list[str]] = {}
        self._key_of_session: dict[str, str] = {}
        self._hosts: dict[tuple[str, str], dict[str, str]] = {}
        """Redirect hosts by grant, of each human's agents of each name."""
        self._most_rows = most_rows
        self._made = 0

    def __iter__(self) -> Iterator[SessionRow]:
        return iter(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, key: str) -> SessionRow | None:
        return self._rows.get(key)

    def hosts(self, human: Human | None, agent: Agent | None) -> Mapping[str, str]:
        """By grant, the redirect hosts of this human's agents of this name."""
        return self._hosts.get((human.id, agent.name), {}) if human and agent else {}

    @property
    def live_count(self) -> int:
        """How many connections there are now."""
        return len(self._key_of_session)

    def meet(
        self,
        human: Human | None,
        agent: Agent | None,
        grant_id: str,
        consent_id: str,
        session: Session,
        at_ms: int,
    ) -> str:
        """Note a sign of life of a deputy. Returns the key of its row."""
        row = self._find(grant_id, session) or self._new(grant_id, session, at_ms)
        self._rows[row.key] = replace(
            row,
            human=human or row.human,
            agent=agent or row.agent,
            consent_id=consent_id or row.consent_id,
            session=session if session.agent_name or session.protocol_version else row.session,
            seen_at_ms=max(at_ms, row.seen_at_ms),
        )
        if human and agent:
            self._hosts.setdefault((human.id, agent.name), {})[grant_id] = agent.redirect_host
        return row.key

    def connect(self, key: str, session_id: str) -> None:
        """Note that ``session_id`` is a connection of the row ``key``."""
        if not session_id or self._key_of_session.get(session_id) == key:
            return
        self.end(session_id)
        self._key_of_session[session_id] = key
        row = self._rows[key]
        self._rows[key] = replace(row, live=row.live | {session_id})

    def end(self, session_id: str) -> None:
        key = self._key_of_session.pop(session_id, None)
        row = self._rows.get(key) if key else None
        if row is not None:
            self._rows[row.key] = replace(row, live=row.live - {session_id})

    def end_all(self) -> None:
        for session_id in list(self._key_of_session):
            self.end(session_id)

    def count_call(self, key: str) -> None:
        row = self._rows[key]
        self._rows[key] = replace(row, calls=row.calls + 1)

    def _find(self, grant_id: str, session: Session) -> SessionRow | None:
        """The row of this client program, else one whose program is not known yet."""
        rows = [self._rows[key] for key in self._keys_of_grant.get(grant_id, ())]
        for row in rows:
            if _program(row.session) in (_program(session), _program(UNKNOWN_SESSION)):
                return row
        is_nameless = _program(session) == _program(UNKNOWN_SESSION)
        return rows[-1] if rows and (is_nameless or len(rows) >= _MOST_ROWS_OF_A_GRANT) else None

    def _new(self, grant_id: str, session: Session, at_ms: int) -> SessionRow:
        if len(self._rows) >= self._most_rows:
            self._forget(min(self, key=lambda row: (bool(row.live), row.seen_at_ms)))
        self._made += 1
        row = SessionRow(
            key=f"session-{self._made}",
            human=None,
            agent=None,
            grant_id=grant_id,
            consent_id="",
            session=session,
            live=frozenset(),
            calls=0,
            seen_at_ms=at_ms,
        )
        self._rows[row.key] = row
        self._keys_of_grant.setdefault(grant_id, []).append(row.key)
        return row

    def _forget(self, row: SessionRow) -> None:
        for session_id in row.live:
            del self._key_of_session[session_id]
        del self._rows[row.key]
        keys = self._keys_of_grant[row.grant_id]
        keys.remove(row.key)
        if not keys:
            del self._keys_of_grant[row.grant_id]
            self._forget_host(row)

    def _forget_host(self, row: SessionRow) -> None:
        if row.human is None or row.agent is None:
            return
        of_name = (row.human.id, row.agent.name)
        hosts = self._hosts.get(of_name, {})
        hosts.pop(row.grant_id, None)
        if not hosts:
            self._hosts.pop(of_name, None)


def _program(session: Session) -> tuple[str, str, str]:
    return (session.agent_name, session.agent_version, session.protocol_version)
