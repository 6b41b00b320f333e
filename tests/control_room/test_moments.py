from dataclasses import replace

import pytest

from mcp_shop_console.control_room.moments import Tone, moment_of
from mcp_shop_console.control_room.phrases import (
    age_words,
    clock_words,
    duration_words,
    outcome_words,
)
from mcp_shop_console.control_room.rows import CallOutcome, CallRow
from mcp_shop_console.model.audit import AuditKind, Fact
from mcp_shop_console.model.deputies import Agent, Human, Rank
from tests.control_room.story import ADAS_CLAUDE, CLAUDE_SESSION, Story, deputy_of
from tests.requirement import requirement

SAID = {
    AuditKind.HUMAN_SIGNED_IN: ("SIGNED IN", "(unverified)"),
    AuditKind.ADMIN_REMOVED: ("ADMIN NO MORE", "no longer holds shop:admin"),
    AuditKind.CONSENT_APPROVED: ("CONSENT", "deputized Claude Code at localhost:33418"),
    AuditKind.CONSENT_DENIED: ("CONSENT DENIED", "said no to Claude Code"),
    AuditKind.CONSENT_REFUSED: ("CONSENT REFUSED", "is banned"),
    AuditKind.HUMAN_BANNED: ("BANNED", "every agent, every session"),
    AuditKind.GRANT_BANNED: ("AGENT BANNED", "this agent only"),
    AuditKind.GRANT_REVOKED: ("REVOKED", "the grant is over"),
    AuditKind.PLEA_OPENED: ("PRETTY PLEASE", "asks for pardon"),
    AuditKind.HUMAN_PARDONED: ("PARDONED", "may shop again"),
    AuditKind.GRANT_PARDONED: ("AGENT PARDONED", "may shop again"),
    AuditKind.AUTHORITY_RESET: ("RESET", "0 bans lifted"),
    AuditKind.CODE_REPLAYED: ("ALARM", "code came twice"),
    AuditKind.TOKEN_REUSED: ("ALARM", "refresh token reused"),
    AuditKind.CLOCK_JUMPED: ("ALARM", "this computer's clock was set back"),
    AuditKind.CALL_REFUSED: ("REFUSED", "Claude Code of Ada Lovelace"),
    AuditKind.ORDER_PLACED: ("ORDER ?", "Claude Code of Ada Lovelace"),
}
SILENT = frozenset(AuditKind) - SAID.keys()


@pytest.mark.parametrize("kind", list(SAID))
def test_each_moment_has_its_mark_its_word_and_its_subject(kind: AuditKind) -> None:
    moment = moment_of(Story().entry(kind, ADAS_CLAUDE, actor=Rank.PRESENTER))

    word, subject = SAID[kind]
    assert moment is not None and moment.word == word
    assert subject in moment.text
    assert len(moment.mark) == 1
    assert moment.tone is not Tone.CALM


@pytest.mark.parametrize("kind", sorted(SILENT))
def test_what_the_hall_need_not_see_makes_no_noise(kind: AuditKind) -> None:
    assert moment_of(Story().entry(kind, ADAS_CLAUDE)) is None


@requirement("D1", "N5", "N8")
@pytest.mark.parametrize("status", [429, 503])
def test_a_flood_is_one_counting_line(status: int) -> None:
    flood = Story().entry(AuditKind.REQUEST_REFUSED)
    facts: dict[str, Fact] = {"status": status, "reason": "registration_rate", "count": 1200}

    moment = moment_of(replace(flood, facts=facts, private={"address": "192.0.2.1"}))

    assert moment is not None and moment.word == "FLOOD"
    assert moment.text == "1,200 requests turned away: registration rate"


def test_a_request_without_a_token_is_how_each_agent_begins() -> None:
    refused = Story().entry(AuditKind.REQUEST_REFUSED)

    assert moment_of(replace(refused, facts={"status": 401, "count": 9})) is None


@requirement("D5")
def test_an_agent_that_left_is_named_and_one_that_expired_is_not() -> None:
    gone = Story().entry(AuditKind.CLIENT_REMOVED, ADAS_CLAUDE)

    moment = moment_of(replace(gone, facts={"reason": "asked", "grants": 0}))

    assert moment is not None and moment.text == "Claude Code removed its registration"
    assert moment_of(replace(gone, facts={"reason": "unused", "grants": 0})) is None


def test_a_ban_by_an_agent_is_not_passed_off_as_the_presenters() -> None:
    moment = moment_of(Story().entry(AuditKind.HUMAN_BANNED, ADAS_CLAUDE, actor=Rank.AGENT))

    assert moment is not None and moment.text.endswith(", by agent")


@requirement("U6")
@pytest.mark.parametrize("kind", list(SAID))
def test_no_moment_shows_an_email_or_an_ip_address(kind: AuditKind) -> None:
    human = Human("id", "ada@example.com", "ada@example.com")
    deputy = deputy_of(human, Agent("c", "from 203.0.113.9", "203.0.113.9:80"))

    moment = moment_of(Story().entry(kind, deputy, actor=Rank.PRESENTER))

    assert moment is not None
    assert "example.com" not in moment.text.replace("ex•••.com", "")
    assert "203.0" not in moment.text


@pytest.mark.parametrize(
    ("age_ms", "words"),
    [
        (0, "now"),
        (2_999, "now"),
        (12_000, "12 s"),
        (180_000, "3 min"),
        (7_200_000, "2 h"),
        (2 * 86_400_000, "2 d"),
        (-5, "now"),
    ],
)
def test_an_age_is_told_roughly(age_ms: int, words: str) -> None:
    assert age_words(age_ms) == words


@pytest.mark.parametrize(
    ("duration_ms", "words"),
    [(None, ""), (7, "7 ms"), (3_400, "3.4 s"), (300_000, "5 min"), (-1, "0 ms")],
)
def test_a_duration_is_told_in_its_unit(duration_ms: int | None, words: str) -> None:
    assert duration_words(duration_ms) == words


def test_a_time_that_no_calendar_has_is_no_fault() -> None:
    assert clock_words(10**30, None) == "--:--:--"


def call_row(outcome: CallOutcome, *, code: str = "", number: int | None = None) -> CallRow:
    return CallRow(
        serial=0,
        id="c",
        at_ms=0,
        tool="t",
        human=None,
        agent=None,
        grant_id="",
        consent_id="",
        session=CLAUDE_SESSION,
        outcome=outcome,
        code=code,
        order_number=number,
    )


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (call_row(CallOutcome.RUNNING), "◌ 1.5 s"),
        (call_row(CallOutcome.PLEADING), "♥ 1.5 s"),
        (call_row(CallOutcome.ANSWERED), "✓ answered"),
        (call_row(CallOutcome.ANSWERED, number=12), "✓ order 12"),
        (call_row(CallOutcome.ANSWERED, number=1_234), "✓ #1234"),
        (call_row(CallOutcome.REFUSED, code="banned"), "✗ BANNED"),
        (call_row(CallOutcome.REFUSED, code="unheard_of_so_far"), "✗ unheard_…+9"),
        (call_row(CallOutcome.FAILED), "! FAILED"),
        (call_row(CallOutcome.GONE), "⌁ gone"),
    ],
)
def test_each_outcome_has_a_mark_and_a_word(row: CallRow, words: str) -> None:
    assert outcome_words(row, 1_500) == words
