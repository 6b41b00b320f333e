"""Which clients this server knows, until when, and what ends with one that it forgets.

May import authority, model and store.
"""

from mcp_shop_console.authority import end_grant
from mcp_shop_console.authorization_server.client_documents.urls import looks_like_url
from mcp_shop_console.authorization_server.client_metadata import agent_of
from mcp_shop_console.authorization_server.errors import PageError
from mcp_shop_console.authorization_server.policy import Policy
from mcp_shop_console.authorization_server.redirect_uris import is_registered
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Rank
from mcp_shop_console.model.grants import Grant
from mcp_shop_console.store.clients import Client
from mcp_shop_console.store.transaction import Transaction

_MOST_FORGOTTEN_AT_ONCE = 100
"""So that whoever comes after a flood does not wait for all of it to be swept up."""


def known_client(tx: Transaction, client_id: str, policy: Policy) -> Client | None:
    """The client with this id, unless it expired: nobody ever deputized it, for a day."""
    if looks_like_url(client_id) and not policy.client_id_metadata_documents:
        return None
    client = tx.clients.get(client_id)
    if client is None or tx.now_ms - client.registered_at_ms <= policy.unused_client_seconds * 1000:
        return client
    return client if tx.clients.was_granted_anything(client_id) else None


def unregistered() -> PageError:
    """What a human reads of a client that is not known, or not any more."""
    return PageError(
        "This agent is not registered here",
        "Remove the server from your agent and add it again, so that it registers anew.",
    )


def admit_client(tx: Transaction, client: Client, policy: Policy) -> bool:
    """Let a new client in. False if too many wait for a human to deputize them."""
    if tx.clients.count_unused() >= policy.limits.unused_clients:
        return False
    tx.clients.insert(client)
    tx.audit.append(
        AuditKind.CLIENT_REGISTERED,
        actor=Rank.SYSTEM,
        agent=agent_of(client),
        facts={"auth_method": client.auth_method.value, "redirect_uris": len(client.redirect_uris)},
    )
    return True


def change_client(tx: Transaction, client: Client, actor: Rank) -> None:
    """Put ``client`` in the place of what was known under its id.

    What it does not stand by any more ends: grants of a redirect URI or scope that it gave up.
    """
    tx.clients.update(client)
    # A human is asked about the registration as it is, never as it was a moment ago.
    tx.authorizations.forget_waiting(client.id)
    ended = [grant for grant in tx.grants.live_of_client(client.id) if not _covers(client, grant)]
    for grant in ended:
        end_grant(tx, grant.id, actor=actor, facts={"reason": "client_updated"})
    tx.audit.append(
        AuditKind.CLIENT_UPDATED,
        actor=actor,
        agent=agent_of(client),
        facts={"redirect_uris": len(client.redirect_uris), "grants_ended": len(ended)},
    )


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


def _covers(client: Client, grant: Grant) -> bool:
    """Whether the client still stands by what the human agreed to."""
    return is_registered(grant.redirect_uri, client.redirect_uris) and grant.scopes <= client.scopes
