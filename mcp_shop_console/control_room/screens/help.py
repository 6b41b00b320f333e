"""The address, every key, and what the marks mean.

May import textual.
"""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from mcp_shop_console.control_room.safe_text import safe_text
from mcp_shop_console.control_room.screens.stage import StageScreen

KEYS = (
    ("b", "ban the selected human: every agent and session, later ones too"),
    ("p", "pretty please: answer the plea, or pardon the selected human"),
    ("B", "ban only the selected agent"),
    ("x", "revoke the selected grant: the agent must ask for consent again"),
    ("r", "reset: lift every ban and plea (asks first)"),
    ("enter", "show the selected session, call or order in full"),
    ("m", "show e-mails and addresses for ten seconds (audited)"),
    ("space", "pause the calls, or follow them again"),
    ("tab, ← →", "go to the next pane"),
    ("a", "alarms are seen"),
    ("s", "script; n and N turn its pages"),
    ("t", "light or dark"),
    ("ctrl+p", "all commands, with whom each hits"),
    ("ctrl+q", "quit"),
)
MARKS = (
    ("✓", "allowed"),
    ("✗", "refused or banned"),
    ("♥", "asks for pardon"),
    ("◌", "under way"),
    ("●", "connected"),
    ("○", "away"),
    ("⊘", "revoked"),
    ("↺", "a repeated order: the earlier one stands"),
    ("⌁", "the client went away"),
)


class HelpScreen(StageScreen):
    """One page."""

    AUTO_FOCUS = "#help"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.pop_screen", "Back", key_display="esc"),
        Binding("question_mark,q", "app.pop_screen", "Back", show=False),
    ]

    def compose_body(self) -> ComposeResult:
        with VerticalScroll(id="help", classes="pane") as pane:
            pane.border_title = "Help"
            yield Static(_page(self.room.url))


def _page(url: str) -> Content:
    address = Content.assemble("Agents connect to\n  ", (safe_text(url), "bold $primary"))
    keys = [_line(key, does, 9) for key, does in KEYS]
    marks = [_line(mark, means, 9) for mark, means in MARKS]
    return Content("\n").join([address, Content(""), *keys, Content(""), *marks])


def _line(key: str, does: str, cells: int) -> Content:
    return Content.assemble((f"{key:<{cells}}", "bold $primary"), does)
