"""Issuing tokens: one pair for a grant, and the next one for each refresh.

May import model and store.
"""

from dataclasses import dataclass, field

from mcp_shop_console.authorization_server.credentials import hash_of, new_secret
from mcp_shop_console.authorization_server.policy import Policy
from mcp_shop_console.authorization_server.scopes import scope_text
from mcp_shop_console.model.deputies import Deputy
from mcp_shop_console.store.tokens import AccessToken, RefreshToken
from mcp_shop_console.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a token request brings (RFC 6749 section 5.1)."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    """Empty for a client that did not register to refresh."""
    expires_in_seconds: int
    scopes: frozenset[str]

    @property
    def answer(self) -> dict[str, str | int]:
        """The body of the response."""
        answer: dict[str, str | int] = {
            "access_token": self.access_token,
            "token_type": "Bearer",
            "expires_in": self.expires_in_seconds,
            "scope": scope_text(self.scopes),
        }
        return answer | ({"refresh_token": self.refresh_token} if self.refresh_token else {})


@dataclass(frozen=True, slots=True)
class Family:
    """What the tokens of one grant have in common."""

    deputy: Deputy
    resource: str
    expires_at_ms: int
    """When the last of them ends, however often they are refreshed."""
    is_renewable: bool


def issue(tx: Transaction, family: Family, generation: int, policy: Policy) -> Tokens:
    """Make the tokens of one generation."""
    access_token, refresh_token = new_secret(), new_secret() if family.is_renewable else ""
    grant_id, resource = family.deputy.grant_id, family.resource
    ends_at_ms = min(tx.now_ms + policy.access_token_seconds * 1000, family.expires_at_ms)
    tx.tokens.insert_access(
        AccessToken(hash_of(access_token), grant_id, generation, resource, ends_at_ms)
    )
    if refresh_token:
        tx.tokens.insert_refresh(
            RefreshToken(
                hash_of(refresh_token), grant_id, generation, resource, family.expires_at_ms
            )
        )
    expires_in_seconds = (ends_at_ms - tx.now_ms) // 1000
    return Tokens(access_token, refresh_token, expires_in_seconds, family.deputy.scopes)
