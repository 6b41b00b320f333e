"""``shop:admin`` across restarts of the whole program, with one and the same token."""

from pathlib import Path

import pytest

from mcp_shop_console.model.audit import AuditKind
from tests.live.conftest import open_show
from tests.live.people import text_of

pytestmark = pytest.mark.anyio

NO_RIGHT = "You don't have these permissions"


async def test_an_admin_is_one_until_a_start_that_does_not_name_them(tmp_path: Path) -> None:
    database = tmp_path / "shop.sqlite3"
    admin = "--admin", "boss@example.com"
    async with open_show(database, *admin) as show:
        claude = show.agent(show.person("Boss"))
        assert "shop:admin" in text_of(await claude.call("getUserInfo"))
        port = show.port

    async with open_show(database, *admin, port=port):
        assert "shop:admin" in text_of(await claude.call("getUserInfo"))
    async with open_show(database, port=port) as show:
        assert NO_RIGHT in text_of(await claude.call("getUserInfo"))
        entries = await show.house.authority.history(100)

    kinds = [entry.kind for entry in entries]
    at = kinds.index(AuditKind.ADMIN_REMOVED)
    assert kinds[at - 1] is AuditKind.SERVER_STARTED
    assert kinds.count(AuditKind.ADMIN_REMOVED) == 1
