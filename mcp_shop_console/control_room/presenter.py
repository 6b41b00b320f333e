"""What the presenter's keys do: one decision each, and one line that says what came of it.

May import authority and model.
"""

import logging
from collections.abc import Awaitable, Callable

from mcp_shop_console.authority import Authority
from mcp_shop_console.control_room.moments import (
    Moment,
    Tone,
    agent_of,
    failed,
    human_of,
    moment_of,
    nothing_to,
    said,
)
from mcp_shop_console.control_room.phrases import agent_mark
from mcp_shop_console.control_room.privacy import Veil
from mcp_shop_console.control_room.rows import Target
from mcp_shop_console.control_room.sentence import Sentence
from mcp_shop_console.control_room.state import RoomState
from mcp_shop_console.model.audit import AuditEntry
from mcp_shop_console.model.deputies import Rank
from mcp_shop_console.model.faults import StoreUnavailable

_LOG = logging.getLogger(__name__)


class Presenter:
    """Turns keys into decisions of the authority. Every method returns what to say."""

    def __init__(self, authority: Authority, state: RoomState) -> None:
        self._authority = authority
        self._state = state

    async def ban(self, target: Target | None) -> Moment:
        """Ban the human: all deputies, all sessions, future ones too."""
        if target is None or target.human is None:
            return nothing_to("ban")
        entry = await self._authority.ban_human(target.human.id)
        return self._told(entry) or _no_change(human_of(target), "is banned already")

    async def ban_agent(self, target: Target | None) -> Moment:
        """Ban this one agent of the human."""
        if target is None or not target.grant_id:
            return nothing_to("ban")
        entry = await self._authority.ban_grant(target.grant_id)
        return self._told(entry) or _no_change(self._agent(target), "is banned already")

    async def pretty_please(self, target: Target | None) -> Moment:
        """Answer the plea that waits, else pardon whoever is selected."""
        plea = self._state.next_plea(target)
        if plea is not None:
            entry = await self._authority.pardon_human(plea.human.id)
            whom = human_of(Target(plea.human, plea.agent, plea.grant_id))
            return self._told(entry) or _no_change(whom, "asks for nothing any more")
        if target is None or target.human is None:
            return nothing_to("pardon")
        return await self._pardon(target, target.human.id)

    async def revoke(self, target: Target | None) -> Moment:
        """End the grant for good."""
        if target is None or not target.grant_id:
            return nothing_to("revoke")
        entry = await self._authority.revoke_grant(target.grant_id)
        return self._told(entry) or _no_change(self._agent(target), "is revoked already")

    async def reset(self) -> Moment:
        """Lift every ban and every plea."""
        return self._told(await self._authority.reset()) or said("↺", "RESET", tone=Tone.GOOD)

    async def see_alarms(self) -> Moment:
        """Record that the alarms on the screen were seen: they do not come back."""
        alarms = self._state.alarms
        if not alarms:
            return said("○", "Alarms", "there are none")
        seen = len(alarms)
        await self._authority.see_alarms(alarms[-1].seq)
        return said("○", "Alarms", f"{seen} taken off the screen")

    async def reveal(self) -> Moment:
        """Record that private data is shown. Only then may it be."""
        await self._authority.reveal("e-mails and addresses")
        return said("◉", "Unmasked", "for ten seconds, and the audit says so", tone=Tone.WARNING)

    def moment_of(self, entry: AuditEntry) -> Moment | None:
        """The moment of an entry, which tells its agent from the human's others of that name."""
        target = Target(entry.human, entry.agent, entry.grant_id)
        return moment_of(entry, agent_mark(target.grant_id, self._state.namesakes(target), Veil()))

    def applies(self, action: str, target: Target | None) -> bool:
        """Whether the action of a key would change anything, as far as the screen knows."""
        human_id = target.human.id if target and target.human else ""
        grant_id = target.grant_id if target else ""
        standings = self._state.standings(human_id, grant_id)
        match action:
            case "ban":
                return bool(human_id) and (standings.human_ban or 0) < Rank.PRESENTER
            case "ban_agent":
                is_final = standings.is_revoked or (standings.grant_ban or 0) >= Rank.PRESENTER
                return bool(grant_id) and not is_final
            case "pretty_please":
                return bool(self._state.pleas) or standings.is_banned
            case "revoke":
                return bool(grant_id) and not standings.is_revoked
            case _:
                return True

    async def _pardon(self, target: Target, human_id: str) -> Moment:
        standings = self._state.standings(human_id, target.grant_id)
        if standings.is_agent_ban_only:
            entry = await self._authority.pardon_grant(target.grant_id)
        else:
            entry = await self._authority.pardon_human(human_id)
        return self._told(entry) or _no_change(human_of(target), "is not banned")

    def _agent(self, target: Target) -> Sentence:
        return agent_of(target, agent_mark(target.grant_id, self._state.namesakes(target), Veil()))

    def _told(self, entry: AuditEntry | None) -> Moment | None:
        return None if entry is None else self.moment_of(entry)


async def answer(decide: Callable[[], Awaitable[Moment]]) -> Moment:
    """Do what a key asks for, and say what came of it, whatever happens."""
    try:
        return await decide()
    except StoreUnavailable:
        return failed("the store does not answer")
    except Exception:  # noqa: BLE001 - a key's action is a border: it must not end the talk
        _LOG.exception("a key's action failed")
        return failed("a fault in this program; the log has it")


def _no_change(whom: Sentence, why: str) -> Moment:
    return said("○", "No change", *whom, f" {why}")
