"""History: a screen that is rebuilt from it shows what the feed had shown."""

from pathlib import Path

import pytest

from mcp_shop_console.model.audit import AuditEntry, AuditKind
from mcp_shop_console.model.deputies import Agent, Rank, Standing
from mcp_shop_console.model.refusals import RefusalCode
from mcp_shop_console.store.transaction import Transaction
from tests.core import ANN, BOB, Core, open_core, placed
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


async def test_history_is_what_the_feed_has_echoed(tmp_path: Path) -> None:
    async with open_core(tmp_path / "shop.sqlite3") as core:
        with core.feed.subscribe() as reader:
            deputy = await core.deputy(ANN, Agent("client", "x" * 1000 + "", "h" * 1000))
            await core.buy(deputy, "ACME")
            await core.authority.ban_human(ANN.id)
            await core.buy(deputy)
            echoed = [event for event in reader.take() if isinstance(event, AuditEntry)]

    async with open_core(tmp_path / "shop.sqlite3") as core:
        assert await core.authority.history(100) == echoed
    assert len(echoed) == 4


@requirement("O15")
async def test_a_short_history_keeps_every_decision_about_standing(core: Core) -> None:
    deputy = await core.deputy()
    await core.authority.ban_human(ANN.id)
    for _ in range(10):
        await core.buy(deputy)

    kinds = [entry.kind for entry in await core.authority.history(3)]

    assert kinds == [
        AuditKind.CONSENT_APPROVED,
        AuditKind.HUMAN_BANNED,
        *[AuditKind.CALL_REFUSED] * 3,
    ]


async def test_no_flood_hides_a_ban_or_a_plea_that_stands() -> None:
    def flood(tx: Transaction) -> None:
        for _ in range(5_000):
            tx.audit.append(AuditKind.HUMAN_SIGNED_IN, actor=Rank.HUMAN, human=ANN)

    async with open_core(plea_wait_seconds=0) as core:
        ann, bob = await core.deputy(ANN), await core.deputy(BOB)
        bans = [
            await core.authority.ban_human(ANN.id),
            await core.authority.ban_grant(bob.grant_id),
        ]
        await core.authority.plead(ann, core.call())
        plea = (await core.audit())[-2]
        await core.database.write(flood)

        history = await core.authority.history(10)

    assert history[:3] == [*bans, plea]
    assert {entry.kind for entry in history[3:]} == {AuditKind.HUMAN_SIGNED_IN}


async def test_no_flood_of_calls_hides_an_order() -> None:
    async with open_core() as core:
        deputy = await core.deputy()
        for _ in range(3):
            placed(await core.buy(deputy))
        for _ in range(20):
            await core.shop.browse(deputy, core.call("listMcpShopInventory"))

        history = await core.authority.history(5)

    orders = [entry for entry in history if entry.kind is AuditKind.ORDER_PLACED]
    assert [entry.facts["number"] for entry in orders] == [1, 2, 3]


async def test_no_flood_hides_an_alarm_that_nobody_has_seen() -> None:
    def flood(tx: Transaction) -> None:
        for _ in range(5_000):
            tx.audit.append(AuditKind.HUMAN_SIGNED_IN, actor=Rank.HUMAN, human=ANN)

    async with open_core() as core:
        await core.authority.note_server(AuditKind.CLOCK_JUMPED, {"by_ms": 1})
        (alarm,) = await core.audit()
        await core.database.write(flood)

        assert (await core.authority.history(10))[0] == alarm


async def test_alarms_are_seen_once(core: Core) -> None:
    await core.authority.note_server(AuditKind.CLOCK_JUMPED, {"by_ms": 1})

    seen = await core.authority.see_alarms(1)
    again = await core.authority.see_alarms(1)

    assert seen is not None
    assert (seen.kind, seen.actor, seen.facts) == (
        AuditKind.ALARMS_SEEN,
        Rank.PRESENTER,
        {"up_to": 1},
    )
    assert again is None
    assert await core.kinds() == [AuditKind.CLOCK_JUMPED, AuditKind.ALARMS_SEEN]


async def test_every_decided_call_is_counted_once() -> None:
    async with open_core(plea_wait_seconds=0) as core:
        deputy = await core.deputy()
        placed(await core.buy(deputy, "ACME"))
        placed(await core.buy(deputy, "ACME"))
        await core.shop.browse(deputy, core.call("listMcpShopInventory"))
        for standing in (Standing.BANNED, Standing.NORMAL, Standing.NORMAL):
            await core.authority.set_demo_mode(deputy, core.call("setDemoMode"), standing)
        await core.authority.ban_human(ANN.id)
        await core.authority.plead(deputy, core.call("prettyPlease"))
        await core.authority.pardon_human(ANN.id)
        too_many, first = RefusalCode.RATE_LIMIT_EXCEEDED, core.call()
        await core.authority.refuse(deputy, first, too_many, "Slow down.")
        await core.authority.note_flood(deputy, first, too_many, 50)

        calls = {entry.call.id for entry in await core.audit() if entry.call}
        assert await core.authority.call_count() == len(calls) == 8


async def test_an_empty_audit_has_an_empty_history(core: Core) -> None:
    assert await core.authority.history(10) == []
