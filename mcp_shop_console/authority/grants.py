"""Grants: made by a human's consent, ended for good.

May import store and model.
"""

import hashlib

from mcp_shop_console.model.audit import AuditEntry, AuditKind, Fact, Outcome
from mcp_shop_console.model.deputies import Agent, Human, Rank
from mcp_shop_console.model.grants import Consent, Grant, is_same_program
from mcp_shop_console.model.refusals import RefusalCode
from mcp_shop_console.store.transaction import Transaction


def make_grant(
    tx: Transaction,
    human: Human,
    agent: Agent,
    redirect_uri: str,
    scopes: frozenset[str],
    consent_text: str,
) -> Grant | None:
    """Deputize ``agent``: exactly this human, client, redirect URI and scopes, never merged.

    A banned human deputizes nobody: None, and the refusal is recorded. A ban of this agent's
    earlier grant carries over to the new one.
    """
    facts: dict[str, Fact] = {"redirect_uri": redirect_uri, "scopes": " ".join(sorted(scopes))}
    if tx.bans.of_human(human.id) is not None:
        tx.audit.append(
            AuditKind.CONSENT_REFUSED,
            actor=Rank.HUMAN,
            outcome=Outcome.REFUSED,
            human=human,
            agent=agent,
            code=RefusalCode.BANNED.value,
            facts=facts,
        )
        return None
    consent = Consent(
        tx.new_id(),
        consent_text,
        hashlib.sha256(consent_text.encode("utf-8")).hexdigest(),
        tx.now_ms,
    )
    grant = Grant(tx.new_id(), human.id, agent, redirect_uri, scopes, consent.id, tx.now_ms)
    inherited = _inherited_ban(tx, grant)
    tx.grants.insert(grant, consent)
    tx.audit.append(
        AuditKind.CONSENT_APPROVED,
        actor=Rank.HUMAN,
        human=human,
        agent=agent,
        grant_id=grant.id,
        consent_id=consent.id,
        facts=facts | {"consent_sha256": consent.text_sha256},
    )
    if inherited is not None:
        tx.bans.ban_grant(grant.id, inherited, tx.now_ms)
        record_grant(tx, AuditKind.GRANT_BANNED, grant, inherited, {"is_inherited": True})
    return grant


def end_grant(
    tx: Transaction,
    grant_id: str,
    *,
    actor: Rank,
    kind: AuditKind = AuditKind.GRANT_REVOKED,
    facts: dict[str, Fact] | None = None,
) -> AuditEntry | None:
    """End a grant for good, and record why. None if it has ended already, or never was."""
    grant = tx.grants.get(grant_id)
    if grant is None or not tx.grants.end(grant_id, tx.now_ms):
        return None
    return record_grant(tx, kind, grant, actor, facts)


def record_grant(
    tx: Transaction,
    kind: AuditKind,
    grant: Grant,
    actor: Rank,
    facts: dict[str, Fact] | None = None,
) -> AuditEntry:
    return tx.audit.append(
        kind,
        actor=actor,
        human=tx.humans.get(grant.human_id),
        agent=grant.agent,
        grant_id=grant.id,
        consent_id=grant.consent_id,
        facts=facts,
    )


def _inherited_ban(tx: Transaction, grant: Grant) -> Rank | None:
    ranks = [
        tx.bans.of_grant(earlier.id)
        for earlier in tx.grants.of_human(grant.human_id)
        if is_same_program(earlier.agent, grant.agent)
    ]
    return max((rank for rank in ranks if rank is not None), default=None)
