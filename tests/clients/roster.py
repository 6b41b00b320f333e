"""The clients that are tested: which, in what version, by what protocols, and what of each.

The README's table is made of this: versions come from the pins, what is tested from the tests.
"""

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
LEGACY = "2025-11-25"
MODERN = "2026-07-28"
_TESTED = {
    "login": "it_logs_in|it_connects",
    "call": "buys",
    "ban": "ban",
    "refresh": "refreshes",
    "revocation": "revoked",
    "restart": "restart",
}
"""What a client is tested for, and the words by which a test of it is known."""


@dataclass(frozen=True, slots=True)
class RealClient:
    """One client, as whoever uses it knows it."""

    name: str
    version: str
    protocols: tuple[str, ...]
    tests: str
    """The file of its tests."""

    def row(self) -> list[str]:
        """The cells of its line in the README."""
        path = f"clients/{self.tests}"
        link = f"[{path}](tests/{path})"
        return [self.name, self.version, ", ".join(self.protocols), ", ".join(self.tested()), link]

    def tested(self) -> list[str]:
        tree = ast.parse((HERE / self.tests).read_text(encoding="utf-8"))
        names = " ".join(n.name for n in tree.body if isinstance(n, ast.AsyncFunctionDef))
        return [what for what, words in _TESTED.items() if re.search(rf"test_\w*({words})", names)]


def node_pin(package: str) -> str:
    """The version of a Node package, by its name in package.json."""
    pins = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    return str(pins[package]).rpartition("@")[2]


def python_pin(package: str, pins: Path) -> str:
    """The version of a Python package, by a file of pins."""
    found = re.search(rf"^{package}==(\S+)$", pins.read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None, f"{pins} does not pin {package}"
    return found[1]


CLAUDE_CODE = RealClient(
    "Claude Code",
    node_pin("@anthropic-ai/claude-code-linux-x64"),
    (MODERN,),
    "test_claude_code.py",
)
INSPECTOR_WEB = RealClient(
    "MCP Inspector 2, web page",
    node_pin("@modelcontextprotocol/inspector"),
    (LEGACY, MODERN),
    "test_inspector_web.py",
)
INSPECTOR_CLI = RealClient(
    "MCP Inspector 2, command line",
    INSPECTOR_WEB.version,
    (LEGACY, MODERN),
    "test_inspector_cli.py",
)
INSPECTOR_1_WEB = RealClient(
    "MCP Inspector 1, web page, by proxy and direct",
    node_pin("inspector-1"),
    (LEGACY,),
    "test_inspector_1_web.py",
)
INSPECTOR_1_CLI = RealClient(
    "MCP Inspector 1, command line, with a token it is given",
    INSPECTOR_1_WEB.version,
    (LEGACY,),
    "test_inspector_1_cli.py",
)
MCP_REMOTE = RealClient(
    "mcp-remote, for Claude Desktop", node_pin("mcp-remote"), (LEGACY,), "test_mcp_remote.py"
)
TYPESCRIPT_2 = RealClient(
    "TypeScript SDK 2", node_pin("@modelcontextprotocol/client"), (LEGACY, MODERN), "test_sdks.py"
)
TYPESCRIPT_1 = RealClient(
    "TypeScript SDK 1", node_pin("@modelcontextprotocol/sdk"), (LEGACY,), "test_sdks.py"
)
PYTHON_2 = RealClient(
    "Python SDK 2",
    python_pin("mcp", HERE.parent.parent / "constraints.txt"),
    (LEGACY, MODERN),
    "test_sdks.py",
)
PYTHON_1 = RealClient(
    "Python SDK 1", python_pin("mcp", HERE / "mcp-1.txt"), (LEGACY,), "test_sdks.py"
)
FASTMCP = RealClient(
    "FastMCP", python_pin("fastmcp", HERE / "fastmcp.txt"), (LEGACY, MODERN), "test_sdks.py"
)
ROSTER = (
    CLAUDE_CODE,
    INSPECTOR_WEB,
    INSPECTOR_CLI,
    INSPECTOR_1_WEB,
    INSPECTOR_1_CLI,
    MCP_REMOTE,
    TYPESCRIPT_2,
    TYPESCRIPT_1,
    PYTHON_2,
    PYTHON_1,
    FASTMCP,
)
