"""A caller that can be made to go away, by either kind of cancellation."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

import anyio

Way = Literal["anyio", "native"]
WAYS: tuple[Way, ...] = ("anyio", "native")


@dataclass(slots=True)
class Caller:
    """A task that asks for one thing, and can be made to go away."""

    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    task: "asyncio.Task[object] | None" = None
    is_cancelled_natively: bool = False
    has_answer: bool = False

    async def ask(self, question: Callable[[], Awaitable[object]]) -> None:
        self.task = asyncio.current_task()
        try:
            with self.scope:
                await question()
                self.has_answer = True
        except asyncio.CancelledError:
            # A task group takes a native cancellation for its own, and ends everybody's task.
            if not self.task or not self.is_cancelled_natively:
                raise
            self.task.uncancel()

    def go_away(self, way: Way) -> None:
        assert self.task
        if way == "anyio":
            self.scope.cancel()
        else:
            self.is_cancelled_natively = True
            self.task.cancel()
