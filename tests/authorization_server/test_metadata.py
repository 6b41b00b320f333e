import pytest

from tests.authorization_server.parties import ORIGIN, PUBLIC_ORIGIN, House
from tests.requirement import requirement

pytestmark = pytest.mark.anyio

ORIGINS = [ORIGIN, "http://127.0.0.1:7777", "http://[::1]:7777", PUBLIC_ORIGIN]


@requirement("A18")
@pytest.mark.parametrize("origin", ORIGINS)
async def test_each_own_name_is_its_own_issuer_and_resource(house: House, origin: str) -> None:
    async with house.http(origin) as http:
        server = (await http.get("/.well-known/oauth-authorization-server")).json()
        resource = (await http.get("/.well-known/oauth-protected-resource")).json()

    assert server["issuer"] == origin
    assert server["token_endpoint"] == f"{origin}/token"
    assert resource["resource"] == f"{origin}/mcp"
    assert resource["authorization_servers"] == [origin]


@requirement("A18")
@pytest.mark.parametrize("host", ["evil.example", "localhost:7778", "localhost:7777@evil.example"])
@pytest.mark.parametrize(
    "path", ["/.well-known/oauth-authorization-server", "/", "/authorize", "/consent", "/sign-in"]
)
async def test_under_another_name_nothing_is_answered(house: House, host: str, path: str) -> None:
    async with house.http() as http:
        response = await http.get(path, headers={"host": host})

    assert response.status_code == 421
    assert host not in response.text


@requirement("A2", "A16", "A17", "D4")
async def test_metadata_says_what_the_endpoints_do(house: House) -> None:
    async with house.http() as http:
        metadata = (await http.get("/.well-known/oauth-authorization-server")).json()

    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert metadata["grant_types_supported"] == ["authorization_code", "refresh_token"]
    methods = ["none", "client_secret_post", "client_secret_basic"]
    assert metadata["token_endpoint_auth_methods_supported"] == methods
    assert metadata["revocation_endpoint_auth_methods_supported"] == methods
    assert "client_id_metadata_document_supported" not in metadata


@requirement("A16")
async def test_offline_access_is_listed_by_the_authorization_server_only(house: House) -> None:
    async with house.http() as http:
        server = (await http.get("/.well-known/oauth-authorization-server")).json()
        resource = (await http.get("/.well-known/oauth-protected-resource")).json()

    scopes = ["shop:browse", "orders:read", "shop:order", "profile:read"]
    assert resource["scopes_supported"] == scopes
    assert server["scopes_supported"] == [*scopes, "offline_access"]


@pytest.mark.parametrize("name", ["oauth-authorization-server", "oauth-protected-resource"])
async def test_both_forms_of_a_well_known_path_answer_alike(house: House, name: str) -> None:
    async with house.http() as http:
        short = await http.get(f"/.well-known/{name}")
        long = await http.get(f"/.well-known/{name}/mcp")
        other = await http.get(f"/.well-known/{name}/other")

    assert short.json() == long.json()
    assert (short.status_code, long.status_code, other.status_code) == (200, 200, 404)
