"""What the shop sells.

May import the standard library only.
"""

from dataclasses import dataclass
from enum import StrEnum


class TShirtSize(StrEnum):
    """The sizes a T-shirt comes in."""

    S = "S"
    M = "M"
    L = "L"
    XL = "XL"
    XXL = "XXL"


@dataclass(frozen=True, slots=True)
class Product:
    """One item for sale."""

    label: str
    description: str
    sizes: tuple[TShirtSize, ...]
    price_cents: int
    """US cents; 0 is free."""
    price: str
    """The price in words, as the shop announces it."""


MCP_T_SHIRT = Product(
    label="MCP T-Shirt",
    description="A comfortable shirt featuring the MCP logo",
    sizes=tuple(TShirtSize),
    price_cents=0,
    price="Free with MCP Server",
)

CATALOG: tuple[Product, ...] = (MCP_T_SHIRT,)
