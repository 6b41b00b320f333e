"""Who somebody is, by the claims of a provider (OpenID Connect Core 1.0 section 5.1).

May import the standard library only.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mcp_shop_console.authorization_server.identity_provider.account import ProviderAccount
from mcp_shop_console.authorization_server.identity_provider.faults import Cause, ProviderFault
from mcp_shop_console.authorization_server.parameters import has_controls

_MAX_NAME_CHARACTERS = 80
_MAX_EMAIL_CHARACTERS = 254
_SUBJECT = re.compile(r"[\x20-\x7e]{1,255}")
"""OpenID Connect Core 1.0 section 2."""
_NAMES = ("name", "given_name", "family_name")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True, slots=True)
class Identity:
    """A person for whom the provider vouches."""

    issuer: str
    subject: str
    """The provider's own name for the person: never given to anyone else."""
    name: str
    email: str
    """In lower case. May change, and may be given to somebody else later."""
    is_admin: bool


def identity_of(claims: Mapping[str, object], account: ProviderAccount) -> Identity:
    """The person of checked ``claims``.

    Raises:
        ProviderFault: There is no usable subject or e-mail among them.
    """
    subject = claims.get("sub")
    # Byte for byte: trimmed, two people might become one.
    if not isinstance(subject, str) or not _SUBJECT.fullmatch(subject):
        raise ProviderFault(Cause.NONSENSE, "sub")
    email = _text(claims, "email", _MAX_EMAIL_CHARACTERS).lower()
    if not _EMAIL.fullmatch(email):
        raise ProviderFault(Cause.EMAIL_MISSING)
    # Some providers say it as a text. Those that say nothing keep no e-mail unconfirmed.
    if claims.get("email_verified", True) not in (True, "true"):
        raise ProviderFault(Cause.EMAIL_UNCONFIRMED)
    return Identity(
        issuer=account.issuer,
        subject=subject,
        name=_name(claims) or email.partition("@")[0],
        email=email,
        is_admin=_is_admin(claims, account),
    )


def lacks(claims: Mapping[str, object], account: ProviderAccount) -> bool:
    """Whether the userinfo endpoint may know more than these claims say."""
    wanted = {"email", "name", account.admin_claim} - {""}
    return not wanted <= claims.keys()


def _name(claims: Mapping[str, object]) -> str:
    whole, given, family = (_text(claims, part, 10 * _MAX_NAME_CHARACTERS) for part in _NAMES)
    return " ".join((whole or f"{given} {family}").split())[:_MAX_NAME_CHARACTERS].strip()


def _is_admin(claims: Mapping[str, object], account: ProviderAccount) -> bool:
    if not account.names_admins:
        return False
    value = claims.get(account.admin_claim)
    is_among = isinstance(value, list) and account.admin_value in value
    return is_among or value == account.admin_value


def _text(claims: Mapping[str, object], name: str, longest: int) -> str:
    """The claim, empty if it is none that could be stored and shown."""
    value = claims.get(name)
    if not isinstance(value, str) or len(value) > longest or has_controls(value):
        return ""
    return value.strip()
