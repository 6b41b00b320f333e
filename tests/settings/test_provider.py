"""The provider of the settings: whole, or refused in a sentence that never shows the secret."""

from pathlib import Path

import pytest

from mcp_shop_console.settings import SettingRefused, read_settings
from mcp_shop_console.settings.provider import VARIABLES, Provider
from tests.requirement import requirement

OURS = {
    "MCP_SHOP_OIDC_ISSUER": "https://login.example",
    "MCP_SHOP_OIDC_CLIENT_ID": "shop",
    "MCP_SHOP_OIDC_CLIENT_SECRET": "hush-hush",
}
WORKOS = {
    "WORKOS_CLIENT_ID": "client_01",
    "WORKOS_API_KEY": "sk_test_hush-hush",
    "WORKOS_AUTHKIT_DOMAIN": "some-domain.authkit.app",
}


def _provider(environment: dict[str, str], *arguments: str) -> Provider | None:
    return read_settings(arguments, environment).provider


def _refusal(environment: dict[str, str], *arguments: str) -> str:
    with pytest.raises(SettingRefused) as refusal:
        read_settings(arguments, environment)
    sentence = str(refusal.value)
    assert sentence.endswith(".") and "\n" not in sentence
    assert "hush-hush" not in sentence
    return sentence


def test_without_a_word_of_one_there_is_no_provider() -> None:
    assert _provider({}) is None
    assert _provider(dict.fromkeys([*OURS, *WORKOS], "")) is None


def test_a_provider_is_issuer_client_and_secret() -> None:
    provider = _provider(OURS, "--oidc-admin-claim", "roles=shop-admin")

    assert provider == Provider("https://login.example", "shop", "hush-hush", "roles", "shop-admin")
    assert "hush-hush" not in repr(provider)


def test_a_public_client_has_no_secret_and_no_claim_makes_an_admin_by_itself() -> None:
    provider = _provider({}, "--oidc-issuer", "https://login.example", "--oidc-client-id", "shop")

    assert provider == Provider("https://login.example", "shop", "", "", "")


def test_workos_is_named_as_the_original_does() -> None:
    provider = _provider(WORKOS)

    assert provider == Provider(
        "https://some-domain.authkit.app",
        "client_01",
        "sk_test_hush-hush",
        "permissions",
        "shop:admin",
    )
    claimed = _provider(WORKOS, "--oidc-admin-claim", "role=owner")
    assert claimed and (claimed.admin_claim, claimed.admin_value) == ("role", "owner")


def test_the_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hush-hush\n", encoding="utf-8")
    environment = {**OURS, "MCP_SHOP_OIDC_CLIENT_SECRET": ""}

    provider = _provider(environment, "--oidc-client-secret-file", str(file))

    assert provider and provider.client_secret == "hush-hush"


@requirement("U7")
@pytest.mark.parametrize("variable", VARIABLES, ids=lambda variable: variable.name)
def test_no_flag_takes_what_only_a_variable_may(variable: object) -> None:
    name = str(getattr(variable, "name", "")).removeprefix("MCP_SHOP_")

    assert "not known" in _refusal({}, f"--{name.lower().replace('_', '-')}", "x")


@pytest.mark.parametrize("missing", ["MCP_SHOP_OIDC_ISSUER", "MCP_SHOP_OIDC_CLIENT_ID"])
def test_half_a_provider_is_refused_by_what_is_missing(missing: str) -> None:
    assert f"{missing} is missing" in _refusal({**OURS, missing: ""})


@pytest.mark.parametrize("given", ["MCP_SHOP_OIDC_ADMIN_CLAIM", "MCP_SHOP_OIDC_CLIENT_SECRET"])
def test_what_belongs_to_a_provider_is_refused_without_one(given: str) -> None:
    assert "MCP_SHOP_OIDC_ISSUER is missing" in _refusal({given: "roles=hush-hush"})


@pytest.mark.parametrize("missing", list(WORKOS))
def test_half_of_workos_is_refused_by_what_is_missing(missing: str) -> None:
    assert f"{missing} is missing" in _refusal({**WORKOS, missing: ""})


@pytest.mark.parametrize("name", list(OURS))
def test_two_providers_are_refused(name: str) -> None:
    sentence = _refusal({**WORKOS, name: OURS[name]})

    assert "name two providers" in sentence


@pytest.mark.parametrize("environment", [OURS, WORKOS])
def test_an_admin_by_email_is_refused_beside_a_provider(environment: dict[str, str]) -> None:
    assert "--oidc-admin-claim" in _refusal(environment, "--admin", "boss@example.com")


@pytest.mark.parametrize(
    "domain", ["https://some.authkit.app", "some.authkit.app/", "https://some.authkit.app/"]
)
def test_a_domain_of_workos_may_be_written_as_an_address(domain: str) -> None:
    provider = _provider({**WORKOS, "WORKOS_AUTHKIT_DOMAIN": domain})

    assert provider and provider.issuer == "https://some.authkit.app"


@pytest.mark.parametrize("domain", ["http://some.authkit.app", "a b", "me@some.authkit.app", "?"])
def test_what_is_no_domain_of_workos_is_refused(domain: str) -> None:
    sentence = _refusal({**WORKOS, "WORKOS_AUTHKIT_DOMAIN": domain})

    assert "WORKOS_AUTHKIT_DOMAIN must be a domain" in sentence


@pytest.mark.parametrize("secret", ["hush-hush two", "hush-hush\n", "hush-hush\x00", "hush-hushé"])
def test_a_secret_that_can_be_none_is_refused_unseen(secret: str) -> None:
    assert "holds blanks" in _refusal({**OURS, "MCP_SHOP_OIDC_CLIENT_SECRET": secret})
    assert "WORKOS_API_KEY" in _refusal({**WORKOS, "WORKOS_API_KEY": secret})


def test_a_secret_file_that_is_none_is_refused(tmp_path: Path) -> None:
    environment = {**OURS, "MCP_SHOP_OIDC_CLIENT_SECRET": ""}
    (tmp_path / "empty").write_text(" \n", encoding="utf-8")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")

    def refusal(name: str) -> str:
        return _refusal(environment, "--oidc-client-secret-file", str(tmp_path / name))

    assert "cannot be read" in refusal("missing")
    assert "cannot be read" in refusal("binary")
    assert "is empty" in refusal("empty")
    assert "give one of them" in _refusal(OURS, "--oidc-client-secret-file", str(tmp_path / "x"))


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("--oidc-issuer", "login.example"),
        ("--oidc-issuer", "http://login.example"),
        ("--oidc-issuer", "https://me@login.example"),
        ("--oidc-issuer", "https://login.example?tenant=1"),
        ("--oidc-issuer", "https://login.example#x"),
        ("--oidc-issuer", "https://"),
        ("--oidc-issuer", "https://[broken"),
        ("--oidc-issuer", "https://login.example/a b"),
        ("--oidc-issuer", "https://login.example:port"),
        ("--oidc-client-id", "a b"),
        ("--oidc-client-secret-file", " "),
        ("--oidc-admin-claim", "roles"),
        ("--oidc-admin-claim", "=admin"),
        ("--oidc-admin-claim", "roles= "),
    ],
)
def test_a_wrong_value_is_refused_by_its_flag(flag: str, value: str) -> None:
    assert _refusal(OURS, flag, value).startswith(f"{flag} cannot be")


@pytest.mark.parametrize(
    "issuer", ["http://localhost:9000", "https://login.example/", "https://login.example/tenant"]
)
def test_an_issuer_is_kept_byte_for_byte(issuer: str) -> None:
    provider = _provider(OURS, "--oidc-issuer", issuer)

    assert provider and provider.issuer == issuer
