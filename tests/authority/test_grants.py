"""Grants: exactly what the consent page showed, and ended for good."""

import hashlib

import pytest

from mcp_shop_console.authority import end_grant, make_grant
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Rank
from mcp_shop_console.model.grants import Grant
from mcp_shop_console.store.transaction import Transaction
from tests.core import ANN, CLAUDE, SCOPES, Core
from tests.requirement import requirement

pytestmark = pytest.mark.anyio

_TEXT = "Claude may order shirts for you."


def _deputize(tx: Transaction) -> Grant:
    tx.humans.save(ANN, tx.now_ms)
    grant = make_grant(tx, ANN, CLAUDE, "https://claude.ai/cb", SCOPES, _TEXT)
    assert grant
    return grant


@requirement("C4", "C5")
async def test_a_grant_is_for_this_human_client_address_and_scopes_and_rests_on_the_text(
    core: Core,
) -> None:
    grant = await core.database.write(_deputize)

    consent = await core.database.read(lambda tx: tx.grants.consent(grant.consent_id))
    assert (grant.human_id, grant.agent, grant.redirect_uri, grant.scopes) == (
        ANN.id,
        CLAUDE,
        "https://claude.ai/cb",
        SCOPES,
    )
    assert consent and consent.text == _TEXT
    assert consent.text_sha256 == hashlib.sha256(_TEXT.encode()).hexdigest()
    entry = (await core.audit())[-1]
    assert (entry.kind, entry.actor) == (AuditKind.CONSENT_APPROVED, Rank.HUMAN)
    assert (entry.grant_id, entry.consent_id) == (grant.id, consent.id)
    assert entry.facts == {
        "redirect_uri": "https://claude.ai/cb",
        "scopes": "shop:browse shop:order",
        "consent_sha256": consent.text_sha256,
    }


@requirement("C4")
async def test_a_second_consent_is_a_second_grant(core: Core) -> None:
    first, second = (
        await core.database.write(_deputize),
        await core.database.write(_deputize),
    )

    assert first.id != second.id and first.consent_id != second.consent_id


async def test_the_reason_why_a_grant_ended_is_on_record(core: Core) -> None:
    grant = await core.database.write(_deputize)

    def end(tx: Transaction) -> None:
        kind = AuditKind.CODE_REPLAYED
        end_grant(tx, grant.id, actor=Rank.SYSTEM, kind=kind, facts={"uses": 2})
        assert end_grant(tx, grant.id, actor=Rank.SYSTEM) is None

    await core.database.write(end)

    entry = (await core.audit())[-1]
    assert (entry.kind, entry.actor, entry.facts) == (
        AuditKind.CODE_REPLAYED,
        Rank.SYSTEM,
        {"uses": 2},
    )
    assert await core.database.read(lambda tx: tx.grants.deputy(grant.id)) is None
