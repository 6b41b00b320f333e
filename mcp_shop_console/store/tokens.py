"""Access and refresh tokens, as they are stored: by their hash, never themselves.

May import model.

One approval makes one grant, whose code is redeemed once: so a grant is the family of all tokens
that descend from it, and a generation counts the refreshes since (RFC 9700 section 4.14.2).
"""

import sqlite3
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What an agent shows with each request (RFC 6750)."""

    token_hash: bytes = field(repr=False)
    grant_id: str
    generation: int
    """The refresh that made it; 0 for the code's own."""
    resource: str
    """The resource server that may accept it (RFC 8707)."""
    expires_at_ms: int


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """What an agent trades, once, for the next pair of tokens (RFC 6749 section 6)."""

    token_hash: bytes = field(repr=False)
    grant_id: str
    generation: int
    resource: str
    expires_at_ms: int
    """The same for all of a grant: a refresh does not make it live longer."""
    used_at_ms: int | None = None
    sealed_successors: bytes | None = field(default=None, repr=False)
    """The tokens it was traded for, encrypted under itself, for whom the answer never reached."""


class TokenTable:
    """The tokens that were issued."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def insert_access(self, token: AccessToken) -> None:
        self._connection.execute(
            "insert into access_token (token_hash, grant_id, generation, resource, expires_at_ms)"
            " values (?, ?, ?, ?, ?)",
            (
                token.token_hash,
                token.grant_id,
                token.generation,
                token.resource,
                token.expires_at_ms,
            ),
        )

    def access(self, token_hash: bytes) -> AccessToken | None:
        row = self._connection.execute(
            "select token_hash, grant_id, generation, resource, expires_at_ms"
            " from access_token where token_hash = ?",
            (token_hash,),
        ).fetchone()
        return row and AccessToken(*row)

    def insert_refresh(self, token: RefreshToken) -> None:
        self._connection.execute(
            "insert into refresh_token (token_hash, grant_id, generation, resource, expires_at_ms)"
            " values (?, ?, ?, ?, ?)",
            (
                token.token_hash,
                token.grant_id,
                token.generation,
                token.resource,
                token.expires_at_ms,
            ),
        )

    def refresh(self, token_hash: bytes) -> RefreshToken | None:
        row = self._connection.execute(
            "select token_hash, grant_id, generation, resource, expires_at_ms, used_at_ms,"
            " sealed_successors from refresh_token where token_hash = ?",
            (token_hash,),
        ).fetchone()
        return row and RefreshToken(*row)

    def use_refresh(self, token_hash: bytes, at_ms: int, sealed_successors: bytes) -> bool:
        """Trade the token in for its successors. False if it was: this one update decides."""
        changed = self._connection.execute(
            "update refresh_token set used_at_ms = ?, sealed_successors = ?"
            " where token_hash = ? and used_at_ms is null",
            (at_ms, sealed_successors, token_hash),
        )
        return changed.rowcount == 1

    def forget(self, grant_id: str, before_generation: int) -> None:
        """Drop what a refresh ends: older access tokens, and the seals of tokens now used."""
        self._connection.execute(
            "delete from access_token where grant_id = ? and generation < ?",
            (grant_id, before_generation),
        )
        self._connection.execute(
            "update refresh_token set sealed_successors = null"
            " where grant_id = ? and generation < ?",
            (grant_id, before_generation),
        )
