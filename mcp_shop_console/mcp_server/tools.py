"""The seven tools of the shop: what each takes, whom it asks, and what it answers.

May import shop, authority and model.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from mcp_types import Tool

from mcp_shop_console.authority import Authority
from mcp_shop_console.mcp_server import descriptions, replies
from mcp_shop_console.mcp_server.arguments import (
    Arguments,
    BuyArguments,
    DemoModeArguments,
    Fault,
    NoArguments,
    read_arguments,
)
from mcp_shop_console.mcp_server.descriptions import Description
from mcp_shop_console.mcp_server.replies import Reply
from mcp_shop_console.model.catalog import TShirtSize
from mcp_shop_console.model.deputies import Call, Deputy, Standing
from mcp_shop_console.model.faults import StoreUnavailable
from mcp_shop_console.model.orders import OrderRequest, PlacedOrder
from mcp_shop_console.model.refusals import Refusal, RefusalCode
from mcp_shop_console.shop import Shop

Sent = dict[str, object]
ArgumentsT = TypeVar("ArgumentsT", bound=Arguments)


@dataclass(frozen=True, slots=True)
class ShopTool:
    """One tool, ready to be called."""

    wire: Tool
    """Its entry in ``tools/list``."""
    scope: str
    """The OAuth scope it needs; empty for none."""
    is_demo: bool
    argument_names: tuple[str, ...]
    answer: Callable[[Deputy, Call, Sent], Awaitable[Reply]]
    """From arguments as they came to the reply."""


class ShopTools:
    """The tools, in the original's order, on one shop and its authority."""

    def __init__(self, shop: Shop, authority: Authority, *, demo_tools: bool) -> None:
        self._shop = shop
        self._authority = authority
        every = (
            self._tool(descriptions.SET_DEMO_MODE, self._set_demo_mode),
            self._tool(descriptions.CLEAR_DEMO_MODE, self._clear_demo_mode),
            self._tool(descriptions.GET_USER_INFO, self._get_user_info),
            self._tool(descriptions.LIST_INVENTORY, self._list_inventory),
            self._tool(descriptions.BUY, self._buy),
            self._tool(descriptions.LIST_ORDERS, self._list_orders),
            self._tool(descriptions.PRETTY_PLEASE, self._plead),
        )
        self._tools: Mapping[str, ShopTool] = {
            tool.wire.name: tool for tool in every if demo_tools or not tool.is_demo
        }
        self.listed = [tool.wire for tool in self._tools.values()]
        """For ``tools/list``."""

    def find(self, name: str) -> ShopTool | None:
        return self._tools.get(name)

    def scope_of(self, name: str) -> str:
        """The scope that a tool needs; empty for none, or no such tool."""
        tool = self._tools.get(name)
        return tool.scope if tool else ""

    def input_schema_of(self, name: str) -> dict[str, object] | None:
        """The JSON Schema of a tool's arguments; None if there is no such tool."""
        tool = self._tools.get(name)
        return tool.wire.input_schema if tool else None

    async def refuse_unknown(self, deputy: Deputy, call: Call) -> None:
        """Record that an agent called a tool that is not there."""
        with suppress(StoreUnavailable):
            await self._authority.refuse(
                deputy, call, RefusalCode.INVALID_REQUEST, replies.UNKNOWN_TOOL, "$.name"
            )

    async def call(self, tool: ShopTool, deputy: Deputy, call: Call, sent: Sent) -> Reply:
        """Let ``tool`` answer. A store that fails is an answer too: nothing happened."""
        try:
            if tool.scope and tool.scope not in deputy.scopes:
                return await self._refuse_scope(tool, deputy, call)
            return await tool.answer(deputy, call, sent)
        except StoreUnavailable:
            return replies.unavailable(call.tool, call.id)

    def _tool(
        self,
        description: Description[ArgumentsT],
        answer: Callable[[Deputy, Call, ArgumentsT], Awaitable[Reply]],
    ) -> ShopTool:
        async def answer_sent(deputy: Deputy, call: Call, sent: Sent) -> Reply:
            match read_arguments(description.arguments, sent):
                case Fault() as fault:
                    return await self._refuse_arguments(deputy, call, fault)
                case checked:
                    return await answer(deputy, call, checked)

        return ShopTool(
            description.wire(),
            description.scope,
            description.is_demo,
            tuple(description.arguments.model_fields),
            answer_sent,
        )

    async def _set_demo_mode(
        self, deputy: Deputy, call: Call, arguments: DemoModeArguments
    ) -> Reply:
        match await self._authority.set_demo_mode(deputy, call, Standing(arguments.mode)):
            case Standing() as standing:
                return replies.demo_mode_set(standing)
            case Refusal() as refusal:
                return replies.refused(call.tool, refusal)

    async def _clear_demo_mode(self, deputy: Deputy, call: Call, _: NoArguments) -> Reply:
        match await self._authority.clear_demo_mode(deputy, call):
            case Standing() as standing:
                return replies.demo_mode_cleared(standing)
            case Refusal() as refusal:
                return replies.refused(call.tool, refusal)

    async def _get_user_info(self, deputy: Deputy, call: Call, _: NoArguments) -> Reply:
        match await self._authority.user_info(deputy, call):
            case Deputy() as known:
                return replies.user_info(known)
            case Refusal() as refusal:
                return replies.refused(call.tool, refusal)

    async def _list_inventory(self, deputy: Deputy, call: Call, _: NoArguments) -> Reply:
        match await self._shop.browse(deputy, call):
            case tuple() as products:
                return replies.inventory(products)
            case Refusal() as refusal:
                return replies.refused(call.tool, refusal)

    async def _buy(self, deputy: Deputy, call: Call, arguments: BuyArguments) -> Reply:
        request = OrderRequest(
            company=arguments.company,
            mailing_address=arguments.mailingAddress,
            size=TShirtSize(arguments.tshirtSize),
            idempotency_key=arguments.idempotencyKey,
        )
        match await self._shop.place_order(deputy, call, request):
            case PlacedOrder() as placed:
                return replies.bought(placed)
            case Refusal() as refusal:
                return replies.refused(call.tool, refusal)

    async def _list_orders(self, deputy: Deputy, call: Call, _: NoArguments) -> Reply:
        match await self._shop.list_orders(deputy, call):
            case tuple() as placed:
                return replies.orders(placed)
            case Refusal() as refusal:
                return replies.refused(call.tool, refusal)

    async def _plead(self, deputy: Deputy, call: Call, _: NoArguments) -> Reply:
        match await self._authority.plead(deputy, call):
            case Standing() as standing:
                return replies.plea_granted(standing)
            case Refusal() as refusal:
                return replies.refused(call.tool, refusal)

    async def _refuse_arguments(self, deputy: Deputy, call: Call, fault: Fault) -> Reply:
        refusal = await self._authority.refuse(
            deputy, call, RefusalCode.INVALID_REQUEST, replies.fault_sentence(fault), fault.param
        )
        return replies.refused(call.tool, refusal)

    async def _refuse_scope(self, tool: ShopTool, deputy: Deputy, call: Call) -> Reply:
        refusal = await self._authority.refuse(
            deputy, call, RefusalCode.PERMISSION_DENIED, replies.scope_sentence(tool.scope)
        )
        return replies.refused(call.tool, refusal)
