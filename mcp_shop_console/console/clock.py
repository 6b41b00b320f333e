"""Time: it passes evenly and never goes back, whatever happens to this computer's clock.

May import authority, store and model.
"""

import time
from collections.abc import Callable

import anyio

from mcp_shop_console.model.audit import AuditKind, Outcome
from mcp_shop_console.model.deputies import Rank
from mcp_shop_console.model.faults import StoreUnavailable
from mcp_shop_console.store.database import Database
from mcp_shop_console.store.transaction import Transaction

_NOTE_SECONDS = 15
_TOLERATED_MS = 60_000

# Both go on while the computer sleeps. Python's own monotonic clock stands still then.
_ELAPSED = time.CLOCK_BOOTTIME if hasattr(time, "CLOCK_BOOTTIME") else time.CLOCK_MONOTONIC


def wall_ms() -> int:
    """What this computer's clock says, in milliseconds UTC. Anybody may set it."""
    return time.time_ns() // 1_000_000


def elapsed_ms() -> int:
    """Milliseconds since some moment that stays the same."""
    return time.clock_gettime_ns(_ELAPSED) // 1_000_000


class SteadyClock:
    """Milliseconds UTC: this computer's time at the start, and what has passed since."""

    def __init__(
        self,
        wall_ms: Callable[[], int] = wall_ms,
        elapsed_ms: Callable[[], int] = elapsed_ms,
    ) -> None:
        self._wall_ms = wall_ms
        self._elapsed_ms = elapsed_ms
        self._began_ms = wall_ms() - elapsed_ms()

    def __call__(self) -> int:
        return self._began_ms + self._elapsed_ms()

    def catch_up(self, highest_ms: int) -> None:
        """Go on from a time that was reached before, if that is later."""
        self._began_ms += max(0, highest_ms - self())

    def lead_ms(self) -> int:
        """How far this clock is ahead of this computer's."""
        return self() - self._wall_ms()


class Timekeeper:
    """Notes which time was reached, and warns when this computer's clock was set."""

    def __init__(self, database: Database, clock: SteadyClock) -> None:
        self._database = database
        self._clock = clock
        self._known_lead_ms = 0

    async def begin(self) -> None:
        """Let no time come again that the database has lived through.

        Raises:
            StoreUnavailable: Nobody knows which that is.
        """
        self._clock.catch_up(await self._database.read(_highest_ms))
        await self.look()

    async def keep(self) -> None:
        """Look at the clock now and then, until cancelled."""
        while True:
            await anyio.sleep(_NOTE_SECONDS)
            try:
                await self.look()
            except StoreUnavailable:
                continue

    async def look(self) -> None:
        """Note the time, and a jump of this computer's clock since the last look.

        Raises:
            StoreUnavailable: Nothing was noted; the next look does it.
        """
        lead_ms = self._clock.lead_ms()
        jump_ms = self._known_lead_ms - lead_ms

        def note(tx: Transaction) -> None:
            tx.clock.reach(tx.now_ms)
            if abs(jump_ms) > _TOLERATED_MS:
                tx.audit.append(
                    AuditKind.CLOCK_JUMPED,
                    actor=Rank.SYSTEM,
                    outcome=Outcome.REFUSED,
                    facts={"by_ms": jump_ms},
                )

        await self._database.note(note)
        if abs(jump_ms) > _TOLERATED_MS:
            self._known_lead_ms = lead_ms


def _highest_ms(tx: Transaction) -> int:
    return max([tx.clock.highest_ms(), *(entry.at_ms for entry in tx.audit.newest(1))])
