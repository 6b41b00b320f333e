"""History: what a screen is rebuilt from.

May import store and model.
"""

from mcp_shop_console.model.audit import ALARMS, AuditEntry, AuditKind
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
_MOST_ORDERS = 500
_MOST_ALARMS = 200
_ORDERS = frozenset({AuditKind.ORDER_PLACED})
_OF_ALARMS = ALARMS | {AuditKind.ALARMS_SEEN}


def history(limit: int, tx: Transaction) -> list[AuditEntry]:
    audit = tx.audit
    found = [
        *_of_what_stands(tx),
        *audit.of_kinds(frozenset(AuditKind) - _TRAFFIC, _MOST_MILESTONES),
        *audit.of_kinds(_OF_ALARMS, _MOST_ALARMS),
        *audit.of_kinds(_ORDERS, _MOST_ORDERS),
        *audit.newest(limit),
    ]
    entries = {entry.seq: entry for entry in found}
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
