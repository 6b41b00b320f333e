"""Redeeming an authorization code, once (RFC 6749 section 4.1.3, RFC 7636 section 4.6).

May import authority, model and store.
"""

from dataclasses import dataclass, field

from mcp_shop_console.authority import end_grant
from mcp_shop_console.authorization_server.credentials import hash_of
from mcp_shop_console.authorization_server.errors import OAuthError
from mcp_shop_console.authorization_server.issuance import Family, Tokens, issue
from mcp_shop_console.authorization_server.pkce import is_verified
from mcp_shop_console.authorization_server.policy import Policy
from mcp_shop_console.model.audit import AuditKind, Outcome
from mcp_shop_console.model.deputies import Deputy, Rank
from mcp_shop_console.store.authorizations import AuthorizationCode
from mcp_shop_console.store.clients import Client
from mcp_shop_console.store.transaction import Transaction

MAX_VERIFIER_FAILURES = 3


@dataclass(frozen=True, slots=True)
class Redemption:
    """What a client brings to have a code redeemed."""

    client: Client
    code: str = field(repr=False)
    redirect_uri: str
    """Empty where none was sent."""
    verifier: str = field(repr=False)


def redeem(redemption: Redemption, policy: Policy, tx: Transaction) -> Tokens | OAuthError:
    """The tokens of the grant behind the code, or the standard's no: a value, as it is recorded."""
    code = tx.authorizations.code(hash_of(redemption.code))
    if code is None or code.client_id != redemption.client.id:
        # Nothing more for another client: else it could end what it does not own.
        return _invalid_grant()
    deputy = tx.grants.deputy(code.grant_id)
    if code.used_at_ms is None and not _is_redeemable(tx, code, redemption, deputy):
        return _invalid_grant()
    if deputy is None or not tx.authorizations.use_code(code.code_hash, tx.now_ms):
        end_grant(tx, code.grant_id, actor=Rank.SYSTEM, kind=AuditKind.CODE_REPLAYED)
        return _invalid_grant()
    return _issue_first(tx, redemption.client, code, deputy, policy)


def _is_redeemable(
    tx: Transaction, code: AuthorizationCode, redemption: Redemption, deputy: Deputy | None
) -> bool:
    expected_uri = code.redirect_uri if code.is_redirect_uri_given else ""
    if (
        deputy is None
        or tx.now_ms > code.expires_at_ms
        or code.failures >= MAX_VERIFIER_FAILURES
        or redemption.redirect_uri not in (code.redirect_uri, expected_uri)
    ):
        return False
    if is_verified(redemption.verifier, code.code_challenge):
        return True
    _record_failure(tx, code, deputy)
    return False


def _record_failure(tx: Transaction, code: AuthorizationCode, deputy: Deputy) -> None:
    failures = tx.authorizations.count_failure(code.code_hash)
    tx.audit.append(
        AuditKind.CODE_VERIFIER_FAILED,
        actor=Rank.SYSTEM,
        outcome=Outcome.REFUSED,
        human=deputy.human,
        agent=deputy.agent,
        grant_id=deputy.grant_id,
        consent_id=deputy.consent_id,
        code="invalid_grant",
        facts={"failures": failures, "is_dead": failures >= MAX_VERIFIER_FAILURES},
    )


def _issue_first(
    tx: Transaction, client: Client, code: AuthorizationCode, deputy: Deputy, policy: Policy
) -> Tokens:
    family = Family(
        deputy=deputy,
        resource=code.resource,
        expires_at_ms=tx.now_ms + policy.refresh_token_seconds * 1000,
        is_renewable="refresh_token" in client.grant_types,
    )
    tokens = issue(tx, family, 0, policy)
    tx.audit.append(
        AuditKind.TOKEN_ISSUED,
        actor=Rank.SYSTEM,
        human=deputy.human,
        agent=deputy.agent,
        grant_id=deputy.grant_id,
        consent_id=deputy.consent_id,
        facts={
            "expires_in_seconds": tokens.expires_in_seconds,
            "is_renewable": family.is_renewable,
        },
    )
    return tokens


def _invalid_grant() -> OAuthError:
    return OAuthError(
        "invalid_grant",
        "The code is unknown, expired or used, or the verifier or redirect URI is another.",
    )
