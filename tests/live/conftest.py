"""The whole program on a real port, without a screen."""

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mcp_shop_console.console.clock import SteadyClock, wall_ms
from mcp_shop_console.console.house import House, open_house
from mcp_shop_console.console.sockets import listen
from mcp_shop_console.model.origins import resource_of
from mcp_shop_console.settings import read_settings
from tests.live.people import Agent, Person

_AT_EASE = ("--call-burst", "1000", "--requests-per-second", "10000")
"""Limits that no test meets by accident."""


class Clock:
    """The real time, and whatever people take to read."""

    def __init__(self) -> None:
        self._ahead_ms = 0

    def __call__(self) -> int:
        return wall_ms() + self._ahead_ms

    def advance(self, seconds: float) -> None:
        self._ahead_ms += round(seconds * 1000)


class Show:
    """A running house, and how to come to it."""

    def __init__(self, house: House, clock: Clock) -> None:
        self.house = house
        self.clock = clock
        self.url = resource_of(house.origins.main)
        self.port = urlsplit(self.url).port or 0

    async def read(self, _: str) -> None:
        """Take as long as a person takes to read a page."""
        self.clock.advance(2)

    def person(self, name: str) -> Person:
        email = f"{name.lower()}@example.com"
        return Person(name, email, self.house.stage_code, hesitate=self.read)

    def agent(self, person: Person, name: str = "Claude") -> Agent:
        return Agent(self.url, person, name)


@asynccontextmanager
async def open_show(
    database: Path | str,
    *flags: str,
    port: int = 0,
    monotonic: Callable[[], float] = time.monotonic,
    elapsed: Clock | None = None,
    wall: Clock | None = None,
) -> AsyncGenerator[Show, None]:
    """The program as ``serve`` runs it, in this process."""
    sockets = listen("localhost", port)
    settings = read_settings(["serve", "--database", str(database), *_AT_EASE, *flags], {})
    passing = elapsed or Clock()
    clock = SteadyClock(wall or passing, passing)
    async with (
        open_house(settings, sockets, clock=clock, monotonic=monotonic) as house,
        house.listening(sockets),
    ):
        yield Show(house, passing)


@pytest.fixture
async def show() -> AsyncGenerator[Show, None]:
    async with open_show(":memory:") as running:
        yield running
