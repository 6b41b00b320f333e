"""Where `make test-clients` put the client programs."""

import json
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
CLIENTS = ROOT / ".clients"
NODE = CLIENTS / "node"
PACKAGES = CLIENTS / "node_modules"
CHROMIUM = CLIENTS / "chromium"


def version_of(package: str) -> str:
    """The version that is pinned for a Node package, by its name in package.json."""
    pins = json.loads((Path(__file__).parent / "package.json").read_text(encoding="utf-8"))
    return str(pins["dependencies"][package]).rpartition("@")[2]
