"""The landing page: how to connect an agent, with the real address in it.

May import starlette and model.
"""

import json

from starlette.requests import Request
from starlette.responses import Response

from mcp_shop_console.authorization_server.endpoints import origin_of
from mcp_shop_console.authorization_server.pages import page
from mcp_shop_console.model.origins import Origins, resource_of

_DESKTOP = """{"mcpServers": {"shop": {
  "command": "npx",
  "args": ["-y", "mcp-remote",
    %s]
}}}"""


class LandingEndpoint:
    """The house's front door."""

    def __init__(self, origins: Origins) -> None:
        self._origins = origins

    async def handle(self, request: Request) -> Response:
        origin = origin_of(request, self._origins)
        url = resource_of(origin)
        values = {
            "url": url,
            "is_public": origin.startswith("https://"),
            "desktop": _DESKTOP % json.dumps(url),
        }
        return page("landing.html", values)
