"""Keys: from a key press in the control room to what it does, while agents call."""

import asyncio
import itertools
import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import anyio

from benchmarks.agents import Session, is_refused, sessions, shirt
from benchmarks.http_connection import Answer
from benchmarks.load import percentile, steady_load
from benchmarks.programs import control_room, free_port
from benchmarks.pseudo_terminal import Screen
from benchmarks.stock import orders_while_banned, stocked
from benchmarks.table import Row, at_most
from benchmarks.throughput import SESSIONS

MOST_MS_TO_REFUSAL = 50
MOST_MS_OF_KEY = 100
MOST_MS_TO_SCREEN = 500
_CALLS_BESIDE_BANS = 50
_CALLS_BESIDE_KEYS = 200
_CALLS_IN_RACE = 200
"""A second."""
_SECONDS_TO_FIRST_ROW = 1
"""The screen listens before it has drawn its tables, and a key acts on a row of theirs."""
_PATIENCE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Effort:
    """How often each key is pressed."""

    bans: int
    races: int
    presses: int


QUICK = Effort(bans=20, races=10, presses=15)
FULL = Effort(bans=100, races=50, presses=50)


async def measure(folder: Path, *, is_quick: bool) -> list[Row]:
    """Bans, races of buyers with a ban, and what the screen takes under load."""
    effort = QUICK if is_quick else FULL
    database, port = folder / "keys.sqlite3", free_port()
    tokens = await stocked(database, port, ["Ada"])
    async with (
        control_room(database, port) as (_, screen),
        sessions(port, tokens, "2025-11-25", SESSIONS) as opened,
    ):
        await screen.listening
        await anyio.sleep(_SECONDS_TO_FIRST_ROW)
        rows = [
            await _ban_to_refusal(screen, opened, effort.bans),
            await _key_to_screen(screen, opened, effort.presses),
            await _call_to_screen(screen, opened, effort.presses),
        ]
        acknowledged = await _race(screen, opened, effort.races)
    recorded = await orders_while_banned(database)
    return [*rows, _race_row(effort.races, acknowledged, recorded)]


class _Ear:
    """Hears every answer, and waits for the first yes or the first no."""

    def __init__(self) -> None:
        self._awaited: asyncio.Future[float] | None = None
        self._awaits_refusal = False
        self.banned_at = math.inf
        """From when on every call must be refused."""
        self.served_after_ban = 0

    def hear(self, sent_at: float, answer: Answer) -> None:
        is_no = is_refused(answer)
        self.served_after_ban += sent_at > self.banned_at and not is_no
        if self._awaited and not self._awaited.done() and is_no is self._awaits_refusal:
            self._awaited.set_result(time.perf_counter())

    async def first(self, *, refusal: bool) -> float:
        """When the first such answer from now on arrives."""
        self._awaits_refusal = refusal
        self._awaited = asyncio.get_running_loop().create_future()
        with anyio.fail_after(_PATIENCE_SECONDS):
            return await self._awaited


async def _ban_to_refusal(screen: Screen, opened: Sequence[Session], bans: int) -> Row:
    ear, times = _Ear(), list[float]()
    async with steady_load(opened, _CALLS_BESIDE_BANS, "listMcpShopInventory", ear.hear):
        for _ in range(bans):
            await _pause()
            pressed_at = screen.press("b")
            times.append(await ear.first(refusal=True) - pressed_at)
            await _pause()
            screen.press("p")
            await ear.first(refusal=False)
    what = f"key b to first refusal, {_CALLS_BESIDE_BANS} calls/s, {bans} bans"
    return _timed(what, times, MOST_MS_TO_REFUSAL)


async def _key_to_screen(screen: Screen, opened: Sequence[Session], presses: int) -> Row:
    marks = itertools.cycle((b"PAUSED", b"Following"))
    times: list[float] = []
    async with steady_load(opened, _CALLS_BESIDE_KEYS, "listMcpShopInventory", _ignore):
        for mark, _ in zip(marks, range(presses // 2 * 2), strict=False):
            await _pause()
            pressed_at = screen.press(" ")
            times.append(await screen.shows(mark) - pressed_at)
    return _timed(f"key to its answer drawn, {_CALLS_BESIDE_KEYS} calls/s", times, MOST_MS_OF_KEY)


async def _call_to_screen(screen: Screen, opened: Sequence[Session], calls: int) -> Row:
    buyer, *others = opened
    times: list[float] = []
    async with steady_load(others, _CALLS_BESIDE_KEYS, "listMcpShopInventory", _ignore):
        for number in range(calls):
            await _pause()
            mark = f"Q{number:03d}"
            request = buyer.prepared("buyMcpShopItem", shirt(mark))()
            async with anyio.create_task_group() as tasks:
                called_at = time.perf_counter()
                tasks.start_soon(buyer.call, request)
                times.append(await screen.shows(mark.encode()) - called_at)
    what = f"call sent to its order drawn, {_CALLS_BESIDE_KEYS} calls/s"
    return _timed(what, times, MOST_MS_TO_SCREEN)


async def _race(screen: Screen, opened: Sequence[Session], races: int) -> int:
    """Ban while all sessions buy. How many calls sent after the first no were served."""
    ear = _Ear()
    async with steady_load(opened, _CALLS_IN_RACE, "buyMcpShopItem", ear.hear, shirt()):
        for _ in range(races):
            await _pause()
            screen.press("b")
            ear.banned_at = await ear.first(refusal=True)
            await _pause()
            ear.banned_at = math.inf
            screen.press("p")
            await ear.first(refusal=False)
    return ear.served_after_ban


def _race_row(races: int, served_after_ban: int, recorded: int) -> Row:
    return Row(
        f"orders after an acknowledged ban, {races} races of {SESSIONS} buyers",
        f"{served_after_ban} by their answers, {recorded} by the audit",
        target="0",
        is_reached=not served_after_ban and not recorded,
    )


def _timed(what: str, times: Sequence[float], most_ms: float) -> Row:
    """The 99th percentile is what has to be reached."""
    middle, worst = percentile(times, 50) * 1000, percentile(times, 99) * 1000
    return at_most(what, f"{middle:.0f} / {worst:.0f} ms", worst, most_ms, "ms")


async def _pause() -> None:
    """A while that keeps no step with anything."""
    await anyio.sleep(random.uniform(0.05, 0.2))


def _ignore(_: float, __: Answer) -> None:
    pass
