"""A process that buys until it is killed: ``python -m tests.store.buyer DATABASE ROUND``.

It prints ``banned`` once Bob is banned, then key and id of each order when it is acknowledged.
"""

import itertools
import sys
from dataclasses import replace

import anyio

from mcp_shop_console.model.catalog import TShirtSize
from mcp_shop_console.model.deputies import Deputy
from mcp_shop_console.model.orders import OrderRequest
from tests.core import ANN, BOB, Core, Ids, open_core, placed

BUYERS = 8


async def main(path: str, round_number: str) -> None:
    ids = Ids(itertools.count(int(round_number) * 1_000_000))
    async with open_core(path, new_id=ids) as core:
        deputy = await core.deputy(ANN)
        if await core.try_to_deputize(BOB) is not None:
            await core.authority.ban_human(BOB.id)
        _say("banned")
        async with anyio.create_task_group() as tasks:
            for number in range(BUYERS):
                tasks.start_soon(_buy, core, deputy, f"{round_number}-{number}")


async def _buy(core: Core, deputy: Deputy, name: str) -> None:
    for number in itertools.count():
        key = f"{name}-{number}"
        call = replace(core.call(), id=key)
        request = OrderRequest("ACME", "1 Road", TShirtSize.L, key)
        answer = placed(await core.shop.place_order(deputy, call, request))
        _say(f"{key} {answer.order.id}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    anyio.run(main, sys.argv[1], sys.argv[2])
