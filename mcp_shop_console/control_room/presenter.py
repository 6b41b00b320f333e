"""What the presenter's keys do: one decision each, and one line that says what came of it.

May import authority and model.
"""

import logging
from collections.abc import Awaitable, Callable

from mcp_shop_console.authority import Authority
from mcp_shop_console.control_room.moments import (
    Moment,
    Tone,
    failed,
    moment_of,
    nothing_to,
    said,
    target_words,
)
from mcp_shop_console.control_room.rows import Target
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
        human = target.human
        entry = await self._authority.ban_human(human.id)
        return _told(entry) or said("○", "No change", f"{target_words(target)} is banned already")

    async def ban_agent(self, target: Target | None) -> Moment:
        """Ban this one agent of the human."""
        if target is None or not target.grant_id:
            return nothing_to("ban")
        entry = await self._authority.ban_grant(target.grant_id)
        whom = target_words(target, is_agent_only=True)
        return _told(entry) or said("○", "No change", f"{whom} is banned already")

    async def pretty_please(self, target: Target | None) -> Moment:
        """Answer the plea that waits, else pardon whoever is selected."""
        human_id = target.human.id if target and target.human else ""
        plea = self._state.next_plea(human_id)
        if plea is not None:
            entry = await self._authority.pardon_human(plea.human.id)
            whom = target_words(Target(plea.human, plea.agent, plea.grant_id))
            return _told(entry) or said("○", "No change", f"{whom} asks for nothing any more")
        if target is None or target.human is None:
            return nothing_to("pardon")
        return await self._pardon(target, human_id)

    async def revoke(self, target: Target | None) -> Moment:
        """End the grant for good."""
        if target is None or not target.grant_id:
            return nothing_to("revoke")
        entry = await self._authority.revoke_grant(target.grant_id)
        whom = target_words(target, is_agent_only=True)
        return _told(entry) or said("○", "No change", f"{whom} is revoked already")

    async def reset(self) -> Moment:
        """Lift every ban and every plea."""
        return _told(await self._authority.reset()) or said("↺", "RESET", "", Tone.GOOD)

    async def reveal(self) -> Moment:
        """Record that private data is shown. Only then may it be."""
        await self._authority.reveal("e-mails and addresses")
        return said("◉", "Unmasked", "for ten seconds, and the audit says so", Tone.WARNING)

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
        if standings.human_ban is None and standings.grant_ban is not None:
            entry = await self._authority.pardon_grant(target.grant_id)
        else:
            entry = await self._authority.pardon_human(human_id)
        return _told(entry) or said("○", "No change", f"{target_words(target)} is not banned")


async def answer(decide: Callable[[], Awaitable[Moment]]) -> Moment:
    """Do what a key asks for, and say what came of it, whatever happens."""
    try:
        return await decide()
    except StoreUnavailable:
        return failed("the store does not answer")
    except Exception:  # noqa: BLE001 - a key's action is a border: it must not end the talk
        _LOG.exception("a key's action failed")
        return failed("a fault in this program; the log has it")


def _told(entry: AuditEntry | None) -> Moment | None:
    return moment_of(entry) if entry is not None else None
