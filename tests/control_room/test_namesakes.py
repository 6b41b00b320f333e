"""Two agents of one human may have one name: then each shows what it has of its own."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from mcp_shop_console.control_room.phrases import agent_mark, agent_name
from mcp_shop_console.control_room.privacy import Veil
from mcp_shop_console.control_room.rows import Target
from mcp_shop_console.control_room.safe_text import SafeText
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Agent, Deputy, Human, Rank, Session
from tests.control_room.story import ADA, GRACE, Hall, Story, deputy_of, digest, told
from tests.requirement import requirement

FIRST = deputy_of(ADA, Agent("one", "Zed", "localhost:5000"))
SECOND = deputy_of(ADA, Agent("two", "Zed", "localhost:6000"))
TWIN = replace(SECOND, grant_id=digest("twin"))


def zed(number: int) -> Session:
    return Session(f"s-{number}", "zed", "1.0", "2025-11-25")


def story_of(*deputies: Deputy) -> Story:
    story = Story()
    for number, deputy in enumerate(deputies):
        story.arrival(deputy, zed(number))
        story.browse(deputy, zed(number))
    return story


def hosts_beside(story: Story, deputy: Deputy) -> Mapping[str, str]:
    return told(story).namesakes(Target(deputy.human, deputy.agent, deputy.grant_id))


@pytest.mark.anyio
@requirement("U9")
@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_every_row_of_namesakes_shows_the_redirect_host(size: tuple[int, int]) -> None:
    hall = Hall(story_of(FIRST, SECOND))
    async with hall.app.run_test(size=size) as pilot:
        await hall.tell()
        await pilot.pause()
        lines = hall.text().splitlines()

    rows = [line for line in lines if "✓ normal" in line or "listMcpShopInventory" in line]
    assert [":5000" in row for row in rows] == [True, False] * 2
    assert [":6000" in row for row in rows] == [False, True] * 2


@pytest.mark.anyio
@requirement("U9")
async def test_the_words_of_a_ban_say_which_of_the_namesakes_it_hit() -> None:
    story = story_of(FIRST, SECOND)
    story.entry(AuditKind.GRANT_BANNED, SECOND, actor=Rank.PRESENTER)
    hall = Hall(story)
    async with hall.app.run_test(size=(80, 24)) as pilot:
        await hall.tell()
        await pilot.pause()

        told_of = str(hall.app.screen.query_one("#spotlight").render())
        assert f"Zed localhost:6000 of Ada Lovelace #{ADA.id[:4]}: this agent only" in told_of


def test_where_the_hosts_are_the_same_a_short_id_of_the_grant_tells() -> None:
    hosts = hosts_beside(story_of(FIRST, SECOND, TWIN), SECOND)

    assert agent_mark(FIRST.grant_id, hosts, Veil()) == "localhost:5000"
    assert agent_mark(SECOND.grant_id, hosts, Veil()) == f"#{SECOND.grant_id[:4]}"
    assert agent_mark(TWIN.grant_id, hosts, Veil()) == f"#{TWIN.grant_id[:4]}"


@requirement("U6")
def test_hosts_that_look_alike_under_the_mask_are_told_apart_without_lifting_it() -> None:
    hosts = {"aaaa1": "203.0.113.9:80", "bbbb2": "203.0.113.10:80"}

    assert agent_mark("aaaa1", hosts, Veil()) == "#aaaa"


def test_an_agent_alone_with_its_name_has_no_mark() -> None:
    others = deputy_of(GRACE, FIRST.agent), deputy_of(ADA, Agent("three", "Other", "localhost:1"))
    hosts = hosts_beside(story_of(FIRST, *others), FIRST)

    assert agent_mark(FIRST.grant_id, hosts, Veil()) == ""


def test_an_agent_whose_grant_is_over_is_nobodys_namesake() -> None:
    story = story_of(FIRST, SECOND)
    story.entry(AuditKind.GRANT_REVOKED, SECOND, actor=Rank.PRESENTER)

    assert agent_mark(FIRST.grant_id, hosts_beside(story, FIRST), Veil()) == ""


def test_a_forgotten_row_is_forgotten_as_a_namesake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcp_shop_console.control_room.state.MOST_SESSIONS", 1)

    assert hosts_beside(story_of(FIRST, SECOND), SECOND) == {SECOND.grant_id: "localhost:6000"}
    stranger = deputy_of(Human("h", "Eve", ""), FIRST.agent)
    assert hosts_beside(story_of(FIRST, stranger), FIRST) == {}


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (30, "Claude Code localhost:33418"),
        (24, "Claude … localhost:33418"),
        (14, "Clau… …t:33418"),
    ],
)
def test_of_name_and_host_the_end_of_the_host_is_kept_longest(cells: int, words: str) -> None:
    agent = Agent("c", "Claude Code", "localhost:33418")

    assert agent_name(agent, Veil(), cells, SafeText("localhost:33418")) == words
