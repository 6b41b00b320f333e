"""The authorization server (OAuth 2.1): who may act for whom, asked of humans, told to agents.

May import authority, store, model and settings.
"""

from mcp_shop_console.authorization_server.identity_provider import ProviderAccount
from mcp_shop_console.authorization_server.policy import Policy
from mcp_shop_console.authorization_server.server import AuthorizationServer

__all__ = ["AuthorizationServer", "Policy", "ProviderAccount"]
