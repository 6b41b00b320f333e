"""The OpenID provider at which humans sign in, if there is one.

May import the standard library only.
"""

from dataclasses import dataclass, field
from pathlib import Path

from mcp_shop_console.settings import readers
from mcp_shop_console.settings.option import Option, SettingRefused, Sources


@dataclass(frozen=True, slots=True)
class Provider:
    """What this server is at the provider."""

    issuer: str
    """Its name, byte for byte as its discovery document has it."""
    client_id: str
    client_secret: str = field(repr=False)
    """Empty for a public client."""
    admin_claim: str
    """The claim that gives ``shop:admin``; empty if none does."""
    admin_value: str
    """What the claim must be, or hold."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A setting without a flag: flags are seen by everyone on this computer, and kept by shells."""

    name: str
    help: str


OIDC_ISSUER = Option(
    "oidc-issuer",
    "OpenID provider at which humans sign in, as https://login.example",
    "",
    readers.issuer,
    "URL",
)
OIDC_CLIENT_ID = Option(
    "oidc-client-id",
    "what this server is called at the OpenID provider",
    "",
    readers.client_id,
    "ID",
)
OIDC_CLIENT_SECRET_FILE = Option(
    "oidc-client-secret-file",
    "file that holds the client secret and nothing else",
    "",
    readers.secret_file,
    "PATH",
)
OIDC_ADMIN_CLAIM = Option(
    "oidc-admin-claim",
    "claim that gives shop:admin, as roles=shop-admin: it is the value, or a list with it",
    "",
    readers.claim,
    "NAME=VALUE",
)
OPTIONS: tuple[Option[object], ...] = (
    OIDC_ISSUER,
    OIDC_CLIENT_ID,
    OIDC_CLIENT_SECRET_FILE,
    OIDC_ADMIN_CLAIM,
)
OIDC_CLIENT_SECRET = Variable("MCP_SHOP_OIDC_CLIENT_SECRET", "the client secret itself")
WORKOS_CLIENT_ID = Variable("WORKOS_CLIENT_ID", "the client id of an application at WorkOS")
WORKOS_API_KEY = Variable("WORKOS_API_KEY", "the secret of that application")
WORKOS_AUTHKIT_DOMAIN = Variable("WORKOS_AUTHKIT_DOMAIN", "AuthKit's domain, as name.authkit.app")
VARIABLES = (OIDC_CLIENT_SECRET, WORKOS_CLIENT_ID, WORKOS_API_KEY, WORKOS_AUTHKIT_DOMAIN)
_WORKOS = (WORKOS_CLIENT_ID, WORKOS_API_KEY, WORKOS_AUTHKIT_DOMAIN)
_WORKOS_CLAIM = ("permissions", "shop:admin")


def read_provider(sources: Sources) -> Provider | None:
    """The provider of the settings; None if nothing names one.

    Raises:
        SettingRefused: One is named by halves, or two are.
    """
    workos = [variable.name for variable in _WORKOS if sources.variable(variable.name)]
    ours = [option for option in OPTIONS if sources.value(option)]
    if not workos:
        return _from_options(sources) if ours or sources.variable(OIDC_CLIENT_SECRET.name) else None
    for variable in _WORKOS:
        if variable.name not in workos:
            raise SettingRefused(
                f"{workos[0]} is set, but {variable.name} is missing: give {variable.help}."
            )
    others = [option for option in ours if option is not OIDC_ADMIN_CLAIM]
    if others or sources.variable(OIDC_CLIENT_SECRET.name):
        other = others[0].flag if others else OIDC_CLIENT_SECRET.name
        raise SettingRefused(f"{workos[0]} and {other} name two providers: give one of them.")
    return _from_workos(sources)


def _from_workos(sources: Sources) -> Provider:
    claim = sources.value(OIDC_ADMIN_CLAIM) or _WORKOS_CLAIM
    return Provider(
        _workos_issuer(sources.variable(WORKOS_AUTHKIT_DOMAIN.name)),
        _plain(WORKOS_CLIENT_ID.name, sources.variable(WORKOS_CLIENT_ID.name)),
        _plain(WORKOS_API_KEY.name, sources.variable(WORKOS_API_KEY.name)),
        *claim,
    )


def _from_options(sources: Sources) -> Provider:
    for option in (OIDC_ISSUER, OIDC_CLIENT_ID):
        if not sources.value(option):
            raise SettingRefused(
                f"An OpenID provider is named by halves: {option.flag} or {option.variable}"
                " is missing."
            )
    return Provider(
        sources.value(OIDC_ISSUER),
        sources.value(OIDC_CLIENT_ID),
        _secret(sources),
        *(sources.value(OIDC_ADMIN_CLAIM) or ("", "")),
    )


def _workos_issuer(domain: str) -> str:
    try:
        return readers.public_url("https://" + domain.removeprefix("https://"))
    except ValueError:
        raise SettingRefused(
            f"The variable {WORKOS_AUTHKIT_DOMAIN.name} must be a domain, as name.authkit.app."
        ) from None


def _secret(sources: Sources) -> str:
    secret = sources.variable(OIDC_CLIENT_SECRET.name)
    path = sources.value(OIDC_CLIENT_SECRET_FILE)
    if not path:
        return _plain(OIDC_CLIENT_SECRET.name, secret)
    if secret:
        raise SettingRefused(
            f"Both {OIDC_CLIENT_SECRET.name} and {OIDC_CLIENT_SECRET_FILE.flag} are given: give"
            " one of them."
        )
    try:
        secret = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingRefused(
            f"The client secret cannot be read from {path}: give a file of text that you may read."
        ) from None
    if not secret:
        raise SettingRefused(f"The file {path} is empty: it must hold the client secret.")
    return _plain(f"The file {path}", secret)


def _plain(place: str, secret: str) -> str:
    """``secret``, which a refusal never shows."""
    if not secret.isprintable() or " " in secret or not secret.isascii():
        raise SettingRefused(f"{place} holds blanks or controls: give one line without them.")
    return secret
