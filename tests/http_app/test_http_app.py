import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcp_shop_console.authority.refused_requests import RefusedRequests
from mcp_shop_console.http_app import http_app
from mcp_shop_console.http_app.address_rate import AddressRate
from mcp_shop_console.model.origins import loopback_origins
from mcp_shop_console.model.rate_limit import RateLimit
from mcp_shop_console.store.database import open_database
from tests.requirement import requirement

pytestmark = pytest.mark.anyio

OWN = "http://localhost:7777"
INSPECTOR = "http://localhost:6274"


class Echo:
    """An endpoint that answers with the length of the body."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await Request(scope, receive).body()
        await PlainTextResponse(str(len(body)))(scope, receive, send)


async def echo_form(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


@pytest.fixture
async def app(tmp_path: Path) -> AsyncGenerator[ASGIApp, None]:
    async with open_database(
        tmp_path / "shop.sqlite3",
        now_ms=lambda: 1,
        new_id=lambda: "id",
        publish=lambda events: None,
    ) as database:
        routes = [Route(path, echo_form, methods=["POST"]) for path in ("/token", "/consent")]
        yield http_app(
            mcp=Echo(),
            routes=routes,
            database=database,
            origins=loopback_origins(7777, "https://shop.example"),
            refused=RefusedRequests(database),
            address_limit=RateLimit(1000, lambda: 0),
        )


@pytest.fixture
async def http(app: ASGIApp) -> AsyncGenerator[httpx2.AsyncClient, None]:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url=OWN) as client:
        yield client


@pytest.mark.parametrize(
    "host", ["localhost:7777", "127.0.0.1:7777", "[::1]:7777", "shop.example", "LOCALHOST:7777"]
)
async def test_every_own_name_is_answered(http: httpx2.AsyncClient, host: str) -> None:
    assert (await http.get("/healthz", headers={"host": host})).status_code == 200


@requirement("N1")
@requirement("A18")
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost",
        "localhost:1@evil.example",
        "localhost:7777.evil.example",
        "localhost:7777 ",
        "shop.example:443@evil",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/mcp", "/mcp/", "/token", "/healthz", "/", "/nothing"])
async def test_a_foreign_host_is_misdirected_on_every_route(
    http: httpx2.AsyncClient, path: str, host: str
) -> None:
    assert (await http.post(path, headers={"host": host})).status_code == 421


@requirement("N1")
async def test_two_hosts_are_a_bad_request(http: httpx2.AsyncClient) -> None:
    hosts = [("host", "localhost:7777"), ("host", "evil.example")]

    assert (await http.get("/healthz", headers=hosts)).status_code == 400


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PATCH"])
async def test_the_endpoint_may_be_written_with_a_slash(
    http: httpx2.AsyncClient, method: str
) -> None:
    answer = await http.request(method, "/mcp/", content=b"12345")

    assert (answer.status_code, answer.text) == (200, "5")


@pytest.mark.parametrize("host", ["localhost:7777", "shop.example"])
@pytest.mark.parametrize("path", ["/token/", "/consent/", "/healthz/", "/mcp//", "/nothing/"])
async def test_a_slash_too_many_is_an_unknown_path_and_sends_nobody_on(
    http: httpx2.AsyncClient, path: str, host: str
) -> None:
    answer = await http.post(path, headers={"host": host, "authorization": "Bearer x"})

    assert (answer.status_code, "location" in answer.headers) == (404, False)


@requirement("N2")
@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "https://evil.example",
        "http://localhost:1@evil.example",
        "http://localhost.evil.example",
        "file://",
        "http://[::1",
        "http://localhost:99999999",
    ],
)
@pytest.mark.parametrize("path", ["/mcp", "/mcp/", "/token", "/healthz"])
async def test_a_foreign_origin_is_refused_on_every_endpoint(
    http: httpx2.AsyncClient, path: str, origin: str
) -> None:
    assert (await http.post(path, headers={"origin": origin})).status_code == 403


@pytest.mark.parametrize("origin", [OWN, INSPECTOR, "http://127.0.0.1:1", "https://shop.example"])
async def test_pages_of_this_computer_and_our_own_may_use_the_endpoints(
    http: httpx2.AsyncClient, origin: str
) -> None:
    answer = await http.post("/mcp", headers={"origin": origin}, content=b"12345")

    assert answer.text == "5"
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "null"}, 200),
        ({"origin": OWN, "sec-fetch-site": "same-origin"}, 200),
        ({}, 200),
        ({"origin": INSPECTOR}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null", "sec-fetch-site": "cross-site"}, 403),
        ({"origin": "null", "sec-fetch-site": "same-site"}, 403),
    ],
)
async def test_a_form_is_taken_from_our_own_pages_only(
    http: httpx2.AsyncClient, headers: dict[str, str], status: int
) -> None:
    assert (await http.post("/consent", headers=headers)).status_code == status


@requirement("N3")
@pytest.mark.parametrize(
    "path", ["/mcp", "/mcp/", "/token", "/.well-known/oauth-protected-resource"]
)
async def test_a_preflight_needs_no_token(http: httpx2.AsyncClient, path: str) -> None:
    answer = await http.options(
        path,
        headers={
            "origin": INSPECTOR,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,mcp-protocol-version,mcp-session-id",
        },
    )

    assert answer.status_code == 200
    assert "mcp-session-id" in answer.headers["access-control-allow-headers"].lower()
    assert "access-control-allow-credentials" not in answer.headers


@requirement("N3")
async def test_a_page_may_manage_a_registration(http: httpx2.AsyncClient) -> None:
    asked = {"origin": INSPECTOR, "access-control-request-method": "PUT"}

    assert (await http.options("/register/some-client", headers=asked)).status_code == 200


@requirement("N3")
async def test_a_page_is_open_to_no_other_page(http: httpx2.AsyncClient) -> None:
    answer = await http.post("/consent", headers={"origin": OWN})

    assert "access-control-allow-origin" not in answer.headers


@requirement("N4")
@pytest.mark.parametrize(
    ("path", "limit"), [("/mcp", 256 * 1024), ("/mcp/", 256 * 1024), ("/token", 16 * 1024)]
)
async def test_a_body_has_a_limit_announced_or_not(
    http: httpx2.AsyncClient, path: str, limit: int
) -> None:
    async def chunks(count: int) -> AsyncGenerator[bytes, None]:
        for _ in range(count):
            yield b"x" * 1024

    assert (await http.post(path, content=b"x" * limit)).text == str(limit)
    assert (await http.post(path, content=b"x" * (limit + 1))).status_code == 413
    assert (await http.post(path, content=chunks(limit // 1024))).text == str(limit)
    assert (await http.post(path, content=chunks(limit // 1024 + 1))).status_code == 413


@asynccontextmanager
async def asking(app: ASGIApp, address: str) -> AsyncGenerator[httpx2.AsyncClient, None]:
    transport = httpx2.ASGITransport(app=app, client=(address, 1))
    async with httpx2.AsyncClient(transport=transport, base_url=OWN) as client:
        yield client


@requirement("N8")
async def test_an_address_that_asks_too_often_waits_before_anybody_looks_at_its_token() -> None:
    at_ms = [0]

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("ok")(scope, receive, send)

    app = AddressRate(answered, RateLimit(3, lambda: at_ms[0], window_seconds=1))
    async with asking(app, "192.0.2.1") as http, asking(app, "192.0.2.2") as other:
        for _ in range(3):
            assert (await http.get("/mcp")).status_code == 200
        refused = await http.get("/mcp", headers={"authorization": "Bearer x"})
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        assert refused.json()["error"] == "too_many_requests"
        assert (await other.get("/mcp")).status_code == 200
        at_ms[0] = 1000
        assert (await http.get("/mcp")).status_code == 200


async def test_health_says_no_while_the_store_does_not_answer(
    http: httpx2.AsyncClient, tmp_path: Path
) -> None:
    healthy = await http.get("/healthz")
    (tmp_path / "shop.sqlite3").unlink()
    sick = await http.get("/healthz")

    assert (healthy.status_code, json.loads(healthy.text)["status"]) == (200, "ok")
    assert (sick.status_code, json.loads(sick.text)["status"]) == (503, "store unavailable")


@pytest.mark.parametrize("path", ["/mcp", "/token", "/consent"])
async def test_who_hangs_up_before_the_end_of_a_body_is_no_fault(app: ASGIApp, path: str) -> None:
    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"localhost:7777"), (b"content-length", b"9")],
    }

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        assert message.get("status", 400) == 400

    await app(scope, receive, send)
