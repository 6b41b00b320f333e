"""kill -9 amid buying: what was acknowledged is there, and nothing is half there."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from mcp_shop_console.model.audit import AuditEntry, AuditKind
from mcp_shop_console.model.refusals import RefusalCode
from mcp_shop_console.store.transaction import Transaction
from tests.core import ANN, BOB, open_core, refused
from tests.judge import judge
from tests.requirement import requirement

_ROOT: Final = Path(__file__).parents[2]
_ROUNDS: Final = 5
_ORDERS_BEFORE_THE_KILL: Final = 60


@requirement("O11", "N14")
@pytest.mark.anyio
@pytest.mark.timeout(60)
async def test_kill_9_amid_buying_loses_no_acknowledged_order_and_halves_none(
    tmp_path: Path,
) -> None:
    path = tmp_path / "shop.sqlite3"
    acknowledged: dict[str, str] = {}

    for round_number in range(_ROUNDS):
        acknowledged |= _killed_amid_buying(path, round_number)
        await _everything_is_whole(path, acknowledged)

    assert len(acknowledged) >= _ROUNDS * _ORDERS_BEFORE_THE_KILL


def _killed_amid_buying(path: Path, round_number: int) -> dict[str, str]:
    """The keys and ids of the orders that a process acknowledged before it was killed."""
    command = [sys.executable, "-m", "tests.store.buyer", str(path), str(round_number)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_ROOT) as buyer:
        assert buyer.stdout and buyer.stdout.readline() == "banned\n"
        lines = [buyer.stdout.readline() for _ in range(_ORDERS_BEFORE_THE_KILL)]
        buyer.kill()
        lines += buyer.stdout.readlines()
    return dict(_pair(line) for line in lines if line.endswith("\n"))


def _pair(line: str) -> tuple[str, str]:
    key, order_id = line.split()
    return key, order_id


async def _everything_is_whole(path: Path, acknowledged: Mapping[str, str]) -> None:
    async with open_core(path) as core:
        audit = await core.audit()
        judge(audit)
        assert await core.database.read(lambda tx: tx.audit.first_broken()) is None
        recorded = _recorded(audit)
        assert await core.database.read(lambda tx: _ordered(tx, recorded)) == recorded
        assert acknowledged.items() <= recorded.items()

        assert await core.try_to_deputize(BOB) is None
        bobs = await core.database.read(lambda tx: tx.grants.of_human(BOB.id))
        bob = await core.database.read(lambda tx: tx.grants.deputy(bobs[0].id))
        assert bob and refused(await core.buy(bob)) is RefusalCode.BANNED


def _recorded(audit: list[AuditEntry]) -> dict[str, str]:
    """The ids of all orders by their keys, which are the calls' ids, from the audit alone."""
    return {
        entry.call.id: str(entry.facts["order_id"])
        for entry in audit
        if entry.kind is AuditKind.ORDER_PLACED and entry.call
    }


def _ordered(tx: Transaction, keys: Mapping[str, str]) -> dict[str, str]:
    """The ids of all orders by their keys, as the shop has them."""
    ids: dict[str, str] = {}
    for order in tx.orders.of_human(ANN.id):
        found = tx.orders.with_key(order.grant_id, order.call_id, 0)
        assert found and found[0] == order and order.call_id in keys
        ids[order.call_id] = order.id
    return ids
