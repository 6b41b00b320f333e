"""Requests that were turned away before a grant was known: counted, and recorded once a minute.

May import store and model.
"""

from collections import Counter
from functools import partial

from mcp_shop_console.model.audit import AuditKind, Outcome
from mcp_shop_console.model.deputies import Rank
from mcp_shop_console.model.faults import StoreUnavailable
from mcp_shop_console.store.database import Database
from mcp_shop_console.store.transaction import Transaction

_MAX_COUNTED = 200
_MANY_ADDRESSES = "many"

Counted = Counter[tuple[int, str, str]]
"""How often: by HTTP status, reason (``no_token``, ``foreign_session`` …) and peer address."""


class RefusedRequests:
    """Counts in memory: a flood neither fills the disk nor holds the writer."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counted: Counted = Counter()

    def count(self, status: int, reason: str, address: str) -> None:
        """Note that a request from ``address`` was answered with ``status`` for ``reason``."""
        key = (status, reason, address)
        if key not in self._counted and len(self._counted) >= _MAX_COUNTED:
            key = (status, reason, _MANY_ADDRESSES)
        self._counted[key] += 1

    async def flush(self) -> None:
        """Record what was counted since the last time. A store that fails loses nothing."""
        if not self._counted:
            return
        counted, self._counted = self._counted, Counter()
        try:
            await self._database.write(partial(_record, counted))
        except StoreUnavailable:
            self._counted.update(counted)


def _record(counted: Counted, tx: Transaction) -> None:
    for (status, reason, address), count in counted.items():
        tx.audit.append(
            AuditKind.REQUEST_REFUSED,
            actor=Rank.SYSTEM,
            outcome=Outcome.REFUSED,
            facts={"status": status, "reason": reason, "count": count},
            private={"address": address} if address else None,
        )
