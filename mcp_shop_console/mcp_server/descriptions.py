"""What each tool says of itself: a model decides by these words, and a client by the hints.

May import the standard library only, and the arguments and schemas beside it.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

from mcp_types import Tool, ToolAnnotations

from mcp_shop_console.mcp_server import schemas
from mcp_shop_console.mcp_server.arguments import (
    Arguments,
    BuyArguments,
    DemoModeArguments,
    NoArguments,
    input_schema,
)

ArgumentsT = TypeVar("ArgumentsT", bound=Arguments)

_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_REPEATABLE = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
_OVERWRITES = ToolAnnotations(
    read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False
)
_ORDERS = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False
)


@dataclass(frozen=True, slots=True)
class Description(Generic[ArgumentsT]):
    """One tool, before it can do anything."""

    name: str
    title: str
    text: str
    """The original's description, and after it what an agent needs more."""
    arguments: type[ArgumentsT]
    output: schemas.Schema
    annotations: ToolAnnotations
    scope: str = ""
    """The OAuth scope that it needs; empty for none."""
    is_demo: bool = False
    """Whether it is left out without the demo tools."""

    def wire(self) -> Tool:
        """Its entry in ``tools/list``."""
        return Tool(
            name=self.name,
            title=self.title,
            description=self.text,
            input_schema=input_schema(self.arguments),
            output_schema=self.output,
            annotations=self.annotations,
        )


SET_DEMO_MODE = Description(
    "setDemoMode",
    "Set demo mode",
    "FOR DEMO: Configure user simulation. banned: the shop refuses this user until the mode is "
    "normal again. A ban that the presenter set stays: only they can lift it.",
    DemoModeArguments,
    schemas.DEMO_MODE,
    _OVERWRITES,
    is_demo=True,
)
CLEAR_DEMO_MODE = Description(
    "clearDemoMode",
    "Clear demo mode",
    "FOR DEMO: Clear the user simulation. A ban that the presenter set stays.",
    NoArguments,
    schemas.DEMO_MODE,
    _REPEATABLE,
    is_demo=True,
)
GET_USER_INFO = Description(
    "getUserInfo",
    "Get user info",
    "Get current user information. Takes the permission shop:admin.",
    NoArguments,
    schemas.USER_INFO,
    _READS,
    scope="profile:read",
)
LIST_INVENTORY = Description(
    "listMcpShopInventory",
    "List inventory",
    "Returns a list of the items for sale at mcp.shop. Currently, everything is free.",
    NoArguments,
    schemas.INVENTORY,
    _READS,
    scope="shop:browse",
)
BUY = Description(
    "buyMcpShopItem",
    "Order a T-shirt",
    "Orders a t-shirt from the MCP shop. Requires company name, mailing address, and shirt size. "
    "Ask the user for each of them; never make them up. If an answer is lost, call again with the "
    "same idempotencyKey: nothing is ordered twice.",
    BuyArguments,
    schemas.BUY,
    _ORDERS,
    scope="shop:order",
)
LIST_ORDERS = Description(
    "listMcpShopOrders",
    "List orders",
    "Lists the orders placed by the user at mcp.shop, oldest first.",
    NoArguments,
    schemas.ORDERS,
    _READS,
    scope="orders:read",
)
PRETTY_PLEASE = Description(
    "prettyPlease",
    "Say pretty please",
    "If the user says pretty please, set the demo mode to normal. Call it only then. If the "
    "presenter set the ban, this asks them, and may take 45 seconds.",
    NoArguments,
    schemas.DEMO_MODE,
    _REPEATABLE,
    is_demo=True,
)
