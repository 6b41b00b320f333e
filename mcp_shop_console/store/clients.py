"""Registered OAuth clients, as they are stored.

May import model.
"""

import json
import sqlite3
from dataclasses import dataclass, field
from enum import StrEnum


class AuthMethod(StrEnum):
    """How a client proves at the token endpoint that it is itself (RFC 7591 section 2)."""

    NONE = "none"
    CLIENT_SECRET_POST = "client_secret_post"
    CLIENT_SECRET_BASIC = "client_secret_basic"


@dataclass(frozen=True, slots=True)
class Client:
    """A program that registered itself (RFC 7591): an agent, before anyone deputized it."""

    id: str
    name: str
    """As sent: a claim, and outside text. Empty where none was sent."""
    redirect_uris: tuple[str, ...]
    """As sent, at least one."""
    auth_method: AuthMethod
    secret_hash: bytes | None = field(repr=False)
    """SHA-256 of the client secret; None for a public client."""
    scopes: frozenset[str]
    """What it may ask for."""
    grant_types: frozenset[str]
    registered_at_ms: int
    """Milliseconds UTC."""


class ClientTable:
    """Who registered."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def insert(self, client: Client) -> None:
        self._connection.execute(
            "insert into client (id, name, redirect_uris, auth_method, secret_hash, scopes,"
            " grant_types, registered_at_ms) values (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                client.id,
                client.name,
                json.dumps(client.redirect_uris),
                client.auth_method.value,
                client.secret_hash,
                " ".join(sorted(client.scopes)),
                " ".join(sorted(client.grant_types)),
                client.registered_at_ms,
            ),
        )

    def get(self, client_id: str) -> Client | None:
        row = self._connection.execute(
            "select id, name, redirect_uris, auth_method, secret_hash, scopes, grant_types,"
            " registered_at_ms from client where id = ?",
            (client_id,),
        ).fetchone()
        return row and _client_from(row)


def _client_from(row: tuple[str, str, str, str, bytes | None, str, str, int]) -> Client:
    return Client(
        id=row[0],
        name=row[1],
        redirect_uris=tuple(json.loads(row[2])),
        auth_method=AuthMethod(row[3]),
        secret_hash=row[4],
        scopes=frozenset(row[5].split()),
        grant_types=frozenset(row[6].split()),
        registered_at_ms=row[7],
    )
