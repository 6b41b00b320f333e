"""The status line: where the server listens, and how much has happened.

May import textual.
"""

from textual.content import Content
from textual.widget import Widget

from mcp_shop_console.control_room.phrases import counted, short_hash
from mcp_shop_console.control_room.safe_text import SafeText, safe_text
from mcp_shop_console.control_room.state import RoomState

_LISTENING = "● LISTENING"
"""The longest of what is said of the service."""


class StatusLine(Widget):
    """The service and its stage code, then the counters and the head of the audit.

    An address that does not fit beside the stage code has a line of its own between them.
    """

    def __init__(self, state: RoomState, url: str, stage_code: str) -> None:
        super().__init__(id="status")
        self._state = state
        self._url = url
        self._code = f"stage code {spaced(stage_code)}"

    def draw(self) -> None:
        self.set_class(self._state.server.works is False, "-down")
        self.refresh()

    def render(self) -> Content:
        width = self.size.width
        url = safe_text(self._url, width)
        is_in_one_line = self._is_in_one_line(width)
        first = f"{self._service()} {url}" if is_in_one_line else self._service()
        gap = " " * max(2, width - Content(first).cell_length - len(self._code))
        lines = [Content.assemble((first, "bold"), gap, self._code), self._counters()]
        if not is_in_one_line:
            lines.insert(1, Content.assemble((url, "bold")))
        return Content("\n").join(lines)

    def on_resize(self) -> None:
        self.styles.height = 2 if self._is_in_one_line(self.size.width) else 3

    def _is_in_one_line(self, width: int) -> bool:
        """Whether the address fits beside the stage code, whatever the service does."""
        address = Content(f"{_LISTENING} {safe_text(self._url)}  ")
        return address.cell_length + len(self._code) <= width

    def _service(self) -> str:
        works = self._state.server.works
        if works is None:
            return "◌ STARTING"
        return _LISTENING if works else "✗ DOWN"

    def _counters(self) -> Content:
        state = self._state
        banned = SafeText(f"✗ {state.banned_count} BANNED" if state.banned_count else "0 banned")
        words = [
            counted(state.sessions.live_count, "session"),
            counted(state.call_count, "call"),
            counted(state.order_count, "order"),
            banned,
            SafeText(f"audit #{state.head_seq} {short_hash(state.head_hash)}"),
        ]
        return Content("  ").join([Content(word) for word in words])


def spaced(stage_code: str) -> SafeText:
    """Six digits as people read them out: ``482 913``."""
    half = len(stage_code) // 2
    return safe_text(f"{stage_code[:half]} {stage_code[half:]}")
