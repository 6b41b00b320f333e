"""What an id token must look like before anyone looks into it (RFC 8725 section 3).

May import pydantic.
"""

import base64

from pydantic import TypeAdapter

from mcp_shop_console.authorization_server.identity_provider.faults import Cause, ProviderFault

_HEADER = TypeAdapter(dict[str, object])
MAX_CHARACTERS = 8 * 1024
_REFUSED = frozenset({"crit", "jku", "jwk", "x5c", "x5u"})
"""In the header of a token that brings its own key, or asks to be understood in a special way."""


def check_header(id_token: object) -> None:
    """Refuse what is no signed token of honest size with a plain header.

    Raises:
        ProviderFault: It is not.
    """
    if not isinstance(id_token, str):
        raise ProviderFault(Cause.TOKEN_INVALID, "missing")
    if len(id_token) > MAX_CHARACTERS:
        raise ProviderFault(Cause.TOKEN_INVALID, "too long")
    encoded, *others = id_token.split(".")
    if len(others) != 2:
        raise ProviderFault(Cause.TOKEN_INVALID, "not signed")
    try:
        header = _HEADER.validate_json(base64.urlsafe_b64decode(encoded + "=="))
    except ValueError:
        raise ProviderFault(Cause.TOKEN_INVALID, "header") from None
    if _REFUSED & header.keys():
        raise ProviderFault(Cause.TOKEN_INVALID, "header")
