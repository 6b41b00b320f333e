"""The shop: catalog, placing and listing orders, always for a deputy.

May import authority, store, model and settings. Decision, order and audit entry are one
transaction: see ``store/database.py``.
"""

import hashlib
from functools import partial

from mcp_shop_console.authority import objection, record_call, refusal, revocation, ruling_of
from mcp_shop_console.model.audit import AuditKind, Fact
from mcp_shop_console.model.canonical import canonical_json
from mcp_shop_console.model.catalog import CATALOG, MCP_T_SHIRT, Product
from mcp_shop_console.model.deputies import Call, Deputy
from mcp_shop_console.model.orders import Order, OrderRequest, PlacedOrder
from mcp_shop_console.model.refusals import Refusal, RefusalCode
from mcp_shop_console.store.database import Database
from mcp_shop_console.store.transaction import Transaction

_KEY_LIFETIME_MS = 24 * 60 * 60 * 1000
_RETRY_WINDOW_MS = 10 * 1000
_CONFLICT = "This idempotencyKey has placed an order with other arguments. Use another key."
_SAME_ORDER = "This is your order of a moment ago. A different idempotencyKey orders another."


class Shop:
    """What a deputy can do in the shop. StoreUnavailable is raised where nothing happened."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def browse(self, deputy: Deputy, call: Call) -> tuple[Product, ...] | Refusal:
        """The catalog, for a deputy in normal standing."""
        return await self._database.note(partial(_browse, deputy, call))

    async def place_order(
        self, deputy: Deputy, call: Call, request: OrderRequest
    ) -> PlacedOrder | Refusal:
        """Place an order, once: a repeat is answered with the order it repeats.

        A repeat has the same idempotency key (24 h), or no key and the same arguments (10 s).
        """
        return await self._database.write(partial(_place_order, deputy, call, request))

    async def list_orders(self, deputy: Deputy, call: Call) -> tuple[Order, ...] | Refusal:
        """The human's orders through every agent, oldest first; in a ban too."""
        return await self._database.note(partial(_list_orders, deputy, call))


def _browse(deputy: Deputy, call: Call, tx: Transaction) -> tuple[Product, ...] | Refusal:
    if (refused := objection(tx, deputy, call, ruling_of(tx, deputy))) is not None:
        return refused
    record_call(tx, AuditKind.CALL_ANSWERED, deputy, call)
    return CATALOG


def _list_orders(deputy: Deputy, call: Call, tx: Transaction) -> tuple[Order, ...] | Refusal:
    if (refused := revocation(tx, deputy, call, ruling_of(tx, deputy))) is not None:
        return refused
    orders = tx.orders.of_human(deputy.human.id)
    record_call(tx, AuditKind.CALL_ANSWERED, deputy, call, facts={"orders": len(orders)})
    return orders


def _place_order(
    deputy: Deputy, call: Call, request: OrderRequest, tx: Transaction
) -> PlacedOrder | Refusal:
    ruling = ruling_of(tx, deputy)
    if (refused := revocation(tx, deputy, call, ruling)) is not None:
        return refused
    arguments_sha256 = _arguments_sha256(request)
    earlier = _order_of_key(deputy, request, tx)
    if earlier is not None and earlier[1] == arguments_sha256:
        # Before the objection: what was ordered before a ban is still that order.
        return _replay(deputy, call, earlier[0], "", tx)
    if (refused := objection(tx, deputy, call, ruling)) is not None:
        return refused
    if earlier is not None:
        code = RefusalCode.IDEMPOTENCY_CONFLICT
        return refusal(tx, deputy, call, code, _CONFLICT, param="$.idempotencyKey")
    repeated = None if request.idempotency_key else _just_placed(deputy, arguments_sha256, tx)
    if repeated is not None:
        return _replay(deputy, call, repeated, _SAME_ORDER, tx)
    return _place(deputy, call, request, arguments_sha256, tx)


def _order_of_key(
    deputy: Deputy, request: OrderRequest, tx: Transaction
) -> tuple[Order, str] | None:
    if not request.idempotency_key:
        return None
    since_ms = tx.now_ms - _KEY_LIFETIME_MS
    return tx.orders.with_key(deputy.grant_id, request.idempotency_key, since_ms)


def _just_placed(deputy: Deputy, arguments_sha256: str, tx: Transaction) -> Order | None:
    since_ms = tx.now_ms - _RETRY_WINDOW_MS
    return tx.orders.with_arguments(deputy.grant_id, arguments_sha256, since_ms)


def _place(
    deputy: Deputy, call: Call, request: OrderRequest, arguments_sha256: str, tx: Transaction
) -> PlacedOrder:
    order = Order(
        number=tx.orders.next_number(),
        id=tx.new_id(),
        human_id=deputy.human.id,
        email=deputy.human.email,
        grant_id=deputy.grant_id,
        call_id=call.id,
        company=request.company,
        mailing_address=request.mailing_address,
        size=request.size,
        price_cents=MCP_T_SHIRT.price_cents,
        ordered_at_ms=tx.now_ms,
    )
    tx.orders.insert(order, request.idempotency_key, arguments_sha256)
    record_call(
        tx,
        AuditKind.ORDER_PLACED,
        deputy,
        call,
        facts={
            "number": order.number,
            "order_id": order.id,
            "size": order.size.value,
            "price_cents": order.price_cents,
        },
        private={"company": order.company, "mailing_address": order.mailing_address},
    )
    return PlacedOrder(order, is_replayed=False, note="")


def _replay(deputy: Deputy, call: Call, order: Order, note: str, tx: Transaction) -> PlacedOrder:
    facts: dict[str, Fact] = {
        "number": order.number,
        "order_id": order.id,
        "size": order.size.value,
    }
    record_call(tx, AuditKind.ORDER_REPLAYED, deputy, call, facts=facts)
    return PlacedOrder(order, is_replayed=True, note=note)


def _arguments_sha256(request: OrderRequest) -> str:
    arguments = {
        "company": request.company,
        "mailingAddress": request.mailing_address,
        "tshirtSize": request.size.value,
    }
    return hashlib.sha256(canonical_json(arguments).encode("utf-8")).hexdigest()
