"""History: a screen that is rebuilt from it shows what the feed had shown."""

from pathlib import Path

import pytest

from mcp_shop_console.model.audit import AuditEntry, AuditKind
from mcp_shop_console.model.deputies import Agent, Rank
from mcp_shop_console.store.transaction import Transaction
from tests.core import ANN, BOB, Core, open_core
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


async def test_an_empty_audit_has_an_empty_history(core: Core) -> None:
    assert await core.authority.history(10) == []
