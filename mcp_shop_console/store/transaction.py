"""What an operation on the store works with, inside one transaction.

May import model, and the tables beside it.
"""

import sqlite3
from collections.abc import Callable

from mcp_shop_console.model.audit import AuditEntry
from mcp_shop_console.store.audit import AuditTable
from mcp_shop_console.store.authorizations import AuthorizationTable
from mcp_shop_console.store.browsers import BrowserTable
from mcp_shop_console.store.clients import ClientTable
from mcp_shop_console.store.clock import ClockTable
from mcp_shop_console.store.departures import DepartureTable
from mcp_shop_console.store.grants import GrantTable
from mcp_shop_console.store.humans import HumanTable
from mcp_shop_console.store.orders import OrderTable
from mcp_shop_console.store.pleas import PleaTable
from mcp_shop_console.store.standing import BanTable
from mcp_shop_console.store.tokens import TokenTable


class Transaction:
    """The tables, the time and the ids of one transaction. Used in the database's thread only."""

    def __init__(
        self, connection: sqlite3.Connection, now_ms: Callable[[], int], new_id: Callable[[], str]
    ) -> None:
        self.now_ms = now_ms()
        """When this transaction began, in milliseconds UTC: one time for all it does."""
        self.new_id = new_id
        self.audit = AuditTable(connection, self.now_ms)
        self.bans = BanTable(connection)
        self.grants = GrantTable(connection)
        self.humans = HumanTable(connection)
        self.orders = OrderTable(connection)
        self.pleas = PleaTable(connection)
        self.clients = ClientTable(connection)
        self.authorizations = AuthorizationTable(connection)
        self.tokens = TokenTable(connection)
        self.browsers = BrowserTable(connection)
        self.departures = DepartureTable(connection)
        self.clock = ClockTable(connection)

    @property
    def recorded(self) -> list[AuditEntry]:
        """The audit entries that this transaction has appended, in order."""
        return self.audit.appended
