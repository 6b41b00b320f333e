"""Which resource identifiers mean this server's shop (RFC 8707).

May import model.
"""

import re

from mcp_shop_console.model.origins import RESOURCE_PATH, Origins, resource_of

_RESOURCE = re.compile(rf"(?P<origin>[a-z]+://[^/?#\\]+){RESOURCE_PATH}/?", re.IGNORECASE)


def own_resource(asked: str, origins: Origins, origin: str) -> str | None:
    """Our resource that ``asked`` names; None if it is another server's. Nothing asked: ours.

    The case of scheme and host does not matter, nor does one slash at the end.
    """
    if not asked:
        return resource_of(origin)
    match = _RESOURCE.fullmatch(asked)
    if match is None or match["origin"].lower() not in origins.all:
        return None
    return resource_of(match["origin"].lower())
