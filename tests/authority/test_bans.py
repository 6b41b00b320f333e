"""The ban matrix: who is refused after a ban, who is not, and what lifts it."""

from dataclasses import replace
from pathlib import Path

import pytest

from mcp_shop_console.authority import standing_of_human
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Agent, Rank, Standing
from mcp_shop_console.model.refusals import Refusal, RefusalCode
from tests.core import ANN, BOB, CLAUDE, CURSOR, Core, open_core, placed, refused
from tests.judge import judge
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


@requirement("O3")
async def test_a_ban_of_a_human_hits_every_agent_of_theirs_and_nobody_else(core: Core) -> None:
    anns = [await core.deputy(ANN, CLAUDE), await core.deputy(ANN, CURSOR)]
    anns.append(await core.deputy(ANN, CLAUDE))
    bobs = [await core.deputy(BOB, CLAUDE), await core.deputy(BOB, CURSOR)]

    await core.authority.ban_human(ANN.id)

    assert [refused(await core.buy(deputy)) for deputy in anns] == [RefusalCode.BANNED] * 3
    assert [await core.is_served(deputy) for deputy in bobs] == [True, True]


@requirement("O3")
async def test_a_ban_of_an_agent_hits_that_grant_and_nobody_else(core: Core) -> None:
    banned = await core.deputy(ANN, CLAUDE)
    others = [await core.deputy(ANN, CURSOR), await core.deputy(BOB, CLAUDE)]

    await core.authority.ban_grant(banned.grant_id)

    assert refused(await core.buy(banned)) is RefusalCode.BANNED
    assert [await core.is_served(deputy) for deputy in others] == [True, True]


@requirement("O3")
async def test_a_ban_hits_only_what_the_shop_gives(core: Core) -> None:
    admin = await core.deputy(replace(ANN, is_admin=True))
    order = placed(await core.buy(admin)).order
    await core.authority.ban_human(ANN.id)

    assert refused(await core.shop.browse(admin, core.call())) is RefusalCode.BANNED
    assert refused(await core.buy(admin)) is RefusalCode.BANNED
    assert await core.orders(admin) == (order,)
    assert await core.authority.user_info(admin, core.call()) == admin


@requirement("O1", "O4")
async def test_a_ban_outlives_a_restart(tmp_path: Path) -> None:
    async with open_core(tmp_path / "shop.sqlite3") as core:
        human_banned, grant_banned = await core.deputy(ANN), await core.deputy(BOB)
        await core.authority.ban_human(ANN.id)
        await core.authority.ban_grant(grant_banned.grant_id)

    async with open_core(tmp_path / "shop.sqlite3") as core:
        assert refused(await core.buy(human_banned)) is RefusalCode.BANNED
        assert refused(await core.buy(grant_banned)) is RefusalCode.BANNED


@requirement("O4", "C9")
async def test_a_banned_human_deputizes_nobody(core: Core) -> None:
    await core.deputy(ANN, CLAUDE)
    await core.authority.ban_human(ANN.id)

    assert await core.try_to_deputize(ANN, CURSOR) is None
    refusal = (await core.audit())[-1]
    assert refusal.kind is AuditKind.CONSENT_REFUSED
    assert (refusal.human, refusal.agent, refusal.code) == (ANN, CURSOR, "banned")
    assert await core.try_to_deputize(BOB, CURSOR) is not None


@requirement("O4")
@pytest.mark.parametrize(
    "comes_back_as",
    [
        CLAUDE,
        replace(CLAUDE, name="Renamed", redirect_host="other.example"),
        replace(CLAUDE, client_id="registered-again"),
        replace(CLAUDE, client_id="registered-again", redirect_host="CLAUDE.ai:443"),
    ],
)
async def test_a_banned_agent_that_comes_back_is_banned_still(
    core: Core, comes_back_as: Agent
) -> None:
    first = await core.deputy(ANN, CLAUDE)
    await core.authority.ban_grant(first.grant_id)

    again = await core.deputy(ANN, comes_back_as)

    assert refused(await core.buy(again)) is RefusalCode.BANNED
    inherited = (await core.audit())[-2]
    assert (inherited.kind, inherited.grant_id) == (AuditKind.GRANT_BANNED, again.grant_id)
    assert inherited.facts == {"is_inherited": True}


@requirement("O4")
async def test_another_port_of_this_computer_is_the_same_program(core: Core) -> None:
    local = replace(CLAUDE, redirect_host="localhost:5000")
    first = await core.deputy(ANN, local)
    await core.authority.ban_grant(first.grant_id)

    again = await core.deputy(
        ANN, replace(local, client_id="again", redirect_host="127.0.0.1:6000")
    )

    assert refused(await core.buy(again)) is RefusalCode.BANNED


@requirement("O4")
async def test_a_banned_agent_is_banned_even_after_its_grant_was_revoked(core: Core) -> None:
    first = await core.deputy(ANN, CLAUDE)
    await core.authority.ban_grant(first.grant_id)
    await core.authority.revoke_grant(first.grant_id)

    assert not await core.is_served(await core.deputy(ANN, CLAUDE))


@requirement("O4")
@pytest.mark.parametrize(
    "other",
    [CURSOR, replace(CURSOR, name="Claude"), replace(CURSOR, redirect_host="claude.ai")],
)
async def test_a_ban_of_an_agent_does_not_carry_over_to_another_program(
    core: Core, other: Agent
) -> None:
    await core.authority.ban_grant((await core.deputy(ANN, CLAUDE)).grant_id)

    assert await core.is_served(await core.deputy(ANN, other))


@requirement("O4")
async def test_a_ban_of_an_agent_does_not_carry_over_to_another_human(core: Core) -> None:
    await core.authority.ban_grant((await core.deputy(ANN, CLAUDE)).grant_id)

    assert await core.is_served(await core.deputy(BOB, CLAUDE))


@requirement("O21")
async def test_one_key_undoes_a_ban_and_both_are_on_record(core: Core) -> None:
    deputy = await core.deputy()

    ban = await core.authority.ban_human(ANN.id)
    pardon = await core.authority.pardon_human(ANN.id)

    assert ban and pardon
    assert await core.is_served(deputy)
    assert (await core.audit())[ban.seq - 1 : pardon.seq] == [ban, pardon]
    assert ban.hash != pardon.hash


async def test_a_pardon_of_an_agent_reaches_its_programs_other_grants_each_on_record(
    core: Core,
) -> None:
    first = await core.deputy(ANN, CLAUDE)
    await core.authority.ban_grant(first.grant_id)
    second = await core.deputy(ANN, CLAUDE)
    bystander = await core.deputy(ANN, CURSOR)
    await core.authority.ban_grant(bystander.grant_id)

    pardon = await core.authority.pardon_grant(second.grant_id)

    assert pardon and pardon.grant_id == second.grant_id
    assert await core.is_served(first) and await core.is_served(second)
    assert not await core.is_served(bystander)
    judge(await core.audit())


async def test_a_pardon_of_an_agent_says_nothing_of_grants_that_were_not_banned(
    core: Core,
) -> None:
    never_banned, banned = await core.deputy(ANN, CLAUDE), await core.deputy(ANN, CLAUDE)
    ban = await core.authority.ban_grant(banned.grant_id)

    pardon = await core.authority.pardon_grant(banned.grant_id)

    assert ban and pardon and pardon.seq == ban.seq + 1
    assert await core.is_served(never_banned) and await core.is_served(banned)


async def test_a_pardon_of_a_human_leaves_the_bans_of_single_agents(core: Core) -> None:
    claude, cursor = await core.deputy(ANN, CLAUDE), await core.deputy(ANN, CURSOR)
    await core.authority.ban_human(ANN.id)
    await core.authority.ban_grant(cursor.grant_id)

    await core.authority.pardon_human(ANN.id)

    assert [await core.is_served(deputy) for deputy in (claude, cursor)] == [True, False]


async def test_what_changes_nothing_is_no_decision(core: Core) -> None:
    deputy = await core.deputy()
    await core.authority.ban_human(ANN.id)
    await core.authority.ban_grant(deputy.grant_id)
    await core.authority.revoke_grant(deputy.grant_id)
    length = len(await core.audit())

    assert await core.authority.ban_human(ANN.id) is None
    assert await core.authority.ban_grant(deputy.grant_id) is None
    assert await core.authority.revoke_grant(deputy.grant_id) is None
    assert await core.authority.pardon_human(BOB.id) is None
    assert await core.authority.pardon_grant("unknown") is None
    assert await core.authority.ban_human("unknown") is None
    assert await core.authority.ban_grant("unknown") is None
    assert await core.authority.revoke_grant("unknown") is None
    assert len(await core.audit()) == length


@requirement("O18")
async def test_a_reset_lifts_every_ban_and_keeps_all_else(core: Core) -> None:
    ann, bob = await core.deputy(ANN), await core.deputy(BOB)
    order = placed(await core.buy(ann)).order
    await core.authority.ban_human(ANN.id)
    await core.authority.ban_grant(bob.grant_id)
    revoked = await core.deputy(BOB, CURSOR)
    await core.authority.revoke_grant(revoked.grant_id)
    before = await core.audit()

    reset = await core.authority.reset()

    assert reset.facts == {"bans": 2, "pleas": 0}
    assert (reset.kind, reset.actor) == (AuditKind.AUTHORITY_RESET, Rank.PRESENTER)
    assert (await core.audit())[:-1] == before
    assert await core.is_served(ann) and await core.is_served(bob)
    assert refused(await core.buy(revoked)) is RefusalCode.PERMISSION_DENIED
    assert (await core.orders(ann))[0] == order


@requirement("O18")
async def test_a_reset_with_nothing_to_lift_is_on_record_too(core: Core) -> None:
    assert (await core.authority.reset()).facts == {"bans": 0, "pleas": 0}


@requirement("O18")
async def test_a_reset_counts_an_agents_ban_once_though_each_of_its_grants_has_it(
    core: Core,
) -> None:
    for _ in range(3):
        deputy = await core.deputy()
        await core.authority.ban_grant(deputy.grant_id)
        await core.authority.revoke_grant(deputy.grant_id)
    await core.authority.ban_human(BOB.id)
    other = await core.deputy(ANN, CURSOR)
    await core.authority.ban_grant(other.grant_id)

    assert (await core.authority.reset()).facts == {"bans": 2, "pleas": 0}
    assert await core.is_served(await core.deputy())


async def test_each_decision_says_who_decided_about_whom(core: Core) -> None:
    deputy = await core.deputy()

    ban = await core.authority.ban_grant(deputy.grant_id)

    assert ban
    assert (ban.actor, ban.human, ban.agent) == (Rank.PRESENTER, ANN, CLAUDE)
    assert (ban.grant_id, ban.consent_id) == (deputy.grant_id, deputy.consent_id)
    refusal = await core.buy(deputy)
    entry = (await core.audit())[-1]
    assert isinstance(refusal, Refusal) and refusal.audit_seq == entry.seq
    assert entry.call and refusal.request_id == entry.call.id
    assert (entry.human, entry.agent, entry.actor) == (ANN, CLAUDE, Rank.AGENT)


async def test_showing_private_data_and_the_servers_coming_and_going_are_on_record(
    core: Core,
) -> None:
    shown = await core.authority.reveal("addresses")
    started = await core.authority.note_server(AuditKind.SERVER_STARTED, {"port": 7777})

    assert (shown.actor, shown.facts) == (Rank.PRESENTER, {"what": "addresses"})
    assert (started.actor, started.facts) == (Rank.SYSTEM, {"port": 7777})


async def test_the_standing_of_a_human_is_one_for_all_agents(core: Core) -> None:
    deputy = await core.deputy()

    async def standing() -> Standing:
        return await core.database.read(lambda tx: standing_of_human(tx, ANN.id))

    await core.authority.ban_grant(deputy.grant_id)
    assert await standing() is Standing.NORMAL
    await core.authority.ban_human(ANN.id)
    assert await standing() is Standing.BANNED


@requirement("O3")
async def test_what_a_revoked_agent_asks_is_refused_whatever_it_is(core: Core) -> None:
    deputy = await core.deputy(replace(ANN, is_admin=True))
    await core.authority.revoke_grant(deputy.grant_id)

    answers = [
        await core.buy(deputy),
        await core.shop.browse(deputy, core.call()),
        await core.shop.list_orders(deputy, core.call()),
        await core.authority.user_info(deputy, core.call()),
        await core.authority.set_demo_mode(deputy, core.call(), Standing.BANNED),
        await core.authority.clear_demo_mode(deputy, core.call()),
        await core.authority.plead(deputy, core.call()),
    ]

    assert {refused(answer) for answer in answers} == {RefusalCode.PERMISSION_DENIED}
