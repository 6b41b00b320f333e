"""``serve``: the same server without a screen, one structured line for each decision.

May import everything but the control room.
"""

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Mapping, Sequence

import anyio

from mcp_shop_console.console.garbage import collect_only_what_is_new
from mcp_shop_console.console.house import House, open_house
from mcp_shop_console.console.logs import log_to
from mcp_shop_console.console.signals import on_signals
from mcp_shop_console.feed import Reader
from mcp_shop_console.model.audit import AuditEntry
from mcp_shop_console.model.events import Event, ServerChanged, StoreChanged
from mcp_shop_console.model.origins import resource_of
from mcp_shop_console.settings import Settings

_log = logging.getLogger(__name__)


def serve(settings: Settings, sockets: Sequence[socket.socket]) -> int:
    """Serve until a signal. Returns the exit status.

    Raises:
        DatabaseRefused: The database cannot be used.
        StoreUnavailable: It failed at the start or the stop.
    """
    log_to(sys.stdout)
    return asyncio.run(_serve(settings, sockets))


async def _serve(settings: Settings, sockets: Sequence[socket.socket]) -> int:
    stopped = anyio.Event()
    on_signals(stopped.set, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    async with open_house(settings, sockets) as house:
        with house.feed.subscribe() as reader:
            async with house.listening(sockets):
                collect_only_what_is_new()
                await _log_until(stopped, house, reader)
                status = 1 if house.http_server.down.is_set() else 0
            for event in reader.take():
                _log_event(event)
        return status


async def _log_until(stopped: anyio.Event, house: House, reader: Reader) -> None:
    _log.info("Listening on %s", resource_of(house.origins.main), extra={"facts": _welcome(house)})
    if house.tunnel_hint:
        _log.info("%s", house.tunnel_hint)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_log_events, reader)
        tasks.start_soon(_wait, house.http_server.down, stopped)
        await stopped.wait()
        tasks.cancel_scope.cancel()


async def _wait(down: anyio.Event, stopped: anyio.Event) -> None:
    await down.wait()
    stopped.set()


def _welcome(house: House) -> Mapping[str, object]:
    """The stage code is for whoever runs the server, who here has this line and no screen."""
    return {"stage_code": house.stage_code, "origins": list(house.origins.all)}


async def _log_events(reader: Reader) -> None:
    async for event in reader:
        _log_event(event)


def _log_event(event: Event) -> None:
    match event:
        case AuditEntry():
            _log.info("%s", event.kind.value, extra={"facts": _facts(event)})
        case ServerChanged(is_listening=False) | StoreChanged(is_available=False):
            _log.error("%s", event.reason)
        case StoreChanged():
            _log.info("The store works again")
        case _:
            pass


def _facts(entry: AuditEntry) -> dict[str, object]:
    """What a log may know: ids and outcomes, no e-mail, no address, no outside text but names."""
    facts: dict[str, object] = {
        "seq": entry.seq,
        "actor": entry.actor.word,
        "outcome": entry.outcome.value,
    }
    if entry.human:
        facts["human"] = entry.human.id[:8]
    if entry.agent:
        facts["agent"] = entry.agent.name[:64]
    if entry.grant_id:
        facts["grant"] = entry.grant_id[:8]
    if entry.call:
        facts |= {"tool": entry.call.tool[:64], "call": entry.call.id[:8]}
    if entry.code:
        facts["code"] = entry.code
    return facts
