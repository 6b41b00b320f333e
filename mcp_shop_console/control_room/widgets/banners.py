"""Lines that stay until they are dealt with: faults, alarms, and a plea that waits.

May import model and textual.
"""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from mcp_shop_console.control_room.moments import Moment, alarm_sentence
from mcp_shop_console.control_room.phrases import shown
from mcp_shop_console.control_room.privacy import Veil
from mcp_shop_console.control_room.rows import Target, WaitingPlea
from mcp_shop_console.control_room.sentence import AgentName, HumanName, Sentence, fitted
from mcp_shop_console.control_room.state import RoomState

_VEIL = Veil()
_REASON_CELLS = 120
_PADDING_CELLS = 2


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

    def draw(self, moment: Moment | None, selected: Target | None) -> None:
        """Say what is still to be dealt with, but not what the spotlight says just now."""
        state = self._state
        plea = state.next_plea(selected)
        is_plea_lit = moment is not None and plea is not None and moment.seq == plea.seq
        sentences = {
            "server-down": _fault("SERVER DOWN", state.server.works, state.server.reason),
            "store-down": _fault("STORE FAILED", state.store.works, state.store.reason),
            "alarm": _alarm(state),
            "plea": () if plea is None or is_plea_lit else _plea(plea, len(state.pleas) - 1),
        }
        cells = self.container_size.width - _PADDING_CELLS
        for banner in self.query(Banner):
            banner.say(fitted(sentences[banner.id or ""], cells))


def _fault(word: str, works: bool | None, reason: str) -> Sentence:
    return (f"✗ {word}  {shown(reason, _VEIL, _REASON_CELLS)}",) if works is False else ()


def _alarm(state: RoomState) -> Sentence:
    """The newest. How many there are and the key come first: they are never cut."""
    if not state.alarms:
        return ()
    count = len(state.alarms)
    word = "ALARM" if count == 1 else f"{count} ALARMS"
    return f"▲ {word}  a = seen  ", *alarm_sentence(state.alarms[-1])


def _plea(plea: WaitingPlea, others: int) -> Sentence:
    more = f" (and {others} more)" if others else ""
    asks = f" says pretty please: press p{more}"
    return "♥ ", HumanName(plea.human), "'s ", AgentName(plea.agent), asks
