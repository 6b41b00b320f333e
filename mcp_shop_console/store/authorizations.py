"""Authorization requests and the codes that answer them, as they are stored.

May import model.
"""

import sqlite3
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What a client asked for at the authorization endpoint (RFC 6749 section 4.1.1).

    It is kept here and never travels through the pages, so nothing on them can change it.
    """

    id: str
    browser_id: str
    """The browser that brought it: no other may answer it."""
    client_id: str
    redirect_uri: str
    is_redirect_uri_given: bool
    """Whether the request named it, so that the token request must too."""
    state: str | None = field(repr=False)
    """The client's own value, handed back as it came; None where none was sent."""
    scopes: frozenset[str]
    resource: str
    code_challenge: str
    issuer: str
    """The origin that was asked, and is named in the redirect (RFC 9207)."""
    made_at_ms: int
    answered_at_ms: int | None = None
    """When the human approved or denied; None while it waits."""


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """The short-lived proof that a human approved (RFC 6749 section 4.1.2)."""

    code_hash: bytes = field(repr=False)
    grant_id: str
    client_id: str
    redirect_uri: str
    is_redirect_uri_given: bool
    resource: str
    code_challenge: str
    expires_at_ms: int
    used_at_ms: int | None = None
    failures: int = 0
    """How often a wrong verifier came with it."""


class AuthorizationTable:
    """Authorization requests that wait for a human, and the codes made of approved ones."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def insert_request(self, request: AuthorizationRequest) -> None:
        self._connection.execute(
            "insert into authorization_request (id, browser_id, client_id, redirect_uri,"
            " is_redirect_uri_given, state, scopes, resource, code_challenge, issuer, made_at_ms)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                request.id,
                request.browser_id,
                request.client_id,
                request.redirect_uri,
                request.is_redirect_uri_given,
                request.state,
                " ".join(sorted(request.scopes)),
                request.resource,
                request.code_challenge,
                request.issuer,
                request.made_at_ms,
            ),
        )

    def request(self, request_id: str) -> AuthorizationRequest | None:
        row = self._connection.execute(
            "select id, browser_id, client_id, redirect_uri, is_redirect_uri_given, state, scopes,"
            " resource, code_challenge, issuer, made_at_ms, answered_at_ms"
            " from authorization_request where id = ?",
            (request_id,),
        ).fetchone()
        return row and _request_from(row)

    def answer(self, request_id: str, at_ms: int) -> bool:
        """Mark the request as answered. False if it was already."""
        changed = self._connection.execute(
            "update authorization_request set answered_at_ms = ?"
            " where id = ? and answered_at_ms is null",
            (at_ms, request_id),
        )
        return changed.rowcount == 1

    def forget_waiting(self, client_id: str) -> None:
        """Drop the requests of a client that no human has answered."""
        self._connection.execute(
            "delete from authorization_request where client_id = ? and answered_at_ms is null",
            (client_id,),
        )

    def forget_requests(self, made_before_ms: int, keep: int) -> None:
        """Drop requests that nobody can answer any more, and all but the newest ``keep``."""
        # A new row gets the highest rowid: so this counts without looking at them all.
        self._connection.execute(
            "delete from authorization_request where made_at_ms < ?"
            " or rowid <= (select max(rowid) from authorization_request) - ?",
            (made_before_ms, keep),
        )

    def insert_code(self, code: AuthorizationCode) -> None:
        self._connection.execute(
            "insert into authorization_code (code_hash, grant_id, client_id, redirect_uri,"
            " is_redirect_uri_given, resource, code_challenge, expires_at_ms)"
            " values (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                code.code_hash,
                code.grant_id,
                code.client_id,
                code.redirect_uri,
                code.is_redirect_uri_given,
                code.resource,
                code.code_challenge,
                code.expires_at_ms,
            ),
        )

    def code(self, code_hash: bytes) -> AuthorizationCode | None:
        row = self._connection.execute(
            "select code_hash, grant_id, client_id, redirect_uri, is_redirect_uri_given, resource,"
            " code_challenge, expires_at_ms, used_at_ms, failures"
            " from authorization_code where code_hash = ?",
            (code_hash,),
        ).fetchone()
        return row and _code_from(row)

    def use_code(self, code_hash: bytes, at_ms: int) -> bool:
        """Use the code up. False if it was: this one update decides who redeems it."""
        changed = self._connection.execute(
            "update authorization_code set used_at_ms = ?"
            " where code_hash = ? and used_at_ms is null",
            (at_ms, code_hash),
        )
        return changed.rowcount == 1

    def count_failure(self, code_hash: bytes) -> int:
        """Note that a wrong verifier came with the code; how many have by now."""
        row = self._connection.execute(
            "update authorization_code set failures = failures + 1 where code_hash = ?"
            " returning failures",
            (code_hash,),
        ).fetchone()
        return row[0]


def _request_from(
    row: tuple[str, str, str, str, int, str | None, str, str, str, str, int, int | None],
) -> AuthorizationRequest:
    return AuthorizationRequest(
        id=row[0],
        browser_id=row[1],
        client_id=row[2],
        redirect_uri=row[3],
        is_redirect_uri_given=bool(row[4]),
        state=row[5],
        scopes=frozenset(row[6].split()),
        resource=row[7],
        code_challenge=row[8],
        issuer=row[9],
        made_at_ms=row[10],
        answered_at_ms=row[11],
    )


def _code_from(
    row: tuple[bytes, str, str, str, int, str, str, int, int | None, int],
) -> AuthorizationCode:
    return AuthorizationCode(
        code_hash=row[0],
        grant_id=row[1],
        client_id=row[2],
        redirect_uri=row[3],
        is_redirect_uri_given=bool(row[4]),
        resource=row[5],
        code_challenge=row[6],
        expires_at_ms=row[7],
        used_at_ms=row[8],
        failures=row[9],
    )
