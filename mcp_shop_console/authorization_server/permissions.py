"""The permission ``shop:admin``, held against the settings of today.

May import model and store.
"""

from dataclasses import replace

from mcp_shop_console.authorization_server.policy import Policy
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Human, Rank
from mcp_shop_console.store.transaction import Transaction


def remove_old_admins(tx: Transaction, policy: Policy) -> None:
    """Take the permission from those who got it by settings that are gone, and record each."""
    for admin in tx.humans.admins():
        if not _may_stay(tx, admin, policy):
            human = replace(admin, is_admin=False)
            tx.humans.save(human, tx.now_ms)
            tx.audit.append(AuditKind.ADMIN_REMOVED, actor=Rank.SYSTEM, human=human)


def _may_stay(tx: Transaction, admin: Human, policy: Policy) -> bool:
    """What a claim says today is known at the next sign-in only: until then, what it said."""
    if not admin.is_verified:
        return admin.email in policy.admins
    provider = policy.provider
    if provider is None or not provider.names_admins:
        return False
    return tx.humans.issuer_of(admin.id) == provider.issuer
