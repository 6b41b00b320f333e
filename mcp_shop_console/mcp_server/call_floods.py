"""Floods of calls: an agent that calls too often is refused, and recorded once a minute.

May import authority and model.
"""

from dataclasses import dataclass, field, replace

import anyio

from mcp_shop_console.authority import Authority
from mcp_shop_console.mcp_server import replies
from mcp_shop_console.mcp_server.replies import Reply
from mcp_shop_console.model.deputies import Call, Deputy
from mcp_shop_console.model.faults import StoreUnavailable
from mcp_shop_console.model.rate_limit import BurstLimit
from mcp_shop_console.model.refusals import Refusal, RefusalCode

_CODE = RefusalCode.RATE_LIMIT_EXCEEDED


@dataclass(slots=True)
class _Flood:
    """Refusals of one grant since the last minute began."""

    deputy: Deputy
    first: Call
    count: int = 1
    seq: int | None = None
    """The audit entry of the first, which stands for them all."""
    is_recorded: anyio.Event = field(default_factory=anyio.Event)


class CallFloods:
    """Refuses the calls of a grant beyond its limit: the first of a minute in full, like any other.

    The rest is only counted, so that a flood neither fills the disk nor the screen.
    """

    def __init__(self, authority: Authority, limit: BurstLimit) -> None:
        self._authority = authority
        self._limit = limit
        self._floods: dict[str, _Flood] = {}

    def wait_ms(self, deputy: Deputy) -> int:
        """Count a call. How long it has to wait, in milliseconds; 0 if not at all."""
        return self._limit.take(deputy.grant_id)

    def is_under_way(self, deputy: Deputy) -> bool:
        """Whether a refusal of this grant stands for the next one too."""
        return deputy.grant_id in self._floods

    async def refuse(self, deputy: Deputy, call: Call, wait_ms: int) -> Reply:
        """Refuse ``call``. A store that fails is an answer too: nothing happened."""
        known = self._floods.get(deputy.grant_id)
        try:
            refusal = await (self._join(known, call) if known else self._begin(deputy, call))
        except StoreUnavailable:
            return replies.unavailable(call.tool, call.id)
        return replies.refused(call.tool, replace(refusal, retry_after_ms=wait_ms))

    async def flush(self) -> None:
        """Record how many calls were refused since the last time. A failing store loses nothing."""
        floods, self._floods = self._floods, {}
        for grant_id, flood in floods.items():
            if flood.count == 1:
                continue
            try:
                await self._authority.note_flood(flood.deputy, flood.first, _CODE, flood.count)
            except StoreUnavailable:
                self._floods.setdefault(grant_id, flood)

    async def _begin(self, deputy: Deputy, call: Call) -> Refusal:
        flood = self._floods[deputy.grant_id] = _Flood(deputy, call)
        try:
            refusal = await self._authority.refuse(deputy, call, _CODE, replies.TOO_MANY_CALLS)
        except BaseException:
            self._floods.pop(deputy.grant_id, None)
            raise
        finally:
            flood.is_recorded.set()
        flood.seq = refusal.audit_seq
        return refusal

    async def _join(self, flood: _Flood, call: Call) -> Refusal:
        flood.count += 1
        await flood.is_recorded.wait()
        return Refusal(_CODE, replies.TOO_MANY_CALLS, call.id, flood.seq)
