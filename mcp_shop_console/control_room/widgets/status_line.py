"""The status line: where the server listens, and how much has happened.

May import textual.
"""

from textual.content import Content
from textual.widget import Widget

from mcp_shop_console.control_room.phrases import counted
from mcp_shop_console.control_room.safe_text import SafeText, safe_text
from mcp_shop_console.control_room.state import RoomState

_HASH_CHARACTERS = 8


class StatusLine(Widget):
    """Two lines: the service and its stage code, then the counters and the head of the audit."""

    def __init__(self, state: RoomState, url: str, stage_code: str) -> None:
        super().__init__(id="status")
        self._state = state
        self._url = url
        self._stage_code = stage_code

    def draw(self) -> None:
        self.set_class(self._state.server.works is False, "-down")
        self.refresh()

    def render(self) -> Content:
        width = self.size.width
        code = f"stage code {spaced(self._stage_code)}"
        url = safe_text(self._url, max(10, width - len(code) - 14))
        first = f"{self._service()} {url}"
        gap = " " * max(2, width - Content(first).cell_length - len(code))
        service = Content.assemble((first, "bold"), gap, code)
        return Content("\n").join([service, self._counters()])

    def _service(self) -> str:
        works = self._state.server.works
        if works is None:
            return "◌ STARTING"
        return "● LISTENING" if works else "✗ DOWN"

    def _counters(self) -> Content:
        state = self._state
        banned = SafeText(f"✗ {state.banned_count} BANNED" if state.banned_count else "0 banned")
        words = [
            counted(state.sessions.live_count, "session"),
            counted(state.call_count, "call"),
            counted(state.order_count, "order"),
            banned,
            SafeText(f"audit #{state.head_seq} {safe_text(state.head_hash[:_HASH_CHARACTERS])}"),
        ]
        return Content("  ").join([Content(word) for word in words])


def spaced(stage_code: str) -> SafeText:
    """Six digits as people read them out: ``482 913``."""
    half = len(stage_code) // 2
    return safe_text(f"{stage_code[:half]} {stage_code[half:]}")
