"""The command palette: every key's action, with whom it hits in its title.

May import textual.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial

from rich.text import Text
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.screen import Screen

from mcp_shop_console.control_room.moments import agent_of, human_of
from mcp_shop_console.control_room.phrases import agent_mark
from mcp_shop_console.control_room.privacy import Veil
from mcp_shop_console.control_room.rows import Target
from mcp_shop_console.control_room.safe_text import SafeText
from mcp_shop_console.control_room.screens.stage import StageScreen
from mcp_shop_console.control_room.sentence import whole
from mcp_shop_console.control_room.state import RoomState


@dataclass(frozen=True, slots=True)
class RoomCommand:
    """One entry: what it does and to whom, and the action that a key calls too."""

    title: SafeText
    action: str
    help: str
    """Our own words only: the palette takes them as markup."""


class RoomCommands(Provider):
    """Offers what would change something now. A title is a ``Text``: a string would be markup."""

    async def discover(self) -> Hits:
        for command in self._commands():
            title = Text(command.title)
            yield DiscoveryHit(title, self._run(command), text=command.title, help=command.help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for command in self._commands():
            score = matcher.match(command.title)
            if score > 0:
                title = Text(command.title)
                yield Hit(score, title, self._run(command), text=command.title, help=command.help)

    def _commands(self) -> Iterator[RoomCommand]:
        stage = _stage_of(self.screen)
        if stage is None:
            return
        for command in commands(stage.target, stage.room.state):
            if stage.room.applies(command.action):
                yield command

    def _run(self, command: RoomCommand) -> Callable[[], Awaitable[bool]]:
        return partial(self.app.run_action, command.action)


def commands(target: Target | None, state: RoomState) -> Iterator[RoomCommand]:
    """Everything the room can do to ``target``, and without one."""
    if target is not None:
        human, agent = whole(human_of(target)), _agent(target, state)
        yield _command(f"Ban {human}", "ban", "Every agent, every session, future ones too")
        yield _command(f"Ban agent {agent}", "ban_agent", "This agent only")
        yield _command(f"Revoke {agent}", "revoke", "It must ask for consent again")
    yield from _pardon(target, state)
    yield _command("Reset", "reset", "Lift every ban and plea; asks first")
    yield _command("Show or mask private data", "mask", "For ten seconds; audited")
    yield _command("Pause or follow the calls", "pause", "The list stands still")
    yield _command("Alarms are seen", "see_alarms", "Take them off the screen")
    yield _command("Script", "script", "The talk, act by act")
    yield _command("Light or dark", "turn_light", "For the projector")
    yield _command("Help", "help", "Every key and mark")
    yield _command("Quit", "quit", "The server stops too")


def _pardon(target: Target | None, state: RoomState) -> Iterator[RoomCommand]:
    """What ``p`` would do: answer a plea, whoever's it is, or pardon ``target``."""
    plea = state.next_plea(target)
    if plea is not None:
        human = whole(human_of(Target(plea.human, plea.agent, plea.grant_id)))
        yield _command(f"Pardon, pretty please: {human}", "pretty_please", "Answers the plea")
    elif target is not None:
        human_id = target.human.id if target.human else ""
        is_agent = state.standings(human_id, target.grant_id).is_agent_ban_only
        whom = f"agent {_agent(target, state)}" if is_agent else whole(human_of(target))
        yield _command(f"Pardon, pretty please: {whom}", "pretty_please", "Nobody asked for it")


def _agent(target: Target, state: RoomState) -> SafeText:
    mark = agent_mark(target.grant_id, state.namesakes(target), Veil())
    return whole(agent_of(target, mark))


def _command(title: str, action: str, help_words: str) -> RoomCommand:
    return RoomCommand(SafeText(title), action, help_words)


def _stage_of(screen: Screen[object]) -> StageScreen | None:
    return screen if isinstance(screen, StageScreen) else None
