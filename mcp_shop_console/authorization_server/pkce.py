"""Proof Key for Code Exchange, with S256 and nothing else (RFC 7636).

May import authlib.
"""

import re
from collections.abc import Callable

from authlib.oauth2.rfc7636 import (  # pyright: ignore[reportMissingTypeStubs] - it ships none
    create_s256_code_challenge,  # pyright: ignore[reportUnknownVariableType] - for the same reason
)

from mcp_shop_console.authorization_server.credentials import is_same

_challenge_of: Callable[[str], str] = create_s256_code_challenge  # pyright: ignore[reportUnknownVariableType] - untyped
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def is_challenge(text: str) -> bool:
    """Whether this can be an S256 challenge: 256 bits in base64url (RFC 7636 section 4.2)."""
    return _CHALLENGE.fullmatch(text) is not None


def is_verified(verifier: str, challenge: str) -> bool:
    """Whether ``verifier`` is the secret behind ``challenge`` (RFC 7636 section 4.6)."""
    if _VERIFIER.fullmatch(verifier) is None:
        return False
    return is_same(_challenge_of(verifier), challenge)
