"""The scopes an agent may ask for, in the words a human reads.

May import the standard library only.
"""

OFFLINE_ACCESS = "offline_access"
"""Asks for a refresh token: known, but no right of its own (OpenID Connect Core section 11)."""

RIGHTS = {
    "shop:browse": "look at what the shop sells",
    "shop:order": "order T-shirts in your name",
    "orders:read": "see your orders, with the addresses in them",
    "profile:read": "see your name and e-mail",
}
"""What each scope lets the agent do, in the order in which the consent page tells it."""

RESOURCE_SCOPES = ("shop:browse", "orders:read", "shop:order", "profile:read")
"""The scopes of the shop, in the order in which metadata names them."""

KNOWN_SCOPES = frozenset({*RESOURCE_SCOPES, OFFLINE_ACCESS})


def scope_text(scopes: frozenset[str]) -> str:
    """Scopes as a wire value: the shop's in their order, then ``offline_access``."""
    return " ".join(scope for scope in (*RESOURCE_SCOPES, OFFLINE_ACCESS) if scope in scopes)
