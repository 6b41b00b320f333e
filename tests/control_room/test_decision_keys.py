"""The keys that decide: whom they hit, which plea they answer, what they say if nothing changes."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import anyio
import pytest
from textual.pilot import Pilot

from mcp_shop_console.control_room.app import BELL_EVERY_MS
from mcp_shop_console.control_room.widgets.call_feed import CallFeed
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Standing
from mcp_shop_console.model.events import SessionSeen
from mcp_shop_console.model.faults import StoreUnavailable
from mcp_shop_console.model.refusals import Refusal
from tests.control_room.conftest import BANNED, NORMAL, SIZE, Live, deputize, standings
from tests.control_room.reading import screen_text
from tests.control_room.story import ADA, CLAUDE, CLAUDE_SESSION, GRACE, START_MS
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


async def wait_for(pilot: Pilot[None], live: Live, is_so: Callable[[], bool]) -> None:
    with anyio.fail_after(5):
        while not is_so():
            await live.see(pilot)


async def test_b_bans_every_agent_of_the_selected_human_and_says_so(live: Live) -> None:
    async with live.app.run_test(size=SIZE) as pilot:
        await live.see(pilot)

        await pilot.press("b")

        assert await standings(live) == [BANNED, BANNED, NORMAL]
        assert "BANNED" in live.spotlight()
        assert f"Ada Lovelace #{ADA.id[:4]}" in live.spotlight()


async def test_b_acts_on_the_row_that_was_moved_to(live: Live) -> None:
    async with live.app.run_test(size=SIZE) as pilot:
        await live.see(pilot)

        await pilot.press("down", "down", "b")

        assert await standings(live) == [NORMAL, NORMAL, BANNED]


@requirement("O21")
async def test_p_undoes_a_ban_with_one_key_as_a_new_entry(live: Live) -> None:
    async with live.app.run_test(size=SIZE) as pilot:
        await live.see(pilot)

        await pilot.press("b")
        await live.see(pilot)
        await pilot.press("p")

        assert await standings(live) == [NORMAL, NORMAL, NORMAL]
        assert await live.kinds() == [AuditKind.HUMAN_BANNED, AuditKind.HUMAN_PARDONED]
        assert "PARDONED" in live.spotlight()


async def test_capital_b_bans_the_selected_agent_only_and_p_pardons_it(live: Live) -> None:
    async with live.app.run_test(size=SIZE) as pilot:
        await live.see(pilot)

        await pilot.press("B")
        assert await standings(live) == [BANNED, NORMAL, NORMAL]
        assert "this agent only" in live.spotlight()

        await live.see(pilot)
        await pilot.press("p")
        assert await standings(live) == [NORMAL, NORMAL, NORMAL]


async def test_x_revokes_the_selected_grant(live: Live) -> None:
    async with live.app.run_test(size=SIZE) as pilot:
        await live.see(pilot)

        await pilot.press("x")

        grant = await live.database.read(lambda tx: tx.grants.get(live.deputies[0].grant_id))
        assert grant is not None and grant.ended_at_ms is not None
        assert "REVOKED" in live.spotlight()


@requirement("O18")
async def test_r_asks_and_no_changes_nothing(live: Live) -> None:
    async with live.app.run_test(size=SIZE) as pilot:
        await live.see(pilot)
        await pilot.press("b")
        await live.see(pilot)

        await pilot.press("r")
        assert "Lifts 1 ban and 0 pleas" in screen_text(live.app)
        await pilot.press("n")

        assert await live.kinds() == [AuditKind.HUMAN_BANNED]
        assert "No reset" in live.spotlight()


@requirement("O18")
async def test_r_and_yes_lifts_everything(live: Live) -> None:
    async with live.app.run_test(size=SIZE) as pilot:
        await live.see(pilot)
        await pilot.press("b", "down", "down", "B")

        await pilot.press("r", "y")
        await wait_for(pilot, live, lambda: "RESET" in live.spotlight())

        assert await standings(live) == [NORMAL, NORMAL, NORMAL]


@requirement("O4", "O18")
async def test_status_question_and_reset_count_the_same_bans(live: Live) -> None:
    async with live.app.run_test(size=SIZE) as pilot:
        await live.see(pilot)
        await pilot.press("B", "x")
        await live.see(pilot)
        assert "✗ 1 BANNED" in screen_text(live.app)
        assert "⊘ revoked" in screen_text(live.app)

        again = await deputize(live.database, ADA, CLAUDE)
        assert await live.standing(again) is BANNED
        await live.see(pilot)
        assert "✗ 1 BANNED" in screen_text(live.app)

        await pilot.press("r")
        assert "Lifts 1 ban and 0 pleas" in screen_text(live.app)
        await pilot.press("y")
        await wait_for(pilot, live, lambda: "1 ban lifted, 0 pleas closed" in live.spotlight())
        await live.see(pilot)
        assert "0 banned" in screen_text(live.app)
        assert await live.standing(again) is NORMAL


async def test_p_lifts_the_ban_of_an_agent_whose_grant_is_over(live: Live) -> None:
    async with live.app.run_test(size=SIZE) as pilot:
        await live.see(pilot)
        await pilot.press("B", "x", "enter")
        await live.see(pilot)
        assert "⊘ revoked, agent ban by presenter" in screen_text(live.app)

        await pilot.press("p")

        assert "AGENT PARDONED" in live.spotlight()
        assert await live.standing(await deputize(live.database, ADA, CLAUDE)) is NORMAL


@requirement("O5")
async def test_p_answers_the_plea_that_waits_whoever_is_selected(live: Live) -> None:
    adas_claude = live.deputies[0]
    answers: list[Standing | Refusal] = []

    async def plead() -> None:
        answers.append(await live.plead(adas_claude))

    async with live.app.run_test(size=SIZE) as pilot, anyio.create_task_group() as tasks:
        await live.see(pilot)
        await pilot.press("b", "down", "down")
        tasks.start_soon(plead)
        await wait_for(pilot, live, lambda: bool(live.app.state.pleas))
        assert "PRETTY PLEASE" in live.spotlight()

        await pilot.press("p")
        with anyio.fail_after(5):
            while not answers:
                await pilot.pause()

        assert answers == [NORMAL]
        assert await standings(live) == [NORMAL, NORMAL, NORMAL]


async def test_a_waiting_plea_stays_on_the_screen_until_it_is_answered(live: Live) -> None:
    async with live.app.run_test(size=SIZE) as pilot:
        await live.see(pilot)
        await pilot.press("b")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(live.plead, live.deputies[0])
            await wait_for(pilot, live, lambda: bool(live.app.state.pleas))
            tasks.cancel_scope.cancel()

        live.clock.at_ms += 10 * 60_000
        await live.see(pilot)
        assert "PRETTY PLEASE" in live.spotlight()

        await pilot.press("b")
        await live.see(pilot)
        assert "says pretty please: press p" in screen_text(live.app)

        await pilot.press("p")
        await live.see(pilot)
        assert "pretty please: press p" not in screen_text(live.app)


@requirement("O5")
async def test_a_plea_rings_at_most_once_a_minute(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    rings: list[int] = []
    monkeypatch.setattr(live.app, "bell", lambda: rings.append(live.clock.at_ms))

    def has_asked(times: int) -> bool:
        return sum(plea.asked for plea in live.app.state.pleas.values()) == times

    async with live.app.run_test(size=SIZE) as pilot:
        await live.see(pilot)
        await pilot.press("b")
        for times in range(1, 6):
            live.clock.at_ms += BELL_EVERY_MS // 4
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(live.plead, live.deputies[0])
                await wait_for(pilot, live, partial(has_asked, times))
                tasks.cancel_scope.cancel()

    assert rings == [START_MS + BELL_EVERY_MS // 4, START_MS + BELL_EVERY_MS * 5 // 4]


@pytest.mark.parametrize(
    ("key", "verb"), [("b", "ban"), ("B", "ban"), ("x", "revoke"), ("p", "pardon")]
)
async def test_a_key_with_nothing_to_act_on_says_that(live: Live, key: str, verb: str) -> None:
    async with live.app.run_test(size=SIZE) as pilot:
        await live.see(pilot)
        await pilot.press("tab", "tab")
        assert isinstance(live.app.focused, CallFeed)

        await pilot.press(key)

        assert f"Nothing to {verb}" in live.spotlight()
        assert await live.kinds() == []


async def test_a_key_that_changes_nothing_says_that(live: Live) -> None:
    async with live.app.run_test(size=SIZE) as pilot:
        await live.see(pilot)

        await pilot.press("b", "b")
        assert "is banned already" in live.spotlight()
        await pilot.press("p", "p")
        assert "is not banned" in live.spotlight()
        await pilot.press("x", "x")
        assert "is revoked already" in live.spotlight()


async def test_a_key_reaches_the_authority_even_if_the_screen_is_behind(live: Live) -> None:
    async with live.app.run_test(size=SIZE) as pilot:
        await live.see(pilot)
        await live.authority.ban_human(ADA.id)
        await live.see(pilot)
        await live.authority.pardon_human(ADA.id)

        await pilot.press("b")

        assert (await standings(live))[0] is BANNED


@requirement("O12")
@pytest.mark.parametrize("key", ["b", "p", "B", "x", "m"])
async def test_a_key_that_fails_says_that_nothing_changed(
    live: Live, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise StoreUnavailable("the disk is full")

    async with live.app.run_test(size=SIZE) as pilot:
        await live.see(pilot)
        monkeypatch.setattr(live.database, "write", fail)

        await pilot.press(key)

        assert "FAILED, nothing changed" in live.spotlight()
        assert "ada@example.com" not in screen_text(live.app)


@requirement("U10")
async def test_a_fault_in_a_key_leaves_the_screen_alive(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    async with live.app.run_test(size=SIZE) as pilot:
        await live.see(pilot)
        monkeypatch.setattr(live.authority, "ban_human", fail)
        await pilot.press("b")
        assert "FAILED" in live.spotlight()

        monkeypatch.undo()
        await pilot.press("b")

        assert "BANNED" in live.spotlight()


@requirement("U9")
async def test_of_two_humans_of_one_name_the_selected_one_is_banned(live: Live) -> None:
    twin = replace(GRACE, name=ADA.name)
    deputy = replace(live.deputies[2], human=twin)
    async with live.app.run_test(size=SIZE) as pilot:
        live.feed.publish([SessionSeen(deputy, CLAUDE_SESSION, live.clock.at_ms)])
        await live.see(pilot)

        await pilot.press("down", "down", "b")

        assert await standings(live) == [NORMAL, NORMAL, BANNED]
        assert f"#{GRACE.id[:4]}" in live.spotlight()
