"""Which clients this server knows, until when, and what ends with one that it forgets.

May import authority, model and store.
"""

from mcp_shop_console.authority import end_grant
from mcp_shop_console.authorization_server.client_metadata import agent_of
from mcp_shop_console.authorization_server.policy import Policy
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Rank
from mcp_shop_console.store.clients import Client
from mcp_shop_console.store.transaction import Transaction

_MOST_FORGOTTEN_AT_ONCE = 100
"""So that whoever comes after a flood does not wait for all of it to be swept up."""


def known_client(tx: Transaction, client_id: str, policy: Policy) -> Client | None:
    """The client with this id, unless it expired: nobody ever deputized it, for a day."""
    client = tx.clients.get(client_id)
    if client is None or tx.now_ms - client.registered_at_ms <= policy.unused_client_seconds * 1000:
        return client
    return client if tx.clients.was_granted_anything(client_id) else None


def forget_unused(tx: Transaction, policy: Policy) -> None:
    """Remove clients that expired."""
    oldest_ms = tx.now_ms - policy.unused_client_seconds * 1000
    for client in tx.clients.unused(oldest_ms, _MOST_FORGOTTEN_AT_ONCE):
        remove_client(tx, client, Rank.SYSTEM, "unused")


def remove_client(tx: Transaction, client: Client, actor: Rank, reason: str) -> None:
    """Forget a client. Its grants end with it, and so do its tokens."""
    grants = tx.grants.live_of_client(client.id)
    for grant in grants:
        end_grant(tx, grant.id, actor=actor, facts={"reason": "client_removed"})
    tx.clients.remove(client.id)
    tx.audit.append(
        AuditKind.CLIENT_REMOVED,
        actor=actor,
        agent=agent_of(client),
        facts={"reason": reason, "grants": len(grants)},
    )
