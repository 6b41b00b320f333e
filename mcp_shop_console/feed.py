"""The feed: live events to any number of readers, as an echo of what was committed.

May import model.
"""

from collections import deque
from collections.abc import AsyncIterator, Generator, Iterable
from contextlib import contextmanager

import anyio

from mcp_shop_console.model.events import Event

DEFAULT_BACKLOG_EVENTS = 10_000


class Reader(AsyncIterator[Event]):
    """One reader's bounded view of the feed. A slow one loses its oldest events; no one waits."""

    def __init__(self, backlog_events: int) -> None:
        self._waiting: deque[Event] = deque(maxlen=backlog_events)
        self._arrived = anyio.Event()
        self.lost_events = 0
        """How many events this reader was too slow for."""

    def take(self) -> list[Event]:
        """Everything that has arrived since the last call, oldest first. Never waits."""
        events = list(self._waiting)
        self._waiting.clear()
        return events

    async def wait(self) -> None:
        """Return once something has arrived that was not taken."""
        while not self._waiting:
            if self._arrived.is_set():
                self._arrived = anyio.Event()
            await self._arrived.wait()

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        await self.wait()
        return self._waiting.popleft()

    def push(self, event: Event) -> None:
        """Add one event, in place of the oldest if the backlog is full. For the feed."""
        if len(self._waiting) == self._waiting.maxlen:
            self.lost_events += 1
        self._waiting.append(event)
        self._arrived.set()


class Feed:
    """Hands each published event to every reader, in the order of publishing."""

    def __init__(self) -> None:
        self._readers: list[Reader] = []

    def __len__(self) -> int:
        """How many readers there are."""
        return len(self._readers)

    def publish(self, events: Iterable[Event]) -> None:
        """Hand on ``events``. Never waits; call it from the event loop's thread only."""
        for event in events:
            for reader in self._readers:
                reader.push(event)

    @contextmanager
    def subscribe(
        self, backlog_events: int = DEFAULT_BACKLOG_EVENTS
    ) -> Generator[Reader, None, None]:
        """A reader of everything published from here on, until the block ends."""
        reader = Reader(backlog_events)
        self._readers.append(reader)
        try:
            yield reader
        finally:
            self._readers.remove(reader)
