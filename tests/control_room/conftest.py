"""A real shop behind the screen: two humans, three agents, their grants, and a clock by hand."""

import itertools
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import pytest
from textual.pilot import Pilot

from mcp_shop_console.authority import Authority, make_grant
from mcp_shop_console.control_room.app import ControlRoom
from mcp_shop_console.feed import Feed
from mcp_shop_console.model.audit import AuditEntry, AuditKind
from mcp_shop_console.model.deputies import Agent, Call, Deputy, Human, Session, Standing
from mcp_shop_console.model.events import SessionSeen
from mcp_shop_console.model.refusals import Refusal
from mcp_shop_console.store.database import Database, open_database
from mcp_shop_console.store.transaction import Transaction
from tests.control_room.story import (
    ADA,
    CLAUDE,
    CLAUDE_SESSION,
    GRACE,
    INSPECTOR,
    INSPECTOR_SESSION,
    STAGE_CODE,
    START_MS,
    TALK,
    URL,
    digest,
)

GRACES_SESSION = Session("s-grace", "claude-code", "2.1.4", "2025-11-25")
BANNED, NORMAL = Standing.BANNED, Standing.NORMAL
SIZE = (120, 36)


@dataclass(slots=True)
class Clock:
    at_ms: int = START_MS

    def now_ms(self) -> int:
        return self.at_ms


@dataclass(slots=True)
class Live:
    """A control room over a real authority."""

    app: ControlRoom
    authority: Authority
    database: Database
    feed: Feed
    clock: Clock
    deputies: list[Deputy]
    """Ada's Claude Code, Ada's MCP Inspector, Grace's Claude Code: as the sessions stand."""

    async def audit(self) -> list[AuditEntry]:
        return await self.authority.history(1_000)

    async def kinds(self) -> list[AuditKind]:
        """What was decided since the three agents came."""
        return [entry.kind for entry in await self.audit()][len(self.deputies) :]

    async def standing(self, deputy: Deputy) -> Standing:
        """What the next decision about this deputy will read."""
        ruling = await self.database.read(
            lambda tx: tx.bans.ruling(deputy.human.id, deputy.grant_id)
        )
        return Standing.BANNED if ruling.is_banned else Standing.NORMAL

    def call(self, tool: str) -> Call:
        return Call(digest(f"call at {self.clock.at_ms}"), tool, CLAUDE_SESSION, self.clock.at_ms)

    async def plead(self, deputy: Deputy) -> Standing | Refusal:
        return await self.authority.plead(deputy, self.call("prettyPlease"))

    async def see(self, pilot: Pilot[None]) -> None:
        """Let the screen catch up with everything that was decided."""
        await self.app.show_news()
        self.app.draw_now()
        await pilot.pause()

    def spotlight(self) -> str:
        """The words of the big line."""
        return str(self.app.screen.query_one("#spotlight").render())


async def standings(live: Live) -> list[Standing]:
    return [await live.standing(deputy) for deputy in live.deputies]


@pytest.fixture
async def live() -> AsyncGenerator[Live]:
    clock, feed = Clock(), Feed()
    ids = (digest(f"id {number}") for number in itertools.count())
    async with open_database(
        ":memory:", now_ms=clock.now_ms, new_id=lambda: next(ids), publish=feed.publish
    ) as database:
        authority = Authority(database, feed)
        pairs = ((ADA, CLAUDE), (ADA, INSPECTOR), (GRACE, CLAUDE))
        deputies = [await deputize(database, human, agent) for human, agent in pairs]
        app = ControlRoom(
            authority,
            feed,
            now_ms=clock.now_ms,
            url=URL,
            stage_code=STAGE_CODE,
            history=await authority.history(1_000),
            talk=TALK,
        )
        sessions = (CLAUDE_SESSION, INSPECTOR_SESSION, GRACES_SESSION)
        feed.publish(
            SessionSeen(deputy, session, clock.at_ms)
            for deputy, session in zip(deputies, sessions, strict=True)
        )
        yield Live(app, authority, database, feed, clock, deputies)


async def deputize(database: Database, human: Human, agent: Agent) -> Deputy:
    def agree(tx: Transaction) -> Deputy | None:
        tx.humans.save(human, tx.now_ms)
        scopes = frozenset({"shop:order"})
        grant = make_grant(tx, human, agent, "http://localhost/callback", scopes, "I agree.")
        return tx.grants.deputy(grant.id) if grant else None

    deputy = await database.write(agree)
    assert deputy is not None
    return deputy
