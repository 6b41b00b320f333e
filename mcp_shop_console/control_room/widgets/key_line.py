"""The line of keys: what each does now, greyed where it would do nothing.

May import textual.
"""

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding
from textual.content import Content
from textual.widget import Widget

from mcp_shop_console.control_room.safe_text import safe_text

_KEYS = {"space": "spc", "question_mark": "?", "ctrl+q": "^q"}
_ORDER = (
    *("ban", "pretty_please", "ban_agent", "revoke", "reset", "see_alarms"),
    *("app.pop_screen", "open", "quit", "help", "mask", "pause"),
)
"""The actions that are named first where there is no room for all."""
_FULL: dict[str, str] = {}
_SHORT = {"Pretty please": "Please", "Ban agent": "Agent", "Unmask": "Show"}
"""Names for where there is little room."""
_RARE = frozenset({"see_alarms", "pause"})
"""Actions that are named only while they apply."""


def _rank(binding: Binding) -> int:
    return _ORDER.index(binding.action) if binding.action in _ORDER else len(_ORDER)


class KeyLine(Widget):
    """As many keys as fit, the most important first."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-line--key", "key-line--off"}

    def __init__(self, applies: Callable[[str], bool]) -> None:
        super().__init__(id="keys")
        self._applies = applies

    def render(self) -> Content:
        keys = self._keys()
        for names, gap in ((_FULL, 2), (_SHORT, 2), (_SHORT, 1)):
            line = self._line(keys, names, gap)
            if line.cell_length <= self.size.width:
                return line
        while keys and self._line(keys, _SHORT, 1).cell_length > self.size.width:
            keys.pop()
        return self._line(keys, _SHORT, 1)

    def _line(self, keys: list[tuple[str, str, bool]], names: dict[str, str], gap: int) -> Content:
        pieces = [self._piece(key, names.get(name, name), is_on=on) for key, name, on in keys]
        return Content(" " * gap).join(pieces)

    def _keys(self) -> list[tuple[str, str, bool]]:
        shown = [
            active.binding
            for active in self.screen.active_bindings.values()
            if active.binding.show and active.binding.description
        ]
        shown.sort(key=_rank)
        return [
            (binding.key_display or _KEYS.get(binding.key, binding.key), binding.description, on)
            for binding in shown
            if (on := self._applies(binding.action)) or binding.action not in _RARE
        ]

    def _piece(self, key: str, name: str, *, is_on: bool) -> Content:
        style = "key-line--key" if is_on else "key-line--off"
        look = self.get_visual_style(style)
        key_words, name_words = safe_text(key), safe_text(name)
        if not is_on:
            return Content(f"{key_words} {name_words}").stylize(look)
        return Content.assemble((key_words, look), f" {name_words}")
