"""The big line in which each moment of the talk is shown, readable from the last row.

May import textual.
"""

from textual.content import Content
from textual.widgets import Static

from mcp_shop_console.control_room.moments import Moment, Tone


class SpotlightBar(Static):
    """Mark and word, and below them whom it is about."""

    def __init__(self) -> None:
        super().__init__("", markup=False, id="spotlight")
        self._moment: Moment | None = None
        self._has_moment = False

    def draw(self, moment: Moment | None) -> None:
        if self._has_moment and moment == self._moment:
            return
        self._moment, self._has_moment = moment, True
        tone = moment.tone if moment else Tone.CALM
        self.set_classes(f"-{tone.value}")
        self.update(_two_lines(moment) if moment else Content(""))


def _two_lines(moment: Moment) -> Content:
    word = Content(f"{moment.mark}  {moment.word}  {moment.mark}").stylize("bold")
    return Content("\n").join([word, Content(moment.text).stylize("bold")])
