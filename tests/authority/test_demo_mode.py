"""What an agent may do to its own human's standing, and what it may not."""

from dataclasses import replace

import pytest

from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Rank, Standing
from mcp_shop_console.model.refusals import Refusal, RefusalCode
from tests.core import ANN, BOB, CURSOR, Core, refused
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


@requirement("O6")
async def test_an_agent_bans_its_own_human_at_its_own_rank(core: Core) -> None:
    ann, other_agent, bob = (
        await core.deputy(ANN),
        await core.deputy(ANN, CURSOR),
        await core.deputy(BOB),
    )

    answer = await core.authority.set_demo_mode(ann, core.call(), Standing.BANNED)

    assert answer is Standing.BANNED
    ban = (await core.audit())[-1]
    assert (ban.kind, ban.actor, ban.human) == (AuditKind.HUMAN_BANNED, Rank.AGENT, ANN)
    assert not await core.is_served(ann) and not await core.is_served(other_agent)
    assert await core.is_served(bob)


@requirement("O6")
@pytest.mark.parametrize("way", ["setDemoMode", "clearDemoMode", "prettyPlease"])
async def test_an_agent_lifts_a_ban_of_its_own_rank(core: Core, way: str) -> None:
    deputy = await core.deputy()
    await core.authority.set_demo_mode(deputy, core.call(), Standing.BANNED)

    answer = await _ask(core, way)

    assert answer is Standing.NORMAL
    assert (await core.audit())[-1].kind is AuditKind.HUMAN_PARDONED
    assert await core.is_served(deputy)


@requirement("O6")
@pytest.mark.parametrize("way", ["setDemoMode", "clearDemoMode", "prettyPlease"])
async def test_lifting_a_ban_that_is_not_there_is_answered_likewise(core: Core, way: str) -> None:
    await core.deputy()

    assert await _ask(core, way) is Standing.NORMAL
    assert (await core.audit())[-1].kind is AuditKind.CALL_ANSWERED


@requirement("O5")
@pytest.mark.parametrize("way", ["setDemoMode", "clearDemoMode"])
@pytest.mark.parametrize("target", ["human", "grant"])
async def test_an_agent_cannot_lift_what_the_presenter_set(
    core: Core, way: str, target: str
) -> None:
    deputy = await core.deputy()
    if target == "human":
        await core.authority.ban_human(ANN.id)
    else:
        await core.authority.ban_grant(deputy.grant_id)

    answer = await _ask(core, way)

    assert isinstance(answer, Refusal)
    assert answer.code is RefusalCode.PARDON_REQUIRES_HUMAN
    assert answer.message == "Only the presenter can lift this ban. prettyPlease asks."
    assert not await core.is_served(deputy)


@requirement("O5", "O6")
async def test_a_standing_keeps_the_highest_rank_that_set_it(core: Core) -> None:
    deputy = await core.deputy()
    await core.authority.ban_human(ANN.id)

    banned = await core.authority.set_demo_mode(deputy, core.call(), Standing.BANNED)

    assert banned is Standing.BANNED
    assert refused(await _ask(core, "clearDemoMode")) is RefusalCode.PARDON_REQUIRES_HUMAN


@requirement("O5", "O6")
async def test_the_presenter_raises_an_agents_ban_to_their_own_rank(core: Core) -> None:
    deputy = await core.deputy()
    await core.authority.set_demo_mode(deputy, core.call(), Standing.BANNED)

    ban = await core.authority.ban_human(ANN.id)

    assert ban and ban.actor is Rank.PRESENTER
    assert refused(await _ask(core, "setDemoMode")) is RefusalCode.PARDON_REQUIRES_HUMAN


@requirement("O6")
async def test_the_presenter_lifts_an_agents_ban_as_well(core: Core) -> None:
    deputy = await core.deputy()
    await core.authority.set_demo_mode(deputy, core.call(), Standing.BANNED)

    assert await core.authority.pardon_human(ANN.id)
    assert await core.is_served(deputy)


@requirement("O5")
async def test_an_agent_beside_a_banned_one_cannot_lift_that_ban(core: Core) -> None:
    banned, other = await core.deputy(ANN), await core.deputy(ANN, CURSOR)
    await core.authority.ban_grant(banned.grant_id)

    await core.authority.clear_demo_mode(other, core.call())

    assert not await core.is_served(banned)
    assert await core.is_served(other)


async def test_only_an_admin_is_told_about_themselves(core: Core) -> None:
    admin, other = await core.deputy(replace(ANN, is_admin=True)), await core.deputy(BOB)

    assert await core.authority.user_info(admin, core.call()) == admin
    denied = await core.authority.user_info(other, core.call())
    assert refused(denied) is RefusalCode.PERMISSION_DENIED


async def test_a_refusal_that_was_decided_outside_is_on_record(core: Core) -> None:
    deputy, call = await core.deputy(), core.call()

    refusal = await core.authority.refuse(
        deputy, call, RefusalCode.INVALID_REQUEST, "Give a size.", "$.tshirtSize"
    )

    entry = (await core.audit())[-1]
    assert refusal == Refusal(
        RefusalCode.INVALID_REQUEST, "Give a size.", call.id, entry.seq, "$.tshirtSize"
    )
    assert (entry.call, entry.code) == (call, "invalid_request")
    assert entry.facts == {"param": "$.tshirtSize"}


async def _ask(core: Core, way: str) -> Standing | Refusal:
    """Ask by one of the demo tools, through the first agent of Ann."""
    deputy = await core.database.read(lambda tx: tx.grants.deputy(tx.grants.of_human(ANN.id)[0].id))
    assert deputy
    match way:
        case "setDemoMode":
            return await core.authority.set_demo_mode(deputy, core.call(way), Standing.NORMAL)
        case "clearDemoMode":
            return await core.authority.clear_demo_mode(deputy, core.call(way))
        case _:
            return await core.authority.plead(deputy, core.call(way))
