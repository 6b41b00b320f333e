"""The server under attack, and what the attackers were told of it."""

from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from urllib.parse import urlsplit

from tests.attacks.wire import Wire

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass
class Site:
    """A running server."""

    url: str
    """Of its MCP endpoint."""
    stage_code: str = ""
    """Empty where nobody told it."""
    may_flood: bool = False
    """Whether its limits may be used up: others at this address would feel it."""
    is_patient: bool = False
    """Whether what takes a minute is waited for."""
    folder: Path | None = None
    """Where an own server keeps its database and its log; None of anybody else's."""
    secrets: set[str] = field(default_factory=set[str])
    """Every secret that it gave out or was sent."""
    shared: list[dict[str, object]] = field(default_factory=list[dict[str, object]])
    """Registrations that several attacks use."""
    agents_lent: int = 0
    lock: Lock = field(default_factory=Lock)

    @property
    def origin(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def resource(self) -> str:
        return f"{self.origin}/mcp"

    @property
    def wire(self) -> Wire:
        return Wire(self.origin)

    @property
    def is_loopback(self) -> bool:
        return urlsplit(self.url).hostname in _LOOPBACK
