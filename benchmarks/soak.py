"""``python -m benchmarks.soak``: minutes of everything at once, and what is left of it.

Humans come, deputize agents and leave; agents of both eras call, reconnect, refresh, are banned,
pardoned and revoked, while the control room draws. Then: is memory flat, did anything fail, is the
audit whole?
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from secrets import token_hex

import anyio
from anyio import to_thread

from benchmarks.http_connection import HOST
from benchmarks.programs import Program, control_room, free_port
from benchmarks.pseudo_terminal import Screen
from benchmarks.stock import audited
from benchmarks.table import Row, at_most, rendered
from mcp_shop_console.model.audit import AuditKind
from tests.attacks.deputies import SHIRT, Deputy, call, deputy_of, in_session, message
from tests.attacks.people import Person, registered
from tests.attacks.site import Site
from tests.attacks.wire import Answer, Wire

MOST_MB_A_MINUTE = 1.0
_REGULARS = 6
_AT_HOME = 12
"""So many deputies at once; for each that comes, the oldest leaves."""
_SAMPLE_SECONDS = 3.0
_WARM_UP = 0.4
"""Of the whole time: caches and the screen's history fill first."""
_CALLS_A_VISIT = 8
_PAUSE_SECONDS = 0.15
_ARRIVAL_SECONDS = 4.0
"""Not faster: the screen keeps up to 1,000 rows, and would fill all the while."""
_TOOLS = ("listMcpShopInventory", "listMcpShopOrders", "getUserInfo", "buyMcpShopItem")
_TOLD = (
    AuditKind.ORDER_PLACED,
    AuditKind.HUMAN_BANNED,
    AuditKind.HUMAN_PARDONED,
    AuditKind.GRANT_REVOKED,
    AuditKind.TOKEN_REFRESHED,
)
_ABANDONED = 0.02
"""The part of the sessions that nobody ends: a crash, or a laptop that was closed."""
_IDLE_MINUTES = 1
"""How long the server keeps such a session. With half an hour, they would add up all the while."""


@dataclass(frozen=True, slots=True)
class _CountingWire(Wire):
    """A wire that notes what came back."""

    statuses: deque[int]

    def send(self, request: bytes, seconds: float = 10) -> Answer:
        answer = super(_CountingWire, self).send(request, seconds)
        self.statuses.append(answer.status)
        return answer


@dataclass
class _CountingSite(Site):
    statuses: deque[int] = field(default_factory=deque[int])

    @property
    def wire(self) -> Wire:
        return _CountingWire(self.origin, self.statuses)


@dataclass
class _Show:
    """What the visitors share."""

    site: _CountingSite
    ends_at: float
    at_home: SimpleQueue[Deputy] = field(default_factory=SimpleQueue[Deputy])
    faults: list[str] = field(default_factory=list[str])

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self.ends_at

    def newcomers(self) -> None:
        """One after the other: a human, an agent, consent; and somebody else leaves for good."""
        while not self.is_over:
            self._try(lambda: self.at_home.put(deputy_of(Person(self.site), registered(self.site))))
            if self.at_home.qsize() > _AT_HOME:
                self._try(lambda: _leave(self.at_home.get()))
            time.sleep(_ARRIVAL_SECONDS if self.at_home.qsize() > _REGULARS else 0)

    def regulars(self) -> None:
        """Visit after visit, each by whichever deputy is at home."""
        while not self.is_over:
            with suppress(Empty):
                deputy = self.at_home.get(timeout=1)
                self._try(lambda deputy=deputy: self.at_home.put(random.choice(_VISITS)(deputy)))
            time.sleep(_PAUSE_SECONDS)

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what the soak looks for
            self.faults.append(f"{type(error).__name__}: {error}")


def _leave(deputy: Deputy) -> None:
    if random.random() < 0.5:
        deputy.agent.revoke(deputy.refresh_token)
    else:
        token = str(deputy.agent.registration["registration_access_token"])
        path = f"/register/{deputy.agent.client_id}"
        deputy.site.wire.ask("DELETE", path, [("Authorization", f"Bearer {token}")])


def _call_modern(deputy: Deputy) -> Deputy:
    for _ in range(_CALLS_A_VISIT):
        tool = random.choice(_TOOLS)
        call(deputy.site, deputy.access_token, tool, _arguments(tool))
    return deputy


def _call_legacy(deputy: Deputy) -> Deputy:
    session_id = deputy.session()
    stream = deputy.stream(session_id)
    for number in range(_CALLS_A_VISIT):
        tool = random.choice(_TOOLS)
        params = {"name": tool, "arguments": _arguments(tool)}
        deputy.post(message("tools/call", params, number), in_session(session_id))
    stream.close()
    if random.random() > _ABANDONED:
        deputy.site.wire.ask("DELETE", "/mcp", [*deputy.headers, *in_session(session_id)])
    return deputy


def _refresh(deputy: Deputy) -> Deputy:
    answer = deputy.agent.refresh(deputy.refresh_token)
    deputy.agent.refresh(deputy.refresh_token)  # As if the answer had been lost.
    return Deputy(deputy.person, deputy.agent, answer.json)


def _be_banned(deputy: Deputy) -> Deputy:
    deputy.call("setDemoMode", {"mode": "banned"})
    deputy.call("buyMcpShopItem", SHIRT)
    deputy.call("clearDemoMode")
    return deputy


def _stumble(deputy: Deputy) -> Deputy:
    """Requests that go wrong, as they do."""
    site = deputy.site
    call(site, "nobody", "listMcpShopInventory")
    site.wire.post("/token", {"grant_type": "refresh_token", "refresh_token": "x"})
    site.wire.get("/authorize?client_id=x")
    deputy.post({"jsonrpc": "2.0"}, in_session("gone"))
    deputy.call("buyMcpShopItem", {"company": ""})
    return deputy


_VISITS = (_call_modern, _call_modern, _call_legacy, _call_legacy, _refresh, _be_banned, _stumble)


def _arguments(tool: str) -> dict[str, object]:
    return {**SHIRT, "idempotencyKey": token_hex(8)} if tool == "buyMcpShopItem" else {}


async def soak(folder: Path, minutes: float) -> list[Row]:
    """Run it, and look at what is left."""
    database, port = folder / "soak.sqlite3", free_port()
    memory: list[tuple[float, float]] = []
    async with control_room(database, port, f"--session-idle-minutes={_IDLE_MINUTES}") as (
        program,
        screen,
    ):
        await screen.listening
        site = _CountingSite(f"http://{HOST}:{port}/mcp")
        show = _Show(site, time.monotonic() + minutes * 60)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(to_thread.run_sync, show.newcomers)
            for _ in range(_REGULARS):
                tasks.start_soon(to_thread.run_sync, show.regulars)
            tasks.start_soon(_present, show, screen)
            await _sample(show, program, memory)
    return [*_rows(show, memory, minutes), *await _audit_rows(database)]


async def _audit_rows(database: Path) -> list[Row]:
    entries, broken = await audited(database)
    told = ", ".join(f"{entries[kind]:,} {kind.value}" for kind in _TOLD)
    whole = "whole" if broken is None else f"broken at {broken}"
    return [
        Row("audit", f"{entries.total():,} entries: {told}"),
        Row("audit chain", whole, target="whole", is_reached=broken is None),
    ]


async def _present(show: _Show, screen: Screen) -> None:
    """Ban and pardon whoever is selected, and move on."""
    while not show.is_over:
        for key in "bpj":
            screen.press(key)
            await anyio.sleep(random.uniform(0.3, 1.0))


async def _sample(show: _Show, program: Program, memory: list[tuple[float, float]]) -> None:
    began = time.monotonic()
    while not show.is_over:
        memory.append(((time.monotonic() - began) / 60, program.memory_mb()))
        await anyio.sleep(_SAMPLE_SECONDS)


def _rows(show: _Show, memory: Sequence[tuple[float, float]], minutes: float) -> list[Row]:
    statuses = Counter(show.site.statuses)
    failed = sum(count for status, count in statuses.items() if not 0 < status < 500)
    for fault in show.faults[:10]:
        sys.stderr.write(f"{fault}\n")
    warm = [sample for sample in memory if sample[0] >= memory[-1][0] * _WARM_UP]
    slope = statistics.linear_regression(*zip(*warm, strict=True)).slope
    said = ", ".join(f"{count:,} of {status}" for status, count in statuses.most_common(5))
    sizes = (
        f"{memory[0][1]:.0f} MB at the start, {warm[0][1]:.0f} warm, {memory[-1][1]:.0f} at last"
    )
    return [
        Row(f"soak, {minutes:g} minutes", f"{statuses.total():,} requests: {said}"),
        at_most("5xx, and connections cut", str(failed), failed, 0, ""),
        at_most("visits that went wrong", str(len(show.faults)), len(show.faults), 0, ""),
        at_most("memory, slope", f"{slope:.2f} MB/min; {sizes}", slope, MOST_MB_A_MINUTE, "MB/min"),
    ]


def main() -> int:
    """Returns 1 if something was not reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="how long (default: 5)")
    minutes: float = parser.parse_args().minutes
    with tempfile.TemporaryDirectory(prefix="mcp-shop-soak-") as folder:
        rows = anyio.run(soak, Path(folder), minutes)
    sys.stdout.write(rendered(rows))
    return int(any(row.is_reached is False for row in rows))


if __name__ == "__main__":
    sys.exit(main())
