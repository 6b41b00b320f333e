import pytest
from starlette.types import Scope

from mcp_shop_console.model.audit import AuditEntry, AuditKind, Outcome
from mcp_shop_console.model.deputies import Rank
from mcp_shop_console.model.faults import StoreUnavailable
from tests.mcp_server.stage import Stage

pytestmark = pytest.mark.anyio


def from_address(address: str) -> Scope:
    return {"type": "http", "client": (address, 1234)}


async def recorded(stage: Stage) -> list[AuditEntry]:
    return [entry for entry in await stage.audit() if entry.kind is AuditKind.REQUEST_REFUSED]


async def test_a_flood_is_one_entry_with_a_count(stage: Stage) -> None:
    async with stage.http("") as http:
        for _ in range(3):
            await http.post(stage.url)
    async with stage.http("unknown") as http:
        await http.post(stage.url)
    await stage.server.refused.flush()

    entries = await recorded(stage)
    assert [entry.facts for entry in entries] == [
        {"status": 401, "reason": "no_token", "count": 3},
        {"status": 401, "reason": "invalid_token", "count": 1},
    ]
    for entry in entries:
        assert entry.outcome is Outcome.REFUSED
        assert entry.actor is Rank.SYSTEM
        assert entry.private == {"address": "127.0.0.1"}


async def test_what_was_recorded_is_not_recorded_again(stage: Stage) -> None:
    stage.server.refused.count(401, "no_token", from_address("10.0.0.1"))
    await stage.server.refused.flush()
    await stage.server.refused.flush()

    assert len(await recorded(stage)) == 1


async def test_many_addresses_share_a_count(stage: Stage) -> None:
    for number in range(1000):
        stage.server.refused.count(401, "no_token", from_address(f"10.0.0.{number}"))
    await stage.server.refused.flush()

    entries = await recorded(stage)
    assert len(entries) == 201
    assert sum(int(entry.facts["count"]) for entry in entries) == 1000
    assert entries[-1].private == {"address": "many"}


async def test_a_failing_store_loses_no_count(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def out_of_order(_: object) -> None:
        raise StoreUnavailable("out of order")

    stage.server.refused.count(401, "no_token", {"type": "http", "client": None})
    with monkeypatch.context() as fault:
        fault.setattr(stage.database, "write", out_of_order)
        await stage.server.refused.flush()
    stage.server.refused.count(401, "no_token", {"type": "http", "client": None})
    await stage.server.refused.flush()

    (entry,) = await recorded(stage)
    assert entry.facts["count"] == 2
    assert entry.private == {}
