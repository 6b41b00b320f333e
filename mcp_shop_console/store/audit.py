"""The audit, as it is stored: append-only, hash-chained, personal data beside it.

May import model.
"""

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypedDict

from mcp_shop_console.model.audit import AuditEntry, AuditKind, Fact, Outcome
from mcp_shop_console.model.canonical import canonical_json
from mcp_shop_console.model.deputies import Agent, Call, Human, Rank, Session
from mcp_shop_console.store.humans import human_from

_FIRST_HASH = "0" * 64
_MAX_OUTSIDE_CHARACTERS = 256
_MAX_FACT_CHARACTERS = 2048
_CALL_COUNT = """
select (select count(*) from audit_entry where kind in
        ('call.answered', 'call.refused', 'order.placed', 'order.replayed'))
  + (select count(*) from audit_entry where kind in ('human.banned', 'human.pardoned')
     and json_extract(body, '$.call.id') is not null)
  - (select count(*) from audit_entry where kind = 'call.refused'
     and json_extract(body, '$.facts.count') is not null)
"""


class _Session(TypedDict):
    id: str
    agent_name: str
    agent_version: str
    protocol_version: str


class _Call(TypedDict):
    id: str
    tool: str
    session: _Session
    started_at_ms: int


class _Body(TypedDict):
    """The canonical form of an entry: what its hash covers."""

    seq: int
    at_ms: int
    kind: str
    actor: str
    outcome: str
    human_id: str
    agent: dict[str, str]
    grant_id: str
    consent_id: str
    call: _Call | None
    code: str
    facts: dict[str, Fact]
    private_sha256: dict[str, str]


class AuditTable:
    """Appends entries, and reads them back."""

    def __init__(self, connection: sqlite3.Connection, at_ms: int) -> None:
        self._connection = connection
        self._at_ms = at_ms
        self.appended: list[AuditEntry] = []
        """What was appended through this object, in order."""

    def append(
        self,
        kind: AuditKind,
        *,
        actor: Rank,
        outcome: Outcome = Outcome.ALLOWED,
        human: Human | None = None,
        agent: Agent | None = None,
        grant_id: str = "",
        consent_id: str = "",
        call: Call | None = None,
        code: str = "",
        facts: Mapping[str, Fact] | None = None,
        private: Mapping[str, str] | None = None,
    ) -> AuditEntry:
        """Append one entry to the chain, in the transaction of what it records."""
        last_seq, last_hash = self.head()
        entry = AuditEntry(
            seq=last_seq + 1,
            at_ms=self._at_ms,
            kind=kind,
            actor=actor,
            outcome=outcome,
            human=human,
            agent=agent and _storable_agent(agent),
            grant_id=grant_id,
            consent_id=consent_id,
            call=call and _storable_call(call),
            code=code,
            facts={name: _storable_fact(fact) for name, fact in (facts or {}).items()},
            private=private or {},
        )
        salts = {name: secrets.token_bytes(16) for name in entry.private}
        body = canonical_json(_body_of(entry, salts))
        entry = replace(entry, hash=chained(last_hash, body))
        self._connection.execute(
            "insert into audit_entry (seq, body, hash) values (?, ?, ?)",
            (entry.seq, body, entry.hash),
        )
        for name, value in entry.private.items():
            self._connection.execute(
                "insert into audit_private (seq, name, salt, value) values (?, ?, ?, ?)",
                (entry.seq, name, salts[name], value),
            )
        self.appended.append(entry)
        return entry

    def head(self) -> tuple[int, str]:
        """The newest entry's ``seq`` and hash; 0 and zeros before the first."""
        row = self._connection.execute(
            "select seq, hash from audit_entry order by seq desc limit 1"
        ).fetchone()
        return row or (0, _FIRST_HASH)

    def newest(self, limit: int) -> list[AuditEntry]:
        """The newest ``limit`` entries, oldest first."""
        rows = self._connection.execute(
            "select body, hash from audit_entry order by seq desc limit ?", (limit,)
        ).fetchall()
        return self._entries(reversed(rows))

    def of_kinds(self, kinds: frozenset[AuditKind], limit: int) -> list[AuditEntry]:
        """The newest ``limit`` entries of some kinds, oldest first."""
        marks = ", ".join("?" * len(kinds))
        rows = self._connection.execute(
            f"select body, hash from audit_entry where kind in ({marks}) order by seq desc limit ?",  # noqa: S608 - question marks
            (*sorted(kinds), limit),
        ).fetchall()
        return self._entries(reversed(rows))

    def call_count(self) -> int:
        """How many calls were decided: each has one entry, a flood one more that counts it."""
        return self._connection.execute(_CALL_COUNT).fetchone()[0]

    def newest_about_human(self, kind: AuditKind, human_id: str) -> AuditEntry | None:
        """The newest entry of a kind about a human."""
        return self._newest_where("$.human_id", kind, human_id)

    def newest_about_grant(self, kind: AuditKind, grant_id: str) -> AuditEntry | None:
        return self._newest_where("$.grant_id", kind, grant_id)

    def erase(self, seq: int) -> None:
        """Forget the personal data of an entry. The chain holds on: it has only their hashes."""
        self._connection.execute("update audit_private set value = null where seq = ?", (seq,))

    def first_broken(self) -> int | None:
        """The ``seq`` of the first entry that is not as it was recorded, None if all are."""
        expected_seq, last_hash = 1, _FIRST_HASH
        for seq, body, digest in self._connection.execute(
            "select seq, body, hash from audit_entry order by seq"
        ):
            if seq != expected_seq or digest != chained(last_hash, body):
                return expected_seq
            if not self._holds_private(seq, json.loads(body)):
                return seq
            expected_seq, last_hash = seq + 1, digest
        return None

    def _holds_private(self, seq: int, body: _Body) -> bool:
        """Whether the personal data of an entry is what was recorded, or erased."""
        rows = self._connection.execute(
            "select name, salt, value from audit_private where seq = ?", (seq,)
        ).fetchall()
        recorded = body["private_sha256"]
        return recorded.keys() == {name for name, _, _ in rows} and all(
            value is None or recorded[name] == _salted(salt, value) for name, salt, value in rows
        )

    def _newest_where(self, field: str, kind: AuditKind, value: str) -> AuditEntry | None:
        rows = self._connection.execute(
            "select body, hash from audit_entry where kind = ? and json_extract(body, ?) = ?"
            " order by seq desc limit 1",
            (kind.value, field, value),
        ).fetchall()
        return next(iter(self._entries(rows)), None)

    def _entries(self, rows: Iterable[tuple[str, str]]) -> list[AuditEntry]:
        humans: dict[str, Human | None] = {"": None}
        return [self._entry(json.loads(body), digest, humans) for body, digest in rows]

    def _entry(self, body: _Body, digest: str, humans: dict[str, Human | None]) -> AuditEntry:
        human_id = body["human_id"]
        if human_id not in humans:
            humans[human_id] = self._human(human_id)
        return AuditEntry(
            seq=body["seq"],
            at_ms=body["at_ms"],
            kind=AuditKind(body["kind"]),
            actor=Rank[body["actor"].upper()],
            outcome=Outcome(body["outcome"]),
            human=humans[human_id],
            agent=Agent(**body["agent"]) if body["agent"] else None,
            grant_id=body["grant_id"],
            consent_id=body["consent_id"],
            call=_call_from(body["call"]),
            code=body["code"],
            facts=body["facts"],
            private=self._private(body["seq"]) if body["private_sha256"] else {},
            hash=digest,
        )

    def _human(self, human_id: str) -> Human | None:
        row = self._connection.execute(
            "select id, name, email, is_verified, is_admin from human where id = ?", (human_id,)
        ).fetchone()
        return row and human_from(row)

    def _private(self, seq: int) -> dict[str, str]:
        rows = self._connection.execute(
            "select name, value from audit_private where seq = ? and value is not null", (seq,)
        )
        return dict(rows.fetchall())


def chained(previous_hash: str, body: str) -> str:
    """The hash of an entry: SHA-256 over the previous entry's hash and its own canonical form."""
    return hashlib.sha256(previous_hash.encode("ascii") + body.encode("utf-8")).hexdigest()


def _body_of(entry: AuditEntry, salts: Mapping[str, bytes]) -> _Body:
    agent = entry.agent
    private_sha256 = {name: _salted(salts[name], value) for name, value in entry.private.items()}
    return {
        "seq": entry.seq,
        "at_ms": entry.at_ms,
        "kind": entry.kind.value,
        "actor": entry.actor.word,
        "outcome": entry.outcome.value,
        "human_id": entry.human.id if entry.human else "",
        "agent": _agent_body(agent) if agent else {},
        "grant_id": entry.grant_id,
        "consent_id": entry.consent_id,
        "call": _call_body(entry.call),
        "code": entry.code,
        "facts": dict(entry.facts),
        "private_sha256": private_sha256,
    }


def _agent_body(agent: Agent) -> dict[str, str]:
    return {
        "client_id": agent.client_id,
        "name": agent.name,
        "redirect_host": agent.redirect_host,
    }


def _salted(salt: bytes, value: str) -> str:
    return hashlib.sha256(salt + value.encode("utf-8")).hexdigest()


def _call_body(call: Call | None) -> _Call | None:
    if call is None:
        return None
    session = call.session
    return {
        "id": call.id,
        "tool": call.tool,
        "session": {
            "id": session.id,
            "agent_name": session.agent_name,
            "agent_version": session.agent_version,
            "protocol_version": session.protocol_version,
        },
        "started_at_ms": call.started_at_ms,
    }


def _call_from(body: _Call | None) -> Call | None:
    if body is None:
        return None
    return Call(body["id"], body["tool"], Session(**body["session"]), body["started_at_ms"])


def _storable_agent(agent: Agent) -> Agent:
    return Agent(agent.client_id, _storable(agent.name), _storable(agent.redirect_host))


def _storable_call(call: Call) -> Call:
    session = Session(
        call.session.id,
        _storable(call.session.agent_name),
        _storable(call.session.agent_version),
        _storable(call.session.protocol_version),
    )
    return Call(call.id, _storable(call.tool), session, call.started_at_ms)


def _storable_fact(fact: Fact) -> Fact:
    return _storable(fact, _MAX_FACT_CHARACTERS) if isinstance(fact, str) else fact


def _storable(text: str, limit: int = _MAX_OUTSIDE_CHARACTERS) -> str:
    """Outside text cut to a sane length, and without the lone surrogates no encoding takes."""
    return text[:limit].encode("utf-8", "replace").decode("utf-8")
