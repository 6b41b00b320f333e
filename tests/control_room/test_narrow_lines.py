"""At 80 columns a name is cut before a word that matters, however wide the name."""

import pytest
from rich.cells import cell_len

from mcp_shop_console.control_room.moments import moment_of
from mcp_shop_console.control_room.sentence import AgentName, HumanName, fitted
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Agent, Human, Rank
from tests.control_room.story import CLAUDE_SESSION, Hall, Story, busy_story, deputy_of, digest

NAMES = ["Bartholomew Featherstonehaugh-Cholmondeley", "漢字" * 20, "Ann Nguyen-Vandermeer"]
AGENT = "A Very Long Name of an Agent That Nobody Chose"
CELLS = 80


def people(name: str) -> list[Human]:
    return [Human(digest(f"{name} {number}"), name, "x@example.com") for number in range(3)]


def pleading_story(name: str) -> Story:
    """Three ask for pardon, then the last is banned anew, which is the news."""
    story = Story()
    for human in people(name):
        story.plead(deputy_of(human, Agent("c", AGENT, "localhost:1")), CLAUDE_SESSION)
    story.ban(people(name)[2])
    return story


async def lines_at_the_end_of(story: Story, *, after_ms: int = 0) -> list[str]:
    hall = Hall(story)
    async with hall.app.run_test(size=(CELLS, 24)) as pilot:
        await hall.tell()
        hall.story.now_ms += after_ms
        await hall.tell()
        await pilot.pause()
        return hall.text().splitlines()


@pytest.mark.anyio
@pytest.mark.parametrize("name", NAMES)
async def test_the_key_stands_beside_a_plea_whatever_the_names(name: str) -> None:
    first = people(name)[0]

    beside_the_news = await lines_at_the_end_of(pleading_story(name))
    later = await lines_at_the_end_of(pleading_story(name), after_ms=60_000)

    (banner,) = [line for line in beside_the_news if "pretty please" in line]
    assert "press p (and 2 more)" in banner and f"#{first.id[:4]}" in banner
    (lit,) = [line for line in later if "asks for pardon" in line]
    assert "asks for pardon: press p (2 more wait)" in lit and f"#{first.id[:4]}" in lit


@pytest.mark.anyio
@pytest.mark.parametrize("kind", [AuditKind.CODE_REPLAYED, AuditKind.TOKEN_REUSED])
@pytest.mark.parametrize("name", NAMES)
async def test_the_key_and_the_number_stand_beside_an_alarm(name: str, kind: AuditKind) -> None:
    story = busy_story()
    for human in people(name) * 4:
        story.entry(kind, deputy_of(human, Agent("c", AGENT, "localhost:1")), actor=Rank.SYSTEM)

    lines = await lines_at_the_end_of(story)

    (banner,) = [line for line in lines if "▲ 12 ALARMS  a = seen  " in line]
    assert "is revoked" in banner
    assert f"#{people(name)[2].id[:4]}" in banner


@pytest.mark.anyio
@pytest.mark.parametrize("name", NAMES)
async def test_a_refusal_names_the_tool(name: str) -> None:
    story = Story()
    story.refuse(deputy_of(people(name)[0], Agent("c", AGENT, "localhost:1")), CLAUDE_SESSION)

    lines = await lines_at_the_end_of(story)

    assert any(line.rstrip().endswith("called buyMcpShopItem") for line in lines)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", list(AuditKind))
def test_every_moment_fits_and_keeps_the_short_id(name: str, kind: AuditKind) -> None:
    human = people(name)[0]
    deputy = deputy_of(human, Agent("c", AGENT, "localhost:33418"))

    moment = moment_of(Story().entry(kind, deputy, actor=Rank.AGENT))

    if moment is not None:
        text = fitted(moment.sentence, CELLS)
        assert cell_len(text) <= CELLS
        names_human = any(isinstance(part, HumanName) for part in moment.sentence)
        assert (f"#{human.id[:4]}" in text) is names_human


def test_names_are_whole_where_there_is_room_for_them() -> None:
    human, agent = people(NAMES[2])[0], Agent("c", "Claude Code", "localhost:1")
    sentence = AgentName(agent), " of ", HumanName(human), " may shop again"

    whole = f"Claude Code of {human.name} #{human.id[:4]} may shop again"
    assert fitted(sentence, cell_len(whole)) == whole
    assert fitted(sentence, cell_len(whole) - 1) == whole.replace(human.name, "Ann…")
