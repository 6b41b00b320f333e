from collections.abc import AsyncGenerator

import pytest

from mcp_shop_console.authority.refused_requests import RefusedRequests
from mcp_shop_console.model.audit import AuditEntry, AuditKind
from mcp_shop_console.model.faults import StoreUnavailable
from tests.core import Core, open_core

pytestmark = pytest.mark.anyio


@pytest.fixture
async def core() -> AsyncGenerator[Core]:
    async with open_core() as core:
        yield core


@pytest.fixture
def refused(core: Core) -> RefusedRequests:
    return RefusedRequests(core.database)


async def recorded(core: Core) -> list[AuditEntry]:
    return [entry for entry in await core.audit() if entry.kind is AuditKind.REQUEST_REFUSED]


async def test_what_was_recorded_is_not_recorded_again(
    core: Core, refused: RefusedRequests
) -> None:
    refused.count(401, "no_token", "10.0.0.1")
    await refused.flush()
    await refused.flush()

    assert len(await recorded(core)) == 1


async def test_many_addresses_share_a_count(core: Core, refused: RefusedRequests) -> None:
    for number in range(1000):
        refused.count(401, "no_token", f"10.0.0.{number}")
    await refused.flush()

    entries = await recorded(core)
    assert len(entries) == 201
    assert sum(int(entry.facts["count"]) for entry in entries) == 1000
    assert entries[-1].private == {"address": "many"}


async def test_a_failing_store_loses_no_count(
    core: Core, refused: RefusedRequests, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def out_of_order(_: object) -> None:
        raise StoreUnavailable("out of order")

    refused.count(401, "no_token", "")
    with monkeypatch.context() as fault:
        fault.setattr(core.database, "write", out_of_order)
        await refused.flush()
    refused.count(401, "no_token", "")
    await refused.flush()

    (entry,) = await recorded(core)
    assert entry.facts["count"] == 2
    assert entry.private == {}
