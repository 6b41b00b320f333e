"""Lines that stay until they are dealt with: faults, alarms, and a plea that waits.

May import model and textual.
"""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from mcp_shop_console.control_room.moments import Moment, Tone, alarm_words
from mcp_shop_console.control_room.phrases import agent_name, human_name, shown
from mcp_shop_console.control_room.privacy import Veil
from mcp_shop_console.control_room.state import RoomState

_VEIL = Veil()
_REASON_CELLS = 120


class Banner(Static):
    """One line, there only while it has something to say."""

    def __init__(self, *, id: str) -> None:
        super().__init__("", markup=False, id=id)
        self._words = ""
        self.display = False

    def say(self, words: str) -> None:
        if words == self._words:
            return
        self._words = words
        self.update(Content(words))
        self.display = bool(words)


class Banners(Vertical):
    """The four of them, worst first."""

    def __init__(self, state: RoomState) -> None:
        super().__init__(id="banners")
        self._state = state

    def compose(self) -> ComposeResult:
        yield Banner(id="server-down")
        yield Banner(id="store-down")
        yield Banner(id="alarm")
        yield Banner(id="plea")

    def draw(self, moment: Moment | None) -> None:
        """Say what is still to be dealt with, but not what the spotlight says just now."""
        state = self._state
        is_plea_lit = moment is not None and moment.tone is Tone.PLEA
        words = {
            "server-down": _fault("SERVER DOWN", state.server.works, state.server.reason),
            "store-down": _fault("STORE FAILED", state.store.works, state.store.reason),
            "alarm": _alarm(state),
            "plea": "" if is_plea_lit else _plea(state),
        }
        for banner in self.query(Banner):
            banner.say(words[banner.id or ""])


def _fault(word: str, works: bool | None, reason: str) -> str:
    return f"✗ {word}  {shown(reason, _VEIL, _REASON_CELLS)}" if works is False else ""


def _alarm(state: RoomState) -> str:
    if not state.alarms:
        return ""
    more = f"  (and {len(state.alarms) - 1} more)" if len(state.alarms) > 1 else ""
    return f"▲ ALARM  {alarm_words(state.alarms[-1])}{more}  a = seen"


def _plea(state: RoomState) -> str:
    plea = state.next_plea()
    if plea is None:
        return ""
    more = f" (and {len(state.pleas) - 1} more)" if len(state.pleas) > 1 else ""
    human, agent = human_name(plea.human, _VEIL, 24), agent_name(plea.agent, _VEIL, 18)
    return f"♥ {human}'s {agent} says pretty please: press p{more}"
