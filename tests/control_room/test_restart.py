"""What a screen knows of the time before it: as much as the screen before it."""

import pytest

from mcp_shop_console.control_room import intake as intake_module
from mcp_shop_console.control_room.intake import Intake
from mcp_shop_console.control_room.state import RoomState
from mcp_shop_console.model.deputies import Deputy
from tests.core import Core, placed

pytestmark = pytest.mark.anyio
ORDERS, LOOKS, KEPT = 12, 30, 8


@pytest.fixture
async def deputy(core: Core) -> Deputy:
    """Has placed twelve orders, and looked thirty times after them."""
    deputy = await core.deputy()
    for _ in range(ORDERS):
        placed(await core.buy(deputy))
    for _ in range(LOOKS):
        await core.shop.browse(deputy, core.call("listMcpShopInventory"))
    return deputy


def known(state: RoomState) -> tuple[int, int, list[int]]:
    return state.call_count, state.order_count, [order.number for order in state.orders]


async def test_orders_and_counts_are_on_the_screen_after_a_restart(
    core: Core, deputy: Deputy
) -> None:
    history = await core.authority.history(KEPT)

    state = RoomState.rebuilt(history, await core.authority.call_count())

    assert known(state) == (ORDERS + LOOKS, ORDERS, list(range(1, ORDERS + 1)))
    with core.feed.subscribe() as reader:
        placed(await core.buy(deputy))
        await Intake(reader, core.authority, state).take()
    assert known(state)[:2] == (ORDERS + LOOKS + 1, ORDERS + 1)


async def test_what_the_feed_lost_is_counted_though_it_is_more_than_the_history_holds(
    core: Core, deputy: Deputy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_module, "HISTORY_ENTRIES", KEPT)
    state = RoomState()
    state.apply((await core.audit())[0])
    await core.authority.ban_human(deputy.human.id)
    with core.feed.subscribe() as reader:
        await core.authority.pardon_human(deputy.human.id)
        await Intake(reader, core.authority, state).take()

    assert known(state) == (ORDERS + LOOKS, ORDERS, list(range(1, ORDERS + 1)))


async def test_calls_of_a_state_that_knows_all_of_them_are_counted_once(core: Core) -> None:
    deputy = await core.deputy()
    placed(await core.buy(deputy))
    history = await core.authority.history(100)

    assert RoomState.rebuilt(history, await core.authority.call_count()).call_count == 1
