"""What to do before anybody is here: how to connect an agent.

May import textual.
"""

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from mcp_shop_console.control_room.safe_text import safe_text
from mcp_shop_console.control_room.widgets.status_line import spaced


class ConnectPanel(Static):
    """The address, the commands for it, and the stage code; of a public address also its tunnel."""

    def __init__(self, url: str, stage_code: str, tunnels: Sequence[str] = ()) -> None:
        shown_url = safe_text(url)
        tunnel = "".join(f"\n  {safe_text(command)}" for command in tunnels)
        super().__init__(
            Content.assemble(
                ("No agent is here yet. Connect one:\n\n", "bold"),
                "MCP address\n",
                (f"  {shown_url}\n\n", "bold $primary"),
                "Claude Code\n",
                (f"  claude mcp add --transport http shop {shown_url}\n\n", "bold $primary"),
                "MCP Inspector\n",
                ("  npx @modelcontextprotocol/inspector", "bold $primary"),
                "  then the address above\n\n",
                "Stage code, if the sign-in page asks\n",
                (f"  {spaced(stage_code)}", "bold $primary"),
                "\n\nA tunnel to here, from the address above" if tunnel else "",
                (tunnel, "bold $primary"),
            ),
            id="connect",
        )
