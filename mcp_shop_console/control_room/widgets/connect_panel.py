"""What to do before anybody is here: how to connect an agent.

May import textual.
"""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from mcp_shop_console.control_room.safe_text import safe_text
from mcp_shop_console.control_room.widgets.status_line import spaced


class ConnectPanel(VerticalScroll):
    """The address, the commands for it, and the stage code; of a public address also its tunnel."""

    def __init__(self, url: str, stage_code: str, tunnels: Sequence[str] = ()) -> None:
        super().__init__(id="connect")
        self._url = safe_text(url)
        self._stage_code = stage_code
        self._tunnel = "".join(f"\n  {safe_text(command)}" for command in tunnels)

    def compose(self) -> ComposeResult:
        yield Static(
            Content.assemble(
                ("No agent is here yet. Connect one:\n\n", "bold"),
                "MCP address\n",
                (f"  {self._url}\n\n", "bold $primary"),
                "Claude Code\n",
                (f"  claude mcp add --transport http shop {self._url}\n\n", "bold $primary"),
                "MCP Inspector\n",
                ("  npx @modelcontextprotocol/inspector", "bold $primary"),
                "  then the address above\n\n",
                "Stage code, if the sign-in page asks\n",
                (f"  {spaced(self._stage_code)}", "bold $primary"),
                "\n\nA tunnel to here, from the address above" if self._tunnel else "",
                (self._tunnel, "bold $primary"),
            )
        )
