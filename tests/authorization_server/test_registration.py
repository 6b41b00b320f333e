import json

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_shop_console.authorization_server.redirect_uris import flaw_of, form_action_source
from mcp_shop_console.model.audit import AuditKind
from tests.authorization_server.parties import CALLBACK, House
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


async def refusal(http: httpx2.AsyncClient, **metadata: object) -> str:
    response = await http.post("/register", json={"redirect_uris": [CALLBACK]} | metadata)
    assert response.status_code == 400, response.text
    assert response.headers["cache-control"] == "no-store"
    assert set(response.json()) == {"error", "error_description"}
    return response.json()["error"]


async def test_a_client_is_registered_as_it_asked_and_recorded(
    house: House, http: httpx2.AsyncClient
) -> None:
    uris = ["cursor://anysphere.cursor-mcp/oauth/callback", CALLBACK, "https://Agent.example/x"]

    response = await http.post(
        "/register",
        json={
            "client_name": "Cursor",
            "redirect_uris": uris,
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "logo_uri": "not looked at",
        },
    )

    assert response.status_code == 201
    assert response.headers["cache-control"] == "no-store"
    answer = response.json()
    assert answer["redirect_uris"] == uris
    assert answer["token_endpoint_auth_method"] == "none"
    assert isinstance(answer["client_id_issued_at"], int)
    assert "client_secret" not in answer
    (entry,) = await house.entries(AuditKind.CLIENT_REGISTERED)
    assert entry.agent is not None
    assert (entry.agent.client_id, entry.agent.name) == (answer["client_id"], "Cursor")


@requirement("D4")
async def test_a_client_that_names_no_method_is_given_one_with_a_secret(
    http: httpx2.AsyncClient,
) -> None:
    answer = (await http.post("/register", json={"redirect_uris": [CALLBACK]})).json()

    assert answer["token_endpoint_auth_method"] == "client_secret_post"
    assert len(answer["client_secret"]) >= 43
    assert answer["client_secret_expires_at"] == 0


@requirement("A12")
@pytest.mark.parametrize(
    "uri",
    [
        "http://me@localhost/callback",
        "https://me:secret@agent.example/callback",
        "https://agent.example\\@evil.example/",
        "https://agent.example/#part",
        "https://*.example/callback",
        " https://agent.example/callback",
        "https://agent.example/a b",
        "https://agent.example/\x00",
        "https://agent.example/\r\nLocation: x",
        "https://agent.exämple/",
        "https://agent.example;script-src *//",
        "https://'self'/callback",
        "https://agent.example/?code=planted",
        "https://agent.example/?iss=planted",
        "https://",
        "https:///callback",
        "https://agent.example:port/",
        "http://[::1/callback",
        "/callback",
        "callback",
        "",
    ],
)
async def test_a_redirect_uri_that_could_be_read_in_two_ways_is_refused(
    http: httpx2.AsyncClient, uri: str
) -> None:
    assert await refusal(http, redirect_uris=[CALLBACK, uri]) == "invalid_redirect_uri"


@requirement("A13")
@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "vbscript:x",
        "blob:https://agent.example/x",
        "http://agent.example/callback",
        "http://localhost.evil.example/callback",
        "http://127.0.0.1.evil.example/callback",
        "http://0.0.0.0/callback",
        "about:blank",
        "myapp://callback",
    ],
)
async def test_a_scheme_that_runs_something_or_is_not_encrypted_is_refused(
    http: httpx2.AsyncClient, uri: str
) -> None:
    assert await refusal(http, redirect_uris=[uri]) == "invalid_redirect_uri"


@requirement("A13")
@pytest.mark.parametrize(
    "uri",
    [
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "vscode://dev/callback",
        "com.example.agent:/callback",
        "https://claude.ai/api/mcp/auth_callback",
        "http://127.0.0.1/",
        "http://[::1]:8080/callback",
        "http://localhost",
    ],
)
async def test_the_redirect_uris_of_real_clients_are_taken_as_sent(
    http: httpx2.AsyncClient, uri: str
) -> None:
    response = await http.post("/register", json={"redirect_uris": [uri]})

    assert response.status_code == 201
    assert response.json()["redirect_uris"] == [uri]


@requirement("A12")
@given(uri=st.text(st.sampled_from("htps:/.[]@;'\"#*?= \\\x00a1"), max_size=30))
def test_whatever_passes_as_a_redirect_uri_is_one_source_in_a_policy(uri: str) -> None:
    if flaw_of(uri) is None:
        assert not set(form_action_source(uri)) & set(" ;,'\"*")


@requirement("D2")
async def test_metadata_beyond_every_honest_size_is_refused(http: httpx2.AsyncClient) -> None:
    long_uri = "https://agent.example/" + "a" * 500

    too_large = await http.post("/register", content=b" " * (16 * 1024 + 1))

    assert too_large.status_code == 413
    assert await refusal(http, redirect_uris=[CALLBACK] * 11) == "invalid_redirect_uri"
    assert await refusal(http, redirect_uris=[long_uri]) == "invalid_redirect_uri"
    assert await refusal(http, client_name="a" * 65) == "invalid_client_metadata"


@requirement("D3")
@pytest.mark.parametrize("name", ["a\x1b[31m", "a\x00", "a\nb", "a\x7f", "a\x9b31m", "a\ud800"])
async def test_a_name_with_control_characters_is_refused(
    http: httpx2.AsyncClient, name: str
) -> None:
    body = json.dumps({"redirect_uris": [CALLBACK], "client_name": name})

    response = await http.post("/register", content=body)

    assert response.status_code == 400
    assert response.json()["error"] == "invalid_client_metadata"


@pytest.mark.parametrize(
    "metadata",
    [
        {"client_name": 7},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"grant_types": ["client_credentials"]},
        {"grant_types": ["refresh_token"]},
        {"response_types": ["token"]},
        {"grant_types": "authorization_code"},
    ],
)
async def test_metadata_that_this_server_cannot_honour_is_refused(
    http: httpx2.AsyncClient, metadata: dict[str, object]
) -> None:
    assert await refusal(http, **metadata) == "invalid_client_metadata"


@pytest.mark.parametrize("uris", [None, [], "x", [1], {}])
async def test_a_client_without_redirect_uris_is_refused(
    http: httpx2.AsyncClient, uris: object
) -> None:
    assert await refusal(http, redirect_uris=uris) == "invalid_redirect_uri"


async def test_deep_json_is_refused(http: httpx2.AsyncClient) -> None:
    response = await http.post("/register", content=b'{"a":' + b"[" * 15_000)

    assert response.status_code == 400


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff\xfe", b'{"redirect_uris": 1'])
async def test_what_is_no_json_object_is_refused(http: httpx2.AsyncClient, body: bytes) -> None:
    response = await http.post("/register", content=body)

    assert response.status_code == 400
    assert response.json()["error"] == "invalid_client_metadata"


@requirement("N6")
@pytest.mark.parametrize(
    "form",
    [
        '{"redirect_uris": ["%s"], "client_name": "a", "client_name": "b"}',
        '{"redirect_uris": ["https://evil.example/"], "redirect\\u005furis": ["%s"]}',
        '\ufeff{"redirect_uris": ["%s"]}',
        '{"redirect_uris": ["%s"], "x": NaN}',
        '{"redirect_uris": ["%s"], "x": 1e999}',
        '{"redirect_uris": ["%s"], "x": ' + "[" * 64 + "]" * 64 + "}",
    ],
)
async def test_metadata_that_two_readers_could_take_differently_is_refused(
    http: httpx2.AsyncClient, form: str
) -> None:
    answer = await http.post("/register", content=form % CALLBACK)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")
