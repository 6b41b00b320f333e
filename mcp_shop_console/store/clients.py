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


_CLIENT = (
    "select id, name, redirect_uris, auth_method, secret_hash, scopes, grant_types,"
    " registered_at_ms from client"
)
_UNUSED = "not exists (select 1 from grant where grant.client_id = client.id)"


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
        row = self._connection.execute(f"{_CLIENT} where id = ?", (client_id,)).fetchone()
        return row and _client_from(row)

    def update(self, client: Client) -> None:
        """Put other metadata in the place of a client's own. Its id and age stay."""
        self._connection.execute(
            "update client set name = ?, redirect_uris = ?, auth_method = ?, secret_hash = ?,"
            " scopes = ?, grant_types = ? where id = ?",
            (
                client.name,
                json.dumps(client.redirect_uris),
                client.auth_method.value,
                client.secret_hash,
                " ".join(sorted(client.scopes)),
                " ".join(sorted(client.grant_types)),
                client.id,
            ),
        )

    def remove(self, client_id: str) -> None:
        """Forget a client, what it asked for and the codes it was given. Its grants stay."""
        for table in ("authorization_request", "authorization_code"):
            self._connection.execute(f"delete from {table} where client_id = ?", (client_id,))  # noqa: S608 - our own names
        self._connection.execute("delete from client where id = ?", (client_id,))

    def let_manage(self, client_id: str, token_hash: bytes) -> None:
        """Store the token with which the client may manage its registration."""
        self._connection.execute(
            "insert into registration_token (client_id, token_hash) values (?, ?)",
            (client_id, token_hash),
        )

    def registration_token_hash(self, client_id: str) -> bytes | None:
        """SHA-256 of the client's registration access token; None if it has none."""
        row = self._connection.execute(
            "select token_hash from registration_token where client_id = ?", (client_id,)
        ).fetchone()
        return row and row[0]

    def note_document(self, client_id: str, at_ms: int) -> None:
        """Note when the metadata document of a client was read."""
        self._connection.execute(
            "insert into client_document (client_id, read_at_ms) values (?, ?)"
            " on conflict (client_id) do update set read_at_ms = excluded.read_at_ms",
            (client_id, at_ms),
        )

    def document_read_at(self, client_id: str) -> int | None:
        """When the metadata document of a client was read, in milliseconds UTC."""
        row = self._connection.execute(
            "select read_at_ms from client_document where client_id = ?", (client_id,)
        ).fetchone()
        return row and row[0]

    def was_granted_anything(self, client_id: str) -> bool:
        """Whether any human ever deputized this client."""
        row = self._connection.execute(
            "select 1 from grant where client_id = ? limit 1", (client_id,)
        ).fetchone()
        return row is not None

    def unused(self, registered_before_ms: int, limit: int) -> list[Client]:
        """The oldest clients that nobody ever deputized, of those registered before then."""
        rows = self._connection.execute(
            f"{_CLIENT} where registered_at_ms < ? and {_UNUSED} order by registered_at_ms limit ?",
            (registered_before_ms, limit),
        )
        return [_client_from(row) for row in rows]

    def count_unused(self) -> int:
        """How many clients there are that nobody ever deputized."""
        return self._connection.execute(
            f"select count(*) from client where {_UNUSED}"  # noqa: S608 - our own words
        ).fetchone()[0]


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
