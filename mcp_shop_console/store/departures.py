"""Humans who are away at the OpenID provider, as they are stored.

May import the standard library only.
"""

import sqlite3
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Departure:
    """One way to the provider, which leads back once."""

    state_hash: bytes = field(repr=False)
    """SHA-256 of the state, by which the provider's answer is known."""
    request_id: str
    """The authorization request for which the human signs in, and so the browser."""
    sealed_secrets: bytes = field(repr=False)
    """The PKCE verifier and the nonce, which only the state opens."""


class DepartureTable:
    """The ways to the provider that have not led back yet."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def insert(self, departure: Departure) -> None:
        """Keep it, instead of the same request's departure before it."""
        self._connection.execute(
            "insert into departure (state_hash, request_id, sealed_secrets) values (?, ?, ?)"
            " on conflict (request_id) do update set"
            " state_hash = excluded.state_hash, sealed_secrets = excluded.sealed_secrets",
            (departure.state_hash, departure.request_id, departure.sealed_secrets),
        )

    def take(self, state_hash: bytes) -> Departure | None:
        """Hand it over for good: whoever comes with the same state again finds nothing."""
        row = self._connection.execute(
            "delete from departure where state_hash = ?"
            " returning state_hash, request_id, sealed_secrets",
            (state_hash,),
        ).fetchone()
        return row and Departure(*row)
