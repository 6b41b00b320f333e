"""Waiting for the presenter: a few calls of each human at once, behind one reader of the feed.

May import feed and model.
"""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager

import anyio

from mcp_shop_console.feed import Feed
from mcp_shop_console.model.audit import AuditEntry, AuditKind
from mcp_shop_console.model.deputies import Deputy
from mcp_shop_console.model.events import Event

MOST_CALLS = 8
"""How many calls of one human wait at once. One more would ask the presenter nothing new."""


class PleaWaits:
    """The calls that wait, by human."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._waits: dict[str, PleaWait] = {}

    @contextmanager
    def joined(self, human_id: str) -> Generator["PleaWait | None", None, None]:
        """A place among the calls of a human that wait, None if there is no more.

        Take it before asking: what is answered from here on is heard.
        """
        wait = self._waits.get(human_id)
        if wait is None:
            wait = self._waits[human_id] = PleaWait(human_id, self._feed)
        if wait.calls == MOST_CALLS:
            yield None
            return
        wait.calls += 1
        try:
            yield wait
        finally:
            wait.calls -= 1
            if not wait.calls:
                del self._waits[human_id]
                wait.close()


class PleaWait:
    """The calls of one human that wait. One of them at a time reads the feed, for all of them.

    Each event wakes that one only, and if its agent goes away, the next takes its turn.
    """

    def __init__(self, human_id: str, feed: Feed) -> None:
        self.calls = 0
        self._human_id = human_id
        self._subscription = ExitStack()
        self._reader = self._subscription.enter_context(feed.subscribe())
        self._turn = anyio.Lock()
        self._pardons: dict[str, int] = {}
        """The newest audit entry by grant, and under no grant that of one for them all."""
        self._newest = 0

    def close(self) -> None:
        self._subscription.close()

    async def answer_to(self, deputy: Deputy, asked_seq: int) -> None:
        """Return when the presenter has pardoned this deputy's human, this agent, or everybody.

        Args:
            deputy: Who asked.
            asked_seq: The audit entry of the asking: only what comes after it is an answer.
        """
        while max(self._pardons.get(key, 0) for key in ("", deputy.grant_id)) <= asked_seq:
            newest = self._newest
            async with self._turn:
                while self._newest == newest:
                    self._hear(await anext(self._reader))

    def _hear(self, event: Event) -> None:
        if isinstance(event, AuditEntry) and self._is_pardon(event):
            self._newest = self._pardons[event.grant_id] = event.seq

    def _is_pardon(self, entry: AuditEntry) -> bool:
        """Whether this human is pardoned, one of their agents, or everybody."""
        match entry.kind:
            case AuditKind.AUTHORITY_RESET:
                return True
            case AuditKind.HUMAN_PARDONED | AuditKind.GRANT_PARDONED:
                return entry.human is not None and entry.human.id == self._human_id
            case _:
                return False
