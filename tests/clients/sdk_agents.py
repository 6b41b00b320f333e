"""Agents that are written on each SDK, as programs of their own."""

import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from tests.clients.consent import visit
from tests.clients.installed import CLIENTS, NODE, PACKAGES
from tests.clients.program import Program, running
from tests.clients.roster import (
    FASTMCP,
    LEGACY,
    MODERN,
    PYTHON_1,
    PYTHON_2,
    TYPESCRIPT_1,
    TYPESCRIPT_2,
    RealClient,
)
from tests.live.people import SHIRT, Person

_AGENTS = Path(__file__).parent / "agents"


@dataclass(frozen=True)
class Sdk:
    """One version of one SDK, in one of its modes."""

    client: RealClient
    mode: str
    protocol: str
    """The protocol version that it must end up with."""
    command: tuple[str | Path, ...]
    refreshes_by_its_own_clock: bool = True
    """Whether a 401 is too late for a refresh: it then asks for consent anew."""

    def __str__(self) -> str:
        return f"{self.client.name}, {self.mode}"


def _typescript(client: RealClient, major: int, mode: str, protocol: str) -> Sdk:
    command = NODE, _AGENTS / "agent_on_typescript.mjs", PACKAGES, str(major)
    return Sdk(client, mode, protocol, command, refreshes_by_its_own_clock=False)


_ON_MCP = _AGENTS / "agent_on_mcp.py"
_WITH_MCP_2 = sys.executable, _ON_MCP
_WITH_MCP_1 = CLIENTS / "mcp-1" / "bin" / "python", _ON_MCP
_WITH_FASTMCP = CLIENTS / "fastmcp" / "bin" / "python", _AGENTS / "agent_on_fastmcp.py"
SDKS = (
    _typescript(TYPESCRIPT_2, 2, "auto", MODERN),
    _typescript(TYPESCRIPT_2, 2, "legacy", LEGACY),
    _typescript(TYPESCRIPT_1, 1, "legacy", LEGACY),
    Sdk(PYTHON_2, "auto", MODERN, _WITH_MCP_2),
    Sdk(PYTHON_2, "legacy", LEGACY, _WITH_MCP_2),
    Sdk(PYTHON_1, "legacy", LEGACY, _WITH_MCP_1),
    Sdk(FASTMCP, "auto", MODERN, _WITH_FASTMCP),
    Sdk(FASTMCP, "legacy", LEGACY, _WITH_FASTMCP),
)


class _Said(BaseModel):
    value: str | list[str] | None = None
    error: str = ""
    authorize: str = ""
    listens: bool = False
    """Whether the agent listens for the callback itself."""


@dataclass(frozen=True)
class SdkAgent:
    """A running agent, and the human whom it asks."""

    program: Program
    person: Person

    async def connect(self) -> None:
        await self.do("connect")

    async def buy(self) -> str:
        return str(await self.do("call", tool="buyMcpShopItem", arguments=SHIRT))

    async def do(self, command: str, **values: object) -> str | list[str] | None:
        """Do it, with consent where the agent asks for it."""
        await self.program.send(json.dumps({"do": command, **values}))
        while (said := await self._hears()).authorize:
            address = await self.person.decide(said.authorize)
            if said.listens:
                await visit(address)
            else:
                await self.program.send(json.dumps({"callback": address}))
        if said.error:
            raise AssertionError(f"{command}: {said.error}")
        return said.value

    async def _hears(self) -> _Said:
        line = await self.program.says(r'(?m)^\{"(?:value|error|authorize)":.*\}$')
        return _Said.model_validate_json(line[0])


@asynccontextmanager
async def started(sdk: Sdk, home: Path, url: str, person: Person) -> AsyncGenerator[SdkAgent, None]:
    async with running([*sdk.command, url, sdk.mode], home) as program:
        yield SdkAgent(program, person)
