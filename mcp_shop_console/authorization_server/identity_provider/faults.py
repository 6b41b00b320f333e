"""Why nobody was signed in at the provider.

May import the standard library only.
"""

import re
from enum import StrEnum

_WORD = re.compile(r"[A-Za-z0-9_ ]{1,40}")


class Cause(StrEnum):
    """As the audit keeps it."""

    UNREACHABLE = "provider_unreachable"
    SLOW = "provider_slow"
    NONSENSE = "provider_nonsense"
    """It answered, and not as an OpenID provider does."""
    REFUSED = "provider_refused"
    """It sent the person back without a code, or did not take the code."""
    WRONG_ISSUER = "provider_wrong_issuer"
    """Another provider answered than the one that was asked (RFC 9207)."""
    TOKEN_INVALID = "id_token_invalid"
    EMAIL_MISSING = "email_missing"
    EMAIL_UNCONFIRMED = "email_unconfirmed"
    STALE = "sign_in_stale"
    """The answer came again, too late, or to another browser."""


class ProviderFault(Exception):
    """The provider did not say who somebody is, in a way that could be believed."""

    def __init__(self, cause: Cause, detail: str = "") -> None:
        super().__init__(cause.value)
        self.cause = cause
        self.detail = detail if _WORD.fullmatch(detail) else ""
        """A word for whoever runs the server, as ``nonce``. Never what the provider sent."""
