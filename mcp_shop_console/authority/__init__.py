"""Authority: who may act for whom, and who has taken that back.

May import store, feed, model and settings. Each method decides, writes and records in one
transaction; nothing about a standing is ever kept in memory.
"""

from functools import partial

import anyio

from mcp_shop_console.authority import alarms, bans, calls, pleas
from mcp_shop_console.authority.bans import standing_of_human
from mcp_shop_console.authority.calls import objection, record_call, refusal, revocation, ruling_of
from mcp_shop_console.authority.grants import end_grant, make_grant
from mcp_shop_console.authority.history import history
from mcp_shop_console.authority.plea_waits import PleaWaits
from mcp_shop_console.feed import Feed
from mcp_shop_console.model.audit import AuditEntry, AuditKind, Fact, Outcome
from mcp_shop_console.model.deputies import Call, Deputy, Rank, Standing
from mcp_shop_console.model.refusals import Refusal, RefusalCode
from mcp_shop_console.store.database import Database

__all__ = [
    "PLEA_WAIT_SECONDS",
    "Authority",
    "end_grant",
    "make_grant",
    "objection",
    "record_call",
    "refusal",
    "revocation",
    "ruling_of",
    "standing_of_human",
]

PLEA_WAIT_SECONDS = 45.0
"""How long a prettyPlease call waits for the presenter. MCP clients give up after 60 s."""


class Authority:
    """Grants, bans, pleas and pardons."""

    def __init__(
        self, database: Database, feed: Feed, *, plea_wait_seconds: float = PLEA_WAIT_SECONDS
    ) -> None:
        self._database = database
        self._plea_waits = PleaWaits(feed)
        self._plea_wait_seconds = plea_wait_seconds

    # What the presenter does. Each method raises StoreUnavailable if nothing was changed.

    async def ban_human(self, human_id: str) -> AuditEntry | None:
        """Ban every deputy of a human, present and future. None if that is so already."""
        return await self._database.write(partial(bans.ban_human, human_id))

    async def ban_grant(self, grant_id: str) -> AuditEntry | None:
        """Ban one agent of a human. None if that is so already."""
        return await self._database.write(partial(bans.ban_grant, grant_id))

    async def pardon_human(self, human_id: str) -> AuditEntry | None:
        """Lift a human's ban and grant the open plea. None if there is neither.

        Granting a plea also lifts the bans of the very agents that asked.
        """
        return await self._database.write(partial(bans.pardon_human, human_id))

    async def pardon_grant(self, grant_id: str) -> AuditEntry | None:
        """Lift the ban of one agent of a human. None if there is none."""
        return await self._database.write(partial(bans.pardon_grant, grant_id))

    async def revoke_grant(self, grant_id: str) -> AuditEntry | None:
        """End a grant for good: its tokens are dead. None if it has ended already."""
        return await self._database.write(lambda tx: end_grant(tx, grant_id, actor=Rank.PRESENTER))

    async def reset(self) -> AuditEntry:
        """Lift every ban and close every plea. Orders, grants, tokens and audit stay."""
        return await self._database.write(bans.reset)

    async def see_alarms(self, up_to: int) -> AuditEntry | None:
        """Record that the alarms up to entry ``up_to`` were seen. None if that is so already."""
        return await self._database.write(partial(alarms.see, up_to))

    async def reveal(self, what: str) -> AuditEntry:
        """Record that the presenter showed private data; ``what`` names it in a word or two."""
        return await self._database.write(
            lambda tx: tx.audit.append(
                AuditKind.PRIVATE_DATA_REVEALED, actor=Rank.PRESENTER, facts={"what": what}
            )
        )

    async def note_server(self, kind: AuditKind, facts: dict[str, Fact]) -> AuditEntry:
        """Record that the server started or stopped."""
        return await self._database.write(
            lambda tx: tx.audit.append(kind, actor=Rank.SYSTEM, facts=facts)
        )

    async def history(self, limit: int) -> list[AuditEntry]:
        """What a screen is rebuilt from, oldest first.

        The newest ``limit`` entries, before them the decisions about standing and grants, the
        newest orders and alarms, and whatever set a ban or a plea that still stands.
        """
        return await self._database.read(partial(history, limit))

    async def call_count(self) -> int:
        """How many calls have been decided, however long ago."""
        return await self._database.read(lambda tx: tx.audit.call_count())

    # What agents do.

    async def set_demo_mode(
        self, deputy: Deputy, call: Call, standing: Standing
    ) -> Standing | Refusal:
        """Ban the caller's human at an agent's rank, or lift a ban of that rank."""
        decide = (
            bans.ban_at_agents_rank if standing is Standing.BANNED else bans.pardon_at_agents_rank
        )
        return await self._database.write(partial(decide, deputy, call))

    async def clear_demo_mode(self, deputy: Deputy, call: Call) -> Standing | Refusal:
        """Lift a ban that an agent set. One of a higher rank stays."""
        return await self._database.write(partial(bans.pardon_at_agents_rank, deputy, call))

    async def plead(self, deputy: Deputy, call: Call) -> Standing | Refusal:
        """Ask for pardon: at once where an agent's rank lifts the ban, else of the presenter.

        Waits for the presenter's answer, at most ``plea_wait_seconds``, and not at all if many
        calls of this human do. The plea stays open.
        """
        with self._plea_waits.joined(deputy.human.id) as wait:
            answer = await self._database.write(partial(pleas.plead, deputy, call))
            if not isinstance(answer, pleas.Asked):
                return answer
            if wait is not None:
                with anyio.move_on_after(self._plea_wait_seconds):
                    await wait.answer_to(deputy, answer.seq)
        return await self._database.write(partial(pleas.answer_plea, deputy, call, answer.plea_id))

    async def user_info(self, deputy: Deputy, call: Call) -> Deputy | Refusal:
        """What the shop knows of the caller, for a human with the permission ``shop:admin``."""
        return await self._database.note(partial(calls.user_info, deputy, call))

    async def refuse(
        self, deputy: Deputy, call: Call, code: RefusalCode, message: str, param: str = ""
    ) -> Refusal:
        """Record a refusal that was decided before any authority was asked."""
        return await self._database.write(
            lambda tx: refusal(tx, deputy, call, code, message, param=param)
        )

    async def note_flood(
        self, deputy: Deputy, first: Call, code: RefusalCode, count: int
    ) -> AuditEntry:
        """Record how many calls were refused, of which so far only the first is recorded."""
        return await self._database.note(
            lambda tx: record_call(
                tx,
                AuditKind.CALL_REFUSED,
                deputy,
                first,
                outcome=Outcome.REFUSED,
                code=code.value,
                facts={"count": count},
            )
        )
