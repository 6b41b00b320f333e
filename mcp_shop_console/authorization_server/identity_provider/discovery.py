"""What the provider says of itself (OpenID Connect Discovery 1.0), read with care.

May import pydantic.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from mcp_shop_console.authorization_server.identity_provider.faults import Cause, ProviderFault

WELL_KNOWN = "/.well-known/openid-configuration"
ALGORITHMS = ("Ed25519", "ES256", "PS256", "RS256")
"""The signatures that are believed: none without a key, none with a shared one (RFC 8725 3.1)."""
_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Discovery:
    """The provider's endpoints and habits, each checked."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    """Empty if there is none."""
    algorithms: tuple[str, ...]
    auth_method: str
    """How we show our secret at the token endpoint."""
    names_itself: bool
    """Whether it names itself in its answers (RFC 9207)."""


class _Document(BaseModel):
    """As it comes. What is not named here is not read."""

    model_config = ConfigDict(strict=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    id_token_signing_alg_values_supported: list[str] = ["RS256"]
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]
    authorization_response_iss_parameter_supported: bool = False


def read_discovery(document: bytes, issuer: str, *, has_secret: bool) -> Discovery:
    """The discovery document of ``issuer``.

    Raises:
        ProviderFault: It is another provider's (section 4.3), or cannot be used.
    """
    said = _said(document)
    if said.issuer != issuer:
        raise ProviderFault(Cause.WRONG_ISSUER, "discovery")
    offered = said.id_token_signing_alg_values_supported
    algorithms = tuple(name for name in ALGORITHMS if name in offered)
    if not algorithms:
        raise ProviderFault(Cause.NONSENSE, "no known signature")
    endpoints = (said.authorization_endpoint, said.token_endpoint, said.jwks_uri)
    userinfo = (said.userinfo_endpoint,) if said.userinfo_endpoint else ()
    if not all(_is_as_safe(address, issuer) for address in (*endpoints, *userinfo)):
        raise ProviderFault(Cause.NONSENSE, "unsafe endpoint")
    return Discovery(
        *endpoints,
        userinfo_endpoint=said.userinfo_endpoint,
        algorithms=algorithms,
        auth_method=_auth_method(said) if has_secret else "none",
        names_itself=said.authorization_response_iss_parameter_supported,
    )


def is_safe(address: str) -> bool:
    """Whether secrets may be sent there: by https, or to a program on this computer."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    is_plain = bool(host) and parts.username is None and not parts.fragment
    is_ascii = address.isascii() and address.isprintable() and " " not in address
    is_secret = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK_HOSTS)
    return is_plain and is_ascii and is_secret


def _is_as_safe(address: str, issuer: str) -> bool:
    return is_safe(address) and (address.startswith("https:") or issuer.startswith("http:"))


def _said(document: bytes) -> _Document:
    try:
        return _Document.model_validate_json(document)
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0]) if error.errors()[0]["loc"] else ""
        raise ProviderFault(Cause.NONSENSE, field) from None


def _auth_method(said: _Document) -> str:
    is_basic = "client_secret_basic" in said.token_endpoint_auth_methods_supported
    return "client_secret_basic" if is_basic else "client_secret_post"
