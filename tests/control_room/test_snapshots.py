"""The states of the screen in the talk. Look at the picture before you accept a new one."""

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Rank
from mcp_shop_console.model.events import ServerChanged, StoreChanged
from tests.control_room.story import (
    ADA,
    ADAS_CLAUDE,
    ADAS_INSPECTOR,
    BOOK,
    CLAUDE_SESSION,
    GRACES_CLAUDE,
    INSPECTOR_SESSION,
    START_MS,
    Hall,
    Story,
    busy_story,
)

ALL_SIZES = [(80, 24), (100, 30), (120, 36), (160, 50)]
TWO_SIZES = [(80, 24), (120, 36)]
LISTENING = ServerChanged(True, "", START_MS)


Compare = Callable[..., bool]
"""The plugin's fixture."""


def looks_as_before(
    compare: Compare,
    story: Story,
    size: tuple[int, int],
    *keys: str,
    theme: str = "",
    then: Callable[[Story], None] | None = None,
) -> bool:
    """Whether the story's end looks as it did. ``then`` is what happens last, before the keys."""
    hall = Hall(story)

    async def tell(pilot: Pilot[None]) -> None:
        hall.app.theme = theme or hall.app.theme
        hall.story.events.insert(0, LISTENING)
        await hall.tell()
        if then is not None:
            then(hall.story)
            await hall.tell()
        await pilot.pause()
        await pilot.press(*keys)
        hall.app.draw_now()
        await pilot.pause()

    return compare(hall.app, terminal_size=size, run_before=tell)


def banned_story() -> Story:
    story = busy_story()
    story.ban(ADA)
    return story


@pytest.fixture(autouse=True)
def quiet_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLORTERM", "truecolor")


@pytest.mark.parametrize("size", ALL_SIZES)
def test_nobody_is_here_yet(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert looks_as_before(snap_compare, Story(), size)


@pytest.mark.parametrize("size", ALL_SIZES)
def test_agents_shop(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert looks_as_before(snap_compare, busy_story(), size)


@pytest.mark.parametrize("size", TWO_SIZES)
def test_a_call_is_in_flight(snap_compare: Compare, size: tuple[int, int]) -> None:
    def call(story: Story) -> None:
        story.start(ADAS_CLAUDE, CLAUDE_SESSION, "buyMcpShopItem", BOOK)
        story.now_ms += 3_400

    assert looks_as_before(snap_compare, busy_story(), size, then=call)


@pytest.mark.parametrize("size", TWO_SIZES)
def test_a_human_consents(snap_compare: Compare, size: tuple[int, int]) -> None:
    def consent(story: Story) -> None:
        story.entry(AuditKind.CONSENT_APPROVED, ADAS_CLAUDE)

    assert looks_as_before(snap_compare, Story(), size, then=consent)


@pytest.mark.parametrize("size", TWO_SIZES)
def test_a_human_is_banned(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert looks_as_before(snap_compare, busy_story(), size, then=lambda story: story.ban(ADA))


@pytest.mark.parametrize("size", TWO_SIZES)
def test_an_agent_is_refused(snap_compare: Compare, size: tuple[int, int]) -> None:
    def refuse(story: Story) -> None:
        story.now_ms += 5_000
        story.refuse(ADAS_CLAUDE, CLAUDE_SESSION)

    assert looks_as_before(snap_compare, banned_story(), size, then=refuse)


@pytest.mark.parametrize("size", TWO_SIZES)
def test_a_plea_waits(snap_compare: Compare, size: tuple[int, int]) -> None:
    def plead(story: Story) -> None:
        story.plead(ADAS_CLAUDE, CLAUDE_SESSION)
        story.now_ms += 8_000

    assert looks_as_before(snap_compare, banned_story(), size, then=plead)


@pytest.mark.parametrize("size", TWO_SIZES)
def test_a_human_is_pardoned(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert looks_as_before(snap_compare, banned_story(), size, then=lambda story: story.pardon(ADA))


@pytest.mark.parametrize("size", TWO_SIZES)
def test_reset_asks_first(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert looks_as_before(snap_compare, banned_story(), size, "r")


@pytest.mark.parametrize("size", TWO_SIZES)
def test_the_server_is_down(snap_compare: Compare, size: tuple[int, int]) -> None:
    def fail(story: Story) -> None:
        story.events.append(ServerChanged(False, "address already in use", story.now_ms))
        story.events.append(StoreChanged(False, "the disk is full", story.now_ms))

    assert looks_as_before(snap_compare, busy_story(), size, then=fail)


@pytest.mark.parametrize("size", TWO_SIZES)
def test_an_alarm_rings(snap_compare: Compare, size: tuple[int, int]) -> None:
    def ring(story: Story) -> None:
        story.entry(AuditKind.CODE_REPLAYED, GRACES_CLAUDE, actor=Rank.SYSTEM)

    assert looks_as_before(snap_compare, busy_story(), size, then=ring)


@pytest.mark.parametrize("size", TWO_SIZES)
def test_a_call_in_full(snap_compare: Compare, size: tuple[int, int]) -> None:
    def order(story: Story) -> None:
        story.buy(ADAS_INSPECTOR, INSPECTOR_SESSION, 3)

    keys = ("tab", "tab", "end", "enter") if size[0] >= 100 else ("tab", "end", "enter")
    assert looks_as_before(snap_compare, busy_story(), size, *keys, then=order)


@pytest.mark.parametrize("size", TWO_SIZES)
def test_the_help(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert looks_as_before(snap_compare, busy_story(), size, "question_mark")


@pytest.mark.parametrize("size", TWO_SIZES)
def test_the_script(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert looks_as_before(snap_compare, busy_story(), size, "s", "n", "n")


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
def test_agents_shop_in_the_light(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert looks_as_before(snap_compare, banned_story(), size, theme="stage-light")


def test_a_plea_waits_in_the_light(snap_compare: Compare) -> None:
    def plead(story: Story) -> None:
        story.plead(ADAS_CLAUDE, CLAUDE_SESSION)

    story = banned_story()
    assert looks_as_before(snap_compare, story, (80, 24), theme="stage-light", then=plead)


def test_a_ban_without_colour(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    assert looks_as_before(snap_compare, busy_story(), (80, 24), then=lambda story: story.ban(ADA))
