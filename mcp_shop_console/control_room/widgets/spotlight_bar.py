"""The big line in which each moment of the talk is shown, readable from the last row.

May import textual.
"""

from textual.content import Content
from textual.widget import Widget

from mcp_shop_console.control_room.moments import Moment, Tone
from mcp_shop_console.control_room.sentence import fitted


class SpotlightBar(Widget):
    """Mark and word, and below them whom it is about."""

    def __init__(self) -> None:
        super().__init__(id="spotlight")
        self._moment: Moment | None = None

    def draw(self, moment: Moment | None) -> None:
        if moment == self._moment:
            return
        self._moment = moment
        tone = moment.tone if moment else Tone.CALM
        self.set_classes(f"-{tone.value}")
        self.refresh()

    def render(self) -> Content:
        moment = self._moment
        if moment is None:
            return Content("")
        word = Content(f"{moment.mark}  {moment.word}  {moment.mark}").stylize("bold")
        text = Content(fitted(moment.sentence, self.size.width)).stylize("bold")
        return Content("\n").join([word, text.truncate(self.size.width, ellipsis=True)])
