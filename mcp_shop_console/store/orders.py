"""Orders, as they are stored.

May import model.
"""

import sqlite3

from mcp_shop_console.model.catalog import TShirtSize
from mcp_shop_console.model.orders import Order

_ORDER = (
    "select o.number, o.id, o.human_id, h.email, o.grant_id, o.call_id, o.company,"
    " o.mailing_address, o.size, o.price_cents, o.ordered_at_ms, o.arguments_sha256"
    " from shop_order o join human h on h.id = o.human_id "
)
_OrderRow = tuple[int, str, str, str, str, str, str, str, str, int, int, str]


class OrderTable:
    """Every order ever placed."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def next_number(self) -> int:
        row = self._connection.execute("select coalesce(max(number), 0) + 1 from shop_order")
        return row.fetchone()[0]

    def insert(self, order: Order, idempotency_key: str, arguments_sha256: str) -> None:
        self._connection.execute(
            "insert into shop_order (number, id, human_id, grant_id, call_id, company,"
            " mailing_address, size, price_cents, ordered_at_ms, idempotency_key,"
            " arguments_sha256) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                order.number,
                order.id,
                order.human_id,
                order.grant_id,
                order.call_id,
                order.company,
                order.mailing_address,
                order.size.value,
                order.price_cents,
                order.ordered_at_ms,
                idempotency_key,
                arguments_sha256,
            ),
        )

    def of_human(self, human_id: str) -> tuple[Order, ...]:
        """This human's orders through every agent, oldest first."""
        rows = self._connection.execute(
            _ORDER + "where o.human_id = ? order by o.number", (human_id,)
        )
        return tuple(_order_from(row) for row in rows)

    def with_key(self, grant_id: str, key: str, since_ms: int) -> tuple[Order, str] | None:
        """The newest order of this grant under an idempotency key, and its arguments' SHA-256.

        None if it was placed at ``since_ms`` or before.
        """
        return self._newest(
            "o.idempotency_key = ? and o.idempotency_key != ''", grant_id, key, since_ms
        )

    def with_arguments(self, grant_id: str, arguments_sha256: str, since_ms: int) -> Order | None:
        """The newest order of this grant for the same arguments, placed after ``since_ms``."""
        found = self._newest("o.arguments_sha256 = ?", grant_id, arguments_sha256, since_ms)
        return found and found[0]

    def _newest(
        self, condition: str, grant_id: str, value: str, since_ms: int
    ) -> tuple[Order, str] | None:
        # The time is compared here: in the query it would read every older order as well.
        row = self._connection.execute(
            f"{_ORDER}where o.grant_id = ? and {condition} order by o.number desc limit 1",
            (grant_id, value),
        ).fetchone()
        if row is None or row[10] <= since_ms:
            return None
        return _order_from(row), row[11]


def _order_from(row: _OrderRow) -> Order:
    return Order(
        number=row[0],
        id=row[1],
        human_id=row[2],
        email=row[3],
        grant_id=row[4],
        call_id=row[5],
        company=row[6],
        mailing_address=row[7],
        size=TShirtSize(row[8]),
        price_cents=row[9],
        ordered_at_ms=row[10],
    )
