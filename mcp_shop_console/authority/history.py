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
    first_seq = newest[0].seq if newest else 0
    milestones = tx.audit.of_kinds(frozenset(AuditKind) - _TRAFFIC, _MOST_MILESTONES)
    return [entry for entry in milestones if entry.seq < first_seq] + newest
