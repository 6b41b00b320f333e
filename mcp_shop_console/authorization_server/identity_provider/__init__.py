"""The OpenID provider at which humans sign in: what we ask of it, and what we believe of it.

May import authlib, joserfc, httpx2 and anyio.
"""

from mcp_shop_console.authorization_server.identity_provider.account import ProviderAccount
from mcp_shop_console.authorization_server.identity_provider.faults import Cause, ProviderFault
from mcp_shop_console.authorization_server.identity_provider.identity import Identity
from mcp_shop_console.authorization_server.identity_provider.provider import (
    Answer,
    IdentityProvider,
    Question,
)
from mcp_shop_console.authorization_server.identity_provider.transport import Connect

__all__ = [
    "Answer",
    "Cause",
    "Connect",
    "Identity",
    "IdentityProvider",
    "ProviderAccount",
    "ProviderFault",
    "Question",
]
