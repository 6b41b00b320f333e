from pathlib import Path

import pytest

from mcp_shop_console.control_room.intake import HISTORY_ENTRIES
from tests.console.program import on_terminal
from tests.core import open_core, placed

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(60)]


async def test_after_a_restart_the_status_line_counts_what_it_counted_before(
    tmp_path: Path,
) -> None:
    path = tmp_path / "shop.sqlite3"
    async with open_core(path) as core:
        deputy = await core.deputy()
        for _ in range(3):
            placed(await core.buy(deputy))
        for _ in range(HISTORY_ENTRIES):
            await core.shop.browse(deputy, core.call("listMcpShopInventory"))

    with on_terminal(tmp_path, "--port", "0", "--database", str(path)) as terminal:
        terminal.read_until(f"0 sessions  {HISTORY_ENTRIES + 3:,} calls  3 orders")
        terminal.press("\x11")
        assert terminal.read_to_end() == 0
