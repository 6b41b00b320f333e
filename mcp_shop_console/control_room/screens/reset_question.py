"""The one question that is asked: whether to reset.

May import textual.
"""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from mcp_shop_console.control_room.phrases import counted


class ResetQuestion(ModalScreen[bool]):
    """Answers True for yes. No button: a key is quicker, and cannot be hit by a stray click."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "answer(True)", "Yes"),
        Binding("n,escape,r", "answer(False)", "No"),
    ]

    def __init__(self, bans: int, pleas: int) -> None:
        super().__init__()
        self._words = f"{counted(bans, 'ban')} and {counted(pleas, 'plea')}"

    def compose(self) -> ComposeResult:
        with Vertical(id="question"):
            yield Static(
                Content.assemble(
                    ("Reset?\n\n", "bold"),
                    f"Lifts {self._words}.\n",
                    "Orders, grants and the audit stay.\n\n",
                    ("y", "bold $primary"),
                    " yes    ",
                    ("n", "bold $primary"),
                    " no",
                )
            )

    def action_answer(self, is_yes: bool) -> None:
        self.dismiss(is_yes)
