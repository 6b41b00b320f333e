"""Bans and pardons: by the presenter, and by an agent at its own rank.

May import store and model.
"""

from mcp_shop_console.authority.calls import record_call, refusal, revocation, ruling_of
from mcp_shop_console.authority.grants import record_grant
from mcp_shop_console.model.audit import AuditEntry, AuditKind, Fact
from mcp_shop_console.model.deputies import Call, Deputy, Rank, Standing
from mcp_shop_console.model.grants import Grant, is_same_program, program_count
from mcp_shop_console.model.refusals import Refusal, RefusalCode
from mcp_shop_console.store.standing import Ruling
from mcp_shop_console.store.transaction import Transaction

_ONLY_THE_PRESENTER = "Only the presenter can lift this ban. prettyPlease asks."


def standing_of_human(tx: Transaction, human_id: str) -> Standing:
    """The standing of a human, whatever their agents'."""
    return Standing.NORMAL if tx.bans.of_human(human_id) is None else Standing.BANNED


def ban_human(human_id: str, tx: Transaction) -> AuditEntry | None:
    human = tx.humans.get(human_id)
    if human is None or (tx.bans.of_human(human_id) or 0) >= Rank.PRESENTER:
        return None
    tx.bans.ban_human(human_id, Rank.PRESENTER, tx.now_ms)
    return tx.audit.append(AuditKind.HUMAN_BANNED, actor=Rank.PRESENTER, human=human)


def ban_grant(grant_id: str, tx: Transaction) -> AuditEntry | None:
    grant = tx.grants.get(grant_id)
    if grant is None or (tx.bans.of_grant(grant_id) or 0) >= Rank.PRESENTER:
        return None
    tx.bans.ban_grant(grant_id, Rank.PRESENTER, tx.now_ms)
    return record_grant(tx, AuditKind.GRANT_BANNED, grant, Rank.PRESENTER)


def pardon_human(human_id: str, tx: Transaction) -> AuditEntry | None:
    human = tx.humans.get(human_id)
    plea = tx.pleas.open_of(human_id)
    if human is None or (plea is None and tx.bans.of_human(human_id) is None):
        return None
    if plea is not None:
        tx.pleas.close_of(human_id, tx.now_ms, is_granted=True)
        for grant_id in tx.pleas.grants_of(plea.id):
            pardon_grant(grant_id, tx)
    tx.bans.lift_human(human_id)
    facts: dict[str, Fact] = {"plea_id": plea.id} if plea else {}
    return tx.audit.append(AuditKind.HUMAN_PARDONED, actor=Rank.PRESENTER, human=human, facts=facts)


def pardon_grant(grant_id: str, tx: Transaction) -> AuditEntry | None:
    """Lift the ban of a grant and of its program's other grants: it must not come back."""
    grant = tx.grants.get(grant_id)
    if grant is None or tx.bans.of_grant(grant_id) is None:
        return None
    for other in tx.grants.of_human(grant.human_id):
        if other.id != grant_id and is_same_program(other.agent, grant.agent):
            _lift_grants_ban(tx, other)
    return _lift_grants_ban(tx, grant)


def _lift_grants_ban(tx: Transaction, grant: Grant) -> AuditEntry | None:
    if tx.bans.of_grant(grant.id) is None:
        return None
    tx.bans.lift_grant(grant.id)
    return record_grant(tx, AuditKind.GRANT_PARDONED, grant, Rank.PRESENTER)


def reset(tx: Transaction) -> AuditEntry:
    return tx.audit.append(
        AuditKind.AUTHORITY_RESET,
        actor=Rank.PRESENTER,
        facts={
            "bans": _lift_all(tx),
            "pleas": tx.pleas.close_all(tx.now_ms, is_granted=False),
        },
    )


def _lift_all(tx: Transaction) -> int:
    """Lift every ban. How many humans and programs were banned, whatever grants these had."""
    grants = (tx.grants.get(grant_id) for grant_id in tx.bans.banned_grants())
    programs = program_count((grant.human_id, grant.agent) for grant in grants if grant)
    count = len(tx.bans.banned_humans()) + programs
    tx.bans.lift_all()
    return count


def ban_at_agents_rank(deputy: Deputy, call: Call, tx: Transaction) -> Standing | Refusal:
    ruling = ruling_of(tx, deputy)
    if (refused := revocation(tx, deputy, call, ruling)) is not None:
        return refused
    tx.bans.ban_human(deputy.human.id, Rank.AGENT, tx.now_ms)
    is_news = ruling.human_ban is None
    record_call(tx, AuditKind.HUMAN_BANNED if is_news else AuditKind.CALL_ANSWERED, deputy, call)
    return Standing.BANNED


def pardon_at_agents_rank(deputy: Deputy, call: Call, tx: Transaction) -> Standing | Refusal:
    ruling = ruling_of(tx, deputy)
    if (refused := revocation(tx, deputy, call, ruling)) is not None:
        return refused
    if is_above_agents(ruling):
        code = RefusalCode.PARDON_REQUIRES_HUMAN
        return refusal(tx, deputy, call, code, _ONLY_THE_PRESENTER, plea_id=_open_plea(tx, deputy))
    return lift_agents_ban(tx, deputy, call, ruling)


def lift_agents_ban(tx: Transaction, deputy: Deputy, call: Call, ruling: Ruling) -> Standing:
    tx.bans.lift_human(deputy.human.id)
    kind = AuditKind.HUMAN_PARDONED if ruling.is_banned else AuditKind.CALL_ANSWERED
    record_call(tx, kind, deputy, call)
    return Standing.NORMAL


def is_above_agents(ruling: Ruling) -> bool:
    return max(ruling.human_ban or 0, ruling.grant_ban or 0) > Rank.AGENT


def _open_plea(tx: Transaction, deputy: Deputy) -> str:
    plea = tx.pleas.open_of(deputy.human.id)
    return plea.id if plea else ""
