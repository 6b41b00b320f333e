"""Orders: what is asked for, and what was placed.

May import the standard library only.
"""

from dataclasses import dataclass

from mcp_shop_console.model.catalog import TShirtSize

MAX_COMPANY_CHARACTERS = 200
MAX_ADDRESS_CHARACTERS = 1000
MAX_IDEMPOTENCY_KEY_CHARACTERS = 255


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """A T-shirt somebody asks for. Checked text: no blanks, NULs or lone surrogates."""

    company: str
    mailing_address: str
    size: TShirtSize
    idempotency_key: str = ""
    """Chosen by the agent to make its retry the same order; empty if it sent none."""


@dataclass(frozen=True, slots=True)
class Order:
    """A placed order. There is no other state: everything is free and confirmed at once."""

    number: int
    """Small and human: 1, 2, 3."""
    id: str
    human_id: str
    email: str
    grant_id: str
    call_id: str
    company: str
    mailing_address: str
    size: TShirtSize
    price_cents: int
    ordered_at_ms: int
    """Milliseconds UTC."""


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """The answer to an accepted purchase."""

    order: Order
    is_replayed: bool
    """Whether an earlier call placed this order and nothing was ordered now."""
    note: str
    """A sentence for the agent, or empty: how to order another where it sent no key."""
