"""The names under which this one server answers.

May import the standard library only.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
RESOURCE_PATH = "/mcp"
RESOURCE_PATHS = (RESOURCE_PATH, f"{RESOURCE_PATH}/")
"""Where the MCP server answers: people write its address with a slash at the end, too."""


@dataclass(frozen=True, slots=True)
class Origins:
    """Every origin of this server. Each is its own issuer and resource, all are one authority."""

    all: tuple[str, ...]
    """As ``http://localhost:7777``: scheme, host and port (none if the scheme's own), no slash."""

    @property
    def main(self) -> str:
        """The origin to show and print: the public one, else localhost."""
        return self.all[0]

    def of_host(self, host_header: str) -> str | None:
        """The origin a request was sent to, or None if the Host header names another server."""
        host = host_header.lower()
        for origin in self.all:
            if urlsplit(origin).netloc == host:
                return origin
        return None


def loopback_origins(port: int, public_url: str = "") -> Origins:
    """The three loopback names of ``port``, led by ``public_url`` where there is one."""
    loopback = tuple(f"http://{name}:{port}" for name in LOOPBACK_NAMES)
    return Origins(((public_url,) if public_url else ()) + loopback)


def resource_of(origin: str) -> str:
    """The resource identifier of the MCP server at ``origin`` (RFC 8707 section 2)."""
    return origin + RESOURCE_PATH
