"""Who is banned, revoked or pleading, as far as the screen has heard."""

from dataclasses import replace

import pytest

from mcp_shop_console.control_room.rows import CallOutcome, Target
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Human, Rank
from tests.control_room.story import (
    ADA,
    ADAS_CLAUDE,
    ADAS_INSPECTOR,
    CLAUDE_SESSION,
    GRACE,
    GRACES_CLAUDE,
    INSPECTOR_SESSION,
    Story,
    busy_story,
    deputy_of,
    newest_call,
    told,
)
from tests.requirement import requirement


def test_a_ban_of_a_human_reaches_every_agent_of_theirs_and_nobody_else() -> None:
    story = busy_story()
    story.ban(ADA)
    state = told(story)

    assert state.standings(ADA.id, ADAS_CLAUDE.grant_id).is_banned
    assert state.standings(ADA.id, ADAS_INSPECTOR.grant_id).is_banned
    assert not state.standings(GRACE.id, GRACES_CLAUDE.grant_id).is_banned
    assert state.banned_count == 1


def test_a_ban_of_an_agent_is_of_that_agent_only() -> None:
    story = busy_story()
    story.entry(AuditKind.GRANT_BANNED, ADAS_CLAUDE, actor=Rank.PRESENTER)
    state = told(story)

    assert state.standings(ADA.id, ADAS_CLAUDE.grant_id).is_banned
    assert not state.standings(ADA.id, ADAS_INSPECTOR.grant_id).is_banned


def test_a_pardon_of_an_agent_reaches_its_earlier_grants() -> None:
    story = Story()
    earlier = replace(deputy_of(ADA, ADAS_CLAUDE.agent), grant_id="earlier")
    story.entry(AuditKind.GRANT_BANNED, earlier, actor=Rank.PRESENTER)
    story.entry(AuditKind.GRANT_BANNED, ADAS_CLAUDE, actor=Rank.PRESENTER)
    story.entry(AuditKind.GRANT_PARDONED, earlier, actor=Rank.PRESENTER)
    story.entry(AuditKind.GRANT_PARDONED, ADAS_CLAUDE, actor=Rank.PRESENTER)

    assert told(story).banned_count == 0


@requirement("O4")
def test_a_ban_of_an_agent_outlives_its_grant_and_is_one_ban_with_the_next() -> None:
    story = Story()
    story.entry(AuditKind.GRANT_BANNED, ADAS_CLAUDE, actor=Rank.PRESENTER)
    story.entry(AuditKind.GRANT_REVOKED, ADAS_CLAUDE, actor=Rank.PRESENTER)
    assert told(story).banned_count == 1

    next_one = replace(deputy_of(ADA, ADAS_CLAUDE.agent), grant_id="next")
    story.entry(AuditKind.CONSENT_APPROVED, next_one)
    story.entry(AuditKind.GRANT_BANNED, next_one, actor=Rank.PRESENTER)

    assert told(story).banned_count == 1


@requirement("O21")
def test_a_pardon_undoes_a_ban_as_a_new_entry() -> None:
    story = busy_story()
    story.ban(ADA)
    story.pardon(ADA)
    state = told(story)

    assert not state.standings(ADA.id, ADAS_CLAUDE.grant_id).is_banned
    assert state.head_seq == story.seq


def test_a_ban_keeps_the_highest_rank_that_set_it() -> None:
    story = Story()
    story.ban(ADA)
    story.entry(AuditKind.HUMAN_BANNED, ADAS_CLAUDE, actor=Rank.AGENT)

    assert told(story).standings(ADA.id, "").human_ban is Rank.PRESENTER


def test_a_reset_lifts_every_ban_and_plea() -> None:
    story = busy_story()
    story.ban(ADA)
    story.entry(AuditKind.GRANT_BANNED, GRACES_CLAUDE, actor=Rank.PRESENTER)
    story.plead(ADAS_CLAUDE, CLAUDE_SESSION)
    story.entry(AuditKind.AUTHORITY_RESET, actor=Rank.PRESENTER, facts={"bans": 2, "pleas": 1})
    state = told(story)

    assert (state.banned_count, dict(state.pleas), state.order_count) == (0, {}, 2)


def test_a_revoked_grant_stays_revoked() -> None:
    story = busy_story()
    story.entry(AuditKind.GRANT_REVOKED, ADAS_CLAUDE, actor=Rank.PRESENTER)

    assert told(story).standings(ADA.id, ADAS_CLAUDE.grant_id).is_revoked


def test_a_plea_waits_until_it_is_answered() -> None:
    story = Story()
    story.ban(ADA)
    call = story.plead(ADAS_CLAUDE, CLAUDE_SESSION)
    state = told(story)
    plea = state.next_plea(None)
    assert plea is not None and plea.human == ADA
    assert newest_call(state).outcome is CallOutcome.PLEADING

    story.events.clear()
    story.pardon(ADA)
    story.finish(call, duration_ms=9_000)
    for event in story.events:
        state.apply(event)

    assert state.next_plea(None) is None
    assert newest_call(state).outcome is CallOutcome.ANSWERED


def test_a_plea_outlives_the_call_that_made_it() -> None:
    story = Story()
    story.ban(ADA)
    call = story.plead(ADAS_CLAUDE, CLAUDE_SESSION)
    story.finish(call, code="pardon_requires_human", duration_ms=45_000)
    state = told(story)

    assert state.next_plea(None) is not None
    assert newest_call(state).outcome is CallOutcome.REFUSED


def test_a_second_asker_joins_the_plea() -> None:
    story = Story()
    story.plead(ADAS_CLAUDE, CLAUDE_SESSION)
    call = story.start(ADAS_INSPECTOR, INSPECTOR_SESSION, "prettyPlease")
    story.entry(AuditKind.PLEA_JOINED, ADAS_INSPECTOR, actor=Rank.AGENT, call=call)
    state = told(story)

    (plea,) = state.pleas.values()
    assert plea.asked == 2


def test_the_selected_humans_plea_comes_before_an_older_one() -> None:
    story = Story()
    story.plead(ADAS_CLAUDE, CLAUDE_SESSION)
    story.plead(GRACES_CLAUDE, CLAUDE_SESSION)
    state = told(story)

    graces = state.next_plea(Target(GRACE, None, ""))
    oldest = state.next_plea(Target(Human("nobody", "", ""), None, ""))
    assert graces is not None and graces.human == GRACE
    assert oldest is not None and oldest.human == ADA


@pytest.mark.parametrize("kind", [AuditKind.CODE_REPLAYED, AuditKind.TOKEN_REUSED])
def test_an_alarm_stays_until_it_is_seen(kind: AuditKind) -> None:
    story = busy_story()
    story.entry(kind, ADAS_CLAUDE, actor=Rank.SYSTEM)
    state = told(story)
    assert len(state.alarms) == 1
    assert state.standings(ADA.id, ADAS_CLAUDE.grant_id).is_revoked

    state.apply(story.entry(AuditKind.SERVER_STARTED, actor=Rank.SYSTEM))
    assert len(state.alarms) == 1

    facts = {"up_to": state.alarms[-1].seq}
    state.apply(story.entry(AuditKind.ALARMS_SEEN, actor=Rank.PRESENTER, facts=facts))

    assert not state.alarms


def test_an_alarm_that_rings_while_another_is_seen_stays() -> None:
    story = Story()
    seen = story.entry(AuditKind.CODE_REPLAYED, ADAS_CLAUDE, actor=Rank.SYSTEM)
    unseen = story.entry(AuditKind.TOKEN_REUSED, GRACES_CLAUDE, actor=Rank.SYSTEM)
    story.entry(AuditKind.ALARMS_SEEN, actor=Rank.PRESENTER, facts={"up_to": seen.seq})

    assert list(told(story).alarms) == [unseen]
