"""Whoever stands beside "press p" is who p pardons, wherever that is said."""

from collections.abc import AsyncGenerator

import anyio
import pytest
from textual.pilot import Pilot

from mcp_shop_console.control_room.commands import commands
from mcp_shop_console.control_room.widgets.call_feed import CallFeed
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Deputy, Rank
from tests.control_room.conftest import BANNED, NORMAL, SIZE, Live, standings
from tests.control_room.reading import screen_text
from tests.control_room.story import (
    ADA,
    ADAS_CLAUDE,
    CLAUDE_SESSION,
    GRACE,
    GRACES_CLAUDE,
    Hall,
    busy_story,
    told,
)
from tests.requirement import requirement

pytestmark = pytest.mark.anyio
NAMES = {human.id: f"{human.name} #{human.id[:4]}" for human in (ADA, GRACE)}


@pytest.fixture
async def asked(live: Live) -> AsyncGenerator[Pilot[None]]:
    """Ada and Grace are banned; Ada has asked for pardon, and Grace four seconds later."""
    async with live.app.run_test(size=SIZE) as pilot:
        await live.see(pilot)
        for deputy in (live.deputies[0], live.deputies[2]):
            await live.authority.ban_human(deputy.human.id)
            live.clock.at_ms += 4_000
            await _ask(live, pilot, deputy)
        yield pilot


async def _ask(live: Live, pilot: Pilot[None], deputy: Deputy) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(live.plead, deputy)
        with anyio.fail_after(5):
            while deputy.human.id not in live.app.state.pleas:
                await live.see(pilot)
        tasks.cancel_scope.cancel()


def _beside_the_key(live: Live) -> list[str]:
    """Whom each line names that says press p."""
    lines = [line for line in screen_text(live.app).splitlines() if "press p" in line]
    return [human_id for line in lines for human_id, name in NAMES.items() if name in line]


@requirement("O5", "U9")
async def test_with_nobody_selected_p_answers_the_oldest_plea_and_its_line_alone_says_so(
    live: Live, asked: Pilot[None]
) -> None:
    await asked.press("tab", "tab")
    await live.see(asked)
    assert isinstance(live.app.focused, CallFeed)
    assert f"{NAMES[GRACE.id]} asks for pardon" in live.spotlight()
    assert _beside_the_key(live) == [ADA.id]

    await asked.press("p")

    assert await standings(live) == [NORMAL, NORMAL, BANNED]
    live.clock.at_ms += 60_000
    await live.see(asked)
    assert _beside_the_key(live) == [GRACE.id]


@requirement("O5", "U9")
async def test_with_a_human_selected_who_asks_p_answers_them_and_their_line_says_so(
    live: Live, asked: Pilot[None]
) -> None:
    await asked.press("end")
    await live.see(asked)
    assert f"{NAMES[GRACE.id]} asks for pardon: press p (1 more wait)" in live.spotlight()
    assert _beside_the_key(live) == [GRACE.id]

    await asked.press("p")

    assert await standings(live) == [BANNED, BANNED, NORMAL]


@requirement("U9")
async def test_the_line_follows_the_selection(live: Live, asked: Pilot[None]) -> None:
    live.clock.at_ms += 60_000
    for key, human in (("end", GRACE), ("home", ADA)):
        await asked.press(key)
        await live.see(asked)
        assert _beside_the_key(live) == [human.id]


@requirement("U9")
@pytest.mark.parametrize("has_asked", [True, False])
async def test_the_palette_names_whom_p_would_pardon(*, has_asked: bool) -> None:
    story = busy_story()
    story.ban(ADA)
    if has_asked:
        story.plead(GRACES_CLAUDE, CLAUDE_SESSION)
    hall = Hall(story)
    async with hall.app.run_test(size=SIZE) as pilot:
        await hall.tell()
        assert hall.app.target is not None and hall.app.target.human == ADA

        await pilot.press("ctrl+p", *"pretty")
        with anyio.fail_after(5):
            while "Pardon, pretty please: " not in hall.text():
                await pilot.pause()

        offered = hall.text().split("Pardon, pretty please: ")[1]
        assert offered.startswith(NAMES[GRACE.id if has_asked else ADA.id])


async def test_the_palette_says_where_a_pardon_reaches_one_agent_only() -> None:
    story = busy_story()
    story.entry(AuditKind.GRANT_BANNED, ADAS_CLAUDE, actor=Rank.PRESENTER)
    state = told(story)
    target = next(iter(state.sessions)).target

    titles = [command.title for command in commands(target, state)]

    assert f"Pardon, pretty please: agent Claude Code of {NAMES[ADA.id]}" in titles
