import unicodedata

import pytest

from tests.control_room.hostile import HOSTILE_TEXTS, hostile_story
from tests.control_room.story import Hall, Story
from tests.requirement import requirement

pytestmark = pytest.mark.anyio
TOUR = (
    *("down", "up", "enter", "escape"),
    *("tab", "end", "enter", "escape"),
    *("tab", "end", "up", "enter", "end", "escape"),
    *("space", "space", "t", "question_mark", "escape", "r", "n", "ctrl+p", "escape"),
)


@requirement("U1")
@requirement("U2")
@requirement("U3")
@requirement("U4")
@pytest.mark.parametrize("turn", range(4))
async def test_the_screen_shows_any_text_and_lives(turn: int) -> None:
    hall = Hall(Story())
    async with hall.app.run_test(size=(120, 36)) as pilot:
        for text in HOSTILE_TEXTS[turn::4]:
            hall.retell(hostile_story(text))
            await hall.tell()
            await pilot.press("end", "enter")
            hall.app.draw_now()
            await pilot.press("escape")
            assert hidden_characters(hall) == [], ascii(text[:40])


def hidden_characters(hall: Hall) -> list[str]:
    return [
        c
        for c in hall.text().replace("\n", "")
        if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    ]


@requirement("U1")
async def test_the_palette_names_whom_it_hits_without_obeying_the_name() -> None:
    hall = Hall(hostile_story("[/][@click=app.quit]x"))
    async with hall.app.run_test(size=(120, 36)) as pilot:
        await hall.tell()
        await pilot.press("ctrl+p", *"pardon")
        await pilot.pause()
        await pilot.press("escape")
        hall.app.draw_now()

    assert hall.app.state.banned_count == 2


@requirement("U4")
@pytest.mark.parametrize("size", [(40, 10), (20, 5), (2, 2), (80, 24)])
async def test_no_size_is_too_small(size: tuple[int, int]) -> None:
    hall = Hall(hostile_story("漢字 [/] \x1b[31m"))
    async with hall.app.run_test(size=size) as pilot:
        await hall.tell()
        for key in TOUR:
            await pilot.press(key)
        await pilot.pause()


@requirement("U10")
async def test_a_resize_while_a_question_is_open_breaks_nothing() -> None:
    hall = Hall(hostile_story("Ada"))
    async with hall.app.run_test(size=(120, 36)) as pilot:
        await hall.tell()
        await pilot.press("r")
        for size in ((40, 10), (160, 50), (80, 24)):
            await pilot.resize_terminal(*size)
            hall.app.draw_now()
            await pilot.pause()
        await pilot.press("n")
        await pilot.pause()


@requirement("U10")
async def test_a_row_that_cannot_be_drawn_is_shown_as_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> str:
        raise ValueError("a bad row")

    monkeypatch.setattr("mcp_shop_console.control_room.widgets.call_feed.outcome_words", fail)
    hall = Hall(hostile_story("Ada"))
    async with hall.app.run_test(size=(120, 36)) as pilot:
        await hall.tell()
        await pilot.pause()
        shown = hall.text()

    assert "! row cannot" in shown
    assert "BANNED" in shown
