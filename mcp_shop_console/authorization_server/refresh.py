"""Refreshing: a refresh token is traded, once, for the next tokens (RFC 9700 section 4.14.2).

May import authority, model and store.

A token that comes twice was stolen, or its answer was lost. The second is told by this: soon after,
and while nobody has used what it was traded for. Then the very same answer is given again.
"""

from dataclasses import dataclass, field

from mcp_shop_console.authority import end_grant
from mcp_shop_console.authorization_server.credentials import hash_of, seal, unseal
from mcp_shop_console.authorization_server.errors import OAuthError
from mcp_shop_console.authorization_server.issuance import Family, Tokens, issue
from mcp_shop_console.authorization_server.policy import Policy
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Deputy, Rank
from mcp_shop_console.store.clients import Client
from mcp_shop_console.store.tokens import RefreshToken
from mcp_shop_console.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Refresh:
    """What a client brings for new tokens."""

    client: Client
    refresh_token: str = field(repr=False)
    scopes: frozenset[str]
    """What it names: never more than was granted, and what was granted is what it gets."""


def refresh(asked: Refresh, policy: Policy, tx: Transaction) -> Tokens | OAuthError:
    """The next tokens, or the standard's no: a value, as it is recorded."""
    token = tx.tokens.refresh(hash_of(asked.refresh_token))
    deputy = tx.grants.deputy(token.grant_id) if token else None
    if token is None or deputy is None or deputy.agent.client_id != asked.client.id:
        return _invalid_grant()
    if not asked.scopes <= deputy.scopes:
        return OAuthError("invalid_scope", "A refresh does not ask for more than was granted.")
    if tx.now_ms > token.expires_at_ms:
        return _invalid_grant()
    if token.used_at_ms is None:
        return _rotate(tx, asked, token, deputy, policy)
    return _repeated(tx, asked, token, deputy, policy) or _reused(tx, token)


def _rotate(
    tx: Transaction, asked: Refresh, token: RefreshToken, deputy: Deputy, policy: Policy
) -> Tokens:
    family = Family(deputy, token.resource, token.expires_at_ms, is_renewable=True)
    tokens = issue(tx, family, token.generation + 1, policy)
    ends_at_ms = tx.now_ms + tokens.expires_in_seconds * 1000
    successors = f"{tokens.access_token} {tokens.refresh_token} {ends_at_ms}"
    sealed = seal(successors, asked.refresh_token)
    tx.tokens.use_refresh(token.token_hash, tx.now_ms, sealed)
    tx.tokens.forget(token.grant_id, before_generation=token.generation)
    tx.audit.append(
        AuditKind.TOKEN_REFRESHED,
        actor=Rank.SYSTEM,
        human=deputy.human,
        agent=deputy.agent,
        grant_id=deputy.grant_id,
        consent_id=deputy.consent_id,
        facts={
            "generation": token.generation + 1,
            "expires_in_seconds": tokens.expires_in_seconds,
        },
    )
    return tokens


def _repeated(
    tx: Transaction, asked: Refresh, token: RefreshToken, deputy: Deputy, policy: Policy
) -> Tokens | None:
    """The answer that this token brought before, if it may be given again."""
    latest_ms = (token.used_at_ms or 0) + policy.repeat_seconds * 1000
    # The seal is gone once a successor was used: see the rotation.
    if tx.now_ms > latest_ms or token.sealed_successors is None:
        return None
    successors = unseal(token.sealed_successors, asked.refresh_token)
    if successors is None:
        return None
    access_token, refresh_token, ends_at_ms = successors.split()
    expires_in_seconds = max(0, int(ends_at_ms) - tx.now_ms) // 1000
    return Tokens(access_token, refresh_token, expires_in_seconds, deputy.scopes)


def _reused(tx: Transaction, token: RefreshToken) -> OAuthError:
    end_grant(
        tx,
        token.grant_id,
        actor=Rank.SYSTEM,
        kind=AuditKind.TOKEN_REUSED,
        facts={"generation": token.generation},
    )
    return _invalid_grant()


def _invalid_grant() -> OAuthError:
    return OAuthError(
        "invalid_grant",
        "The refresh token is unknown, expired, revoked or used. Ask the human again.",
    )
