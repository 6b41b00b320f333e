"""History: what a screen is rebuilt from.

May import store and model.
"""

from mcp_shop_console.model.audit import AuditEntry, AuditKind
from mcp_shop_console.store.transaction import Transaction

_TRAFFIC = frozenset(
    {
        AuditKind.CALL_ANSWERED,
        AuditKind.CALL_REFUSED,
        AuditKind.ORDER_PLACED,
        AuditKind.ORDER_REPLAYED,
        AuditKind.TOKEN_ISSUED,
        AuditKind.TOKEN_REFRESHED,
        AuditKind.REQUEST_REFUSED,
        AuditKind.CLIENT_REGISTERED,
    }
)
_MOST_MILESTONES = 5_000


def history(limit: int, tx: Transaction) -> list[AuditEntry]:
    newest = tx.audit.newest(limit)
    milestones = tx.audit.of_kinds(frozenset(AuditKind) - _TRAFFIC, _MOST_MILESTONES)
    entries = {entry.seq: entry for entry in [*_of_what_stands(tx), *milestones, *newest]}
    return [entries[seq] for seq in sorted(entries)]


def _of_what_stands(tx: Transaction) -> list[AuditEntry]:
    """What set the bans and pleas that stand, however long ago: a flood must not hide them."""
    audit = tx.audit
    found = [
        *(audit.newest_about_human(AuditKind.HUMAN_BANNED, id) for id in tx.bans.banned_humans()),
        *(audit.newest_about_grant(AuditKind.GRANT_BANNED, id) for id in tx.bans.banned_grants()),
        *(audit.newest_about_human(AuditKind.PLEA_OPENED, id) for id in tx.pleas.humans_who_wait()),
    ]
    return [entry for entry in found if entry is not None]
