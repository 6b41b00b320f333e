"""Sentences on one line: names yield to the room that is left, every other word stays.

May import model and rich.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rich.cells import cell_len

from mcp_shop_console.control_room.phrases import agent_name, human_name
from mcp_shop_console.control_room.privacy import Veil
from mcp_shop_console.control_room.safe_text import NO_TEXT, SafeText
from mcp_shop_console.model.deputies import Agent, Human

_WIDEST_NAME_CELLS = 30
_NARROWEST_NAME_CELLS = 8
_REMEMBERED = 64
_VEIL = Veil()
"""A sentence is for everyone in the hall: it is always masked."""


@dataclass(frozen=True, slots=True)
class HumanName:
    """Where a sentence names a human."""

    human: Human | None

    def cut(self, cells: int) -> SafeText:
        return human_name(self.human, _VEIL, cells)


@dataclass(frozen=True, slots=True)
class AgentName:
    """Where a sentence names an agent."""

    agent: Agent | None
    mark: SafeText = NO_TEXT
    """What tells it from its human's other agents of that name."""

    def cut(self, cells: int) -> SafeText:
        return agent_name(self.agent, _VEIL, cells, self.mark)


Part = str | HumanName | AgentName
"""Our own or safe words, or a name."""
Sentence = tuple[Part, ...]


def deputy(human: Human | None, agent: Agent | None, mark: SafeText = NO_TEXT) -> Sentence:
    """``Claude Code of Ada Lovelace #3f2a``."""
    return AgentName(agent, mark), " of ", HumanName(human)


def whole(sentence: Sentence) -> SafeText:
    """The sentence where there is room for it."""
    return _with_names_of(sentence, _WIDEST_NAME_CELLS)


@lru_cache(_REMEMBERED)
def fitted(sentence: Sentence, cells: int) -> SafeText:
    """The sentence in ``cells``, of which the longest names give up theirs."""
    most = _WIDEST_NAME_CELLS
    text = _with_names_of(sentence, most)
    while cell_len(text) > cells and most > _NARROWEST_NAME_CELLS:
        most -= 1
        text = _with_names_of(sentence, most)
    return text


def _with_names_of(sentence: Sequence[Part], cells: int) -> SafeText:
    return SafeText(
        "".join(part if isinstance(part, str) else part.cut(cells) for part in sentence)
    )
