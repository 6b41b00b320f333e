import pytest

from mcp_shop_console.model.audit import AuditKind, Outcome
from mcp_shop_console.model.deputies import Rank
from tests.mcp_server.stage import Stage

pytestmark = pytest.mark.anyio


async def test_a_flood_is_one_entry_with_a_count(stage: Stage) -> None:
    async with stage.http("") as http:
        for _ in range(3):
            await http.post(stage.url)
    async with stage.http("unknown") as http:
        await http.post(stage.url)
    await stage.server.refused.flush()

    entries = [entry for entry in await stage.audit() if entry.kind is AuditKind.REQUEST_REFUSED]
    assert [entry.facts for entry in entries] == [
        {"status": 401, "reason": "no_token", "count": 3},
        {"status": 401, "reason": "invalid_token", "count": 1},
    ]
    for entry in entries:
        assert entry.outcome is Outcome.REFUSED
        assert entry.actor is Rank.SYSTEM
        assert entry.private == {"address": "127.0.0.1"}
