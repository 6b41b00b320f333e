"""Alarms: which of them the presenter has seen.

May import store and model.
"""

from mcp_shop_console.model.audit import AuditEntry, AuditKind
from mcp_shop_console.model.deputies import Rank
from mcp_shop_console.store.transaction import Transaction


def see(up_to: int, tx: Transaction) -> AuditEntry | None:
    seen = tx.audit.of_kinds(frozenset({AuditKind.ALARMS_SEEN}), 1)
    if seen and int(seen[-1].facts["up_to"]) >= up_to:
        return None
    return tx.audit.append(AuditKind.ALARMS_SEEN, actor=Rank.PRESENTER, facts={"up_to": up_to})
