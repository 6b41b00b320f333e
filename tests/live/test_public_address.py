"""The whole program behind a tunnel: whose address counts, and what a flood of one costs others."""

import httpx2
import pytest

from mcp_shop_console.model.audit import AuditKind
from tests.live.conftest import Show, open_show
from tests.requirement import requirement

pytestmark = pytest.mark.anyio

PUBLIC = "https://shop.example"
METADATA = {"redirect_uris": ["https://agent.example/callback"]}


async def register(show: Show, seen_at: str = "") -> int:
    """Register an agent as through the tunnel, which saw it at an address."""
    headers = {"host": "shop.example"} | ({"x-forwarded-for": seen_at} if seen_at else {})
    local = show.house.origins.all[-2]
    async with httpx2.AsyncClient(base_url=local) as http:
        return (await http.post("/register", json=METADATA, headers=headers)).status_code


@requirement("D1", "N8")
async def test_behind_a_trusted_proxy_a_flood_of_one_is_nobody_elses() -> None:
    flags = ["--public-url", PUBLIC, "--trusted-proxy", "127.0.0.1", "--registration-rate", "2"]
    async with open_show(":memory:", *flags) as show:
        statuses = [await register(show, "6.6.6.6") for _ in range(4)]
        others = [await register(show, f"6.6.6.6, 192.0.2.{number}") for number in range(2)]
        house = show.house

    assert statuses == [201, 201, 429, 429]
    assert others == [201, 201]
    assert house.tunnel_hint.endswith(f"--url {PUBLIC}.")


@requirement("D1", "N8")
async def test_without_one_nobody_gets_around_a_limit_by_a_header() -> None:
    flags = ["--public-url", PUBLIC, "--registration-rate", "2"]
    async with open_show(":memory:", *flags) as show:
        statuses = [await register(show, f"192.0.2.{number}") for number in range(4)]

    assert statuses == [201, 201, 429, 429]


@requirement("D1")
async def test_a_flood_is_one_line_when_the_server_stops(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("shop") / "shop.sqlite3"
    flags = ["--public-url", PUBLIC, "--registration-rate", "1", "--trusted-proxy", "127.0.0.1"]
    async with open_show(path, *flags) as show:
        for _ in range(5):
            await register(show, "192.0.2.1")
    async with open_show(path) as show:
        entries = await show.house.authority.history(100)

    (flood,) = [entry for entry in entries if entry.kind is AuditKind.REQUEST_REFUSED]
    assert flood.facts == {"status": 429, "reason": "registration_rate", "count": 4}
    assert flood.private == {"address": "192.0.2.1"}


@requirement("D6")
@pytest.mark.parametrize("is_on", [True, False])
async def test_documents_of_clients_are_announced_as_set(*, is_on: bool) -> None:
    flags = ["--client-id-metadata-documents"] if is_on else []
    async with (
        open_show(":memory:", *flags) as show,
        httpx2.AsyncClient(base_url=show.house.origins.main) as http,
    ):
        metadata = (await http.get("/.well-known/oauth-authorization-server")).json()

    assert metadata.get("client_id_metadata_document_supported", False) is is_on
