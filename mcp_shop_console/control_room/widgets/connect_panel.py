"""What to do before anybody is here: how to connect an agent.

May import textual.
"""

from textual.content import Content
from textual.widgets import Static

from mcp_shop_console.control_room.safe_text import safe_text
from mcp_shop_console.control_room.widgets.status_line import spaced


class ConnectPanel(Static):
    """The address, the commands for it, and the stage code."""

    def __init__(self, url: str, stage_code: str) -> None:
        shown_url = safe_text(url)
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
            ),
            id="connect",
        )
