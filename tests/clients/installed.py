"""Where `make test-clients` put the client programs."""

import shutil
import socket
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
CLIENTS = ROOT / ".clients"
NODE = CLIENTS / "bin" / "node"
PACKAGES = CLIENTS / "node_modules"
CHROMIUM = Path(shutil.which("chromium") or shutil.which("chromium-browser") or "chromium")


def free_port() -> int:
    """A port on which nobody listens just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
