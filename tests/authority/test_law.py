"""The law: any history gives an order exactly if the standing was normal at its commit."""

from dataclasses import dataclass, field
from typing import Final

import anyio
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_shop_console.model.audit import AuditEntry
from mcp_shop_console.model.deputies import Agent, Deputy, Human, Rank, Standing
from mcp_shop_console.model.grants import is_same_program
from mcp_shop_console.model.orders import PlacedOrder
from tests.core import ANN, BOB, CLAUDE, CURSOR, Core, open_core
from tests.judge import judge
from tests.requirement import requirement

_HUMANS: Final = (ANN, BOB)
_AGENTS: Final = (CLAUDE, CURSOR)
_WAYS: Final = (
    "deputize",
    "buy",
    "buy",
    "ban human",
    "pardon human",
    "ban agent",
    "pardon agent",
    "revoke",
    "reset",
    "agent bans",
    "agent pardons",
    "agent pleads",
)
_BEGINNING: Final = [("deputize", human, agent) for human in _HUMANS for agent in _AGENTS]
_steps = st.lists(
    st.tuples(st.sampled_from(_WAYS), st.sampled_from(_HUMANS), st.sampled_from(_AGENTS)),
    max_size=40,
)


@dataclass(slots=True)
class _Grant:
    deputy: Deputy
    is_live: bool = True
    is_banned: bool = False


@dataclass(slots=True)
class _Book:
    """What should be so, kept in the simplest way."""

    grants: list[_Grant] = field(default_factory=list[_Grant])
    bans: dict[str, Rank] = field(default_factory=dict[str, Rank])
    asked: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """The grants that ask for pardon, by human."""

    def newest(self, human: Human, agent: Agent) -> _Grant | None:
        found = [g for g in self.grants if (g.deputy.human, g.deputy.agent) == (human, agent)]
        return found[-1] if found else None

    def add(self, deputy: Deputy) -> None:
        """A new grant, banned if one of its program's is."""
        is_banned = any(grant.is_banned for grant in self._program_of(deputy))
        self.grants.append(_Grant(deputy, is_banned=is_banned))

    def is_served(self, grant: _Grant) -> bool:
        return grant.is_live and not grant.is_banned and grant.deputy.human.id not in self.bans

    def is_above_agents(self, grant: _Grant) -> bool:
        return grant.is_banned or self.bans.get(grant.deputy.human.id) == Rank.PRESENTER

    def pardon_agent(self, grant: _Grant) -> None:
        if grant.is_banned:
            for other in self._program_of(grant.deputy):
                other.is_banned = False

    def pardon_human(self, human: Human) -> None:
        self.bans.pop(human.id, None)
        asked = self.asked.pop(human.id, set())
        for grant in self.grants:
            if grant.deputy.grant_id in asked:
                self.pardon_agent(grant)

    def reset(self) -> None:
        self.bans.clear()
        self.asked.clear()
        for grant in self.grants:
            grant.is_banned = False

    def _program_of(self, deputy: Deputy) -> list[_Grant]:
        return [
            grant
            for grant in self.grants
            if grant.deputy.human == deputy.human
            and is_same_program(grant.deputy.agent, deputy.agent)
        ]


@requirement("O1", "O3", "O4", "O5", "O6", "O18")
@settings(deadline=None, max_examples=100)
@given(steps=_steps)
def test_a_deputy_is_served_exactly_if_its_standing_is_normal(
    steps: list[tuple[str, Human, Agent]],
) -> None:
    anyio.run(_play, steps)


async def _play(steps: list[tuple[str, Human, Agent]]) -> None:
    book = _Book()
    async with open_core(plea_wait_seconds=0) as core:
        with core.feed.subscribe() as reader:
            for way, human, agent in [*_BEGINNING, *steps]:
                await _take(core, book, way, human, agent)
            audit = await core.audit()
            judge(audit)
            assert audit == [event for event in reader.take() if isinstance(event, AuditEntry)]
            assert await core.database.read(lambda tx: tx.audit.first_broken()) is None


async def _take(core: Core, book: _Book, way: str, human: Human, agent: Agent) -> None:
    if way == "deputize":
        deputy = await core.try_to_deputize(human, agent)
        assert (deputy is None) is (human.id in book.bans)
        if deputy is not None:
            book.add(deputy)
    elif way == "reset":
        await core.authority.reset()
        book.reset()
    elif (grant := book.newest(human, agent)) is None:
        return
    elif way == "buy":
        answer = await core.buy(grant.deputy)
        assert isinstance(answer, PlacedOrder) is book.is_served(grant)
    elif way.startswith("agent"):
        await _ask(core, book, way, grant)
    else:
        await _decide(core, book, way, grant)


async def _decide(core: Core, book: _Book, way: str, grant: _Grant) -> None:
    human, grant_id = grant.deputy.human, grant.deputy.grant_id
    match way:
        case "ban human":
            await core.authority.ban_human(human.id)
            book.bans[human.id] = Rank.PRESENTER
        case "pardon human":
            await core.authority.pardon_human(human.id)
            book.pardon_human(human)
        case "ban agent":
            await core.authority.ban_grant(grant_id)
            grant.is_banned = True
        case "pardon agent":
            await core.authority.pardon_grant(grant_id)
            book.pardon_agent(grant)
        case _:
            assert way == "revoke"
            await core.authority.revoke_grant(grant_id)
            grant.is_live = False


async def _ask(core: Core, book: _Book, way: str, grant: _Grant) -> None:
    deputy, call = grant.deputy, core.call(way)
    human_id = deputy.human.id
    if way == "agent bans":
        answer = await core.authority.set_demo_mode(deputy, call, Standing.BANNED)
        assert (answer is Standing.BANNED) is grant.is_live
        if grant.is_live:
            book.bans.setdefault(human_id, Rank.AGENT)
        return
    is_lifted = grant.is_live and not book.is_above_agents(grant)
    if way == "agent pleads":
        answer = await core.authority.plead(deputy, call)
        if grant.is_live and not is_lifted:
            book.asked.setdefault(human_id, set()).add(deputy.grant_id)
    else:
        answer = await core.authority.clear_demo_mode(deputy, call)
    assert (answer is Standing.NORMAL) is is_lifted
    if is_lifted:
        book.bans.pop(human_id, None)
