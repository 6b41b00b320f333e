"""Pleas: what an agent asks of the presenter, and how it hears the answer.

May import store, feed and model.
"""

from mcp_shop_console.authority.bans import is_above_agents, lift_agents_ban
from mcp_shop_console.authority.calls import record_call, refusal, revocation
from mcp_shop_console.feed import Reader
from mcp_shop_console.model.audit import AuditEntry, AuditKind
from mcp_shop_console.model.deputies import Call, Deputy, Standing
from mcp_shop_console.model.pleas import Plea
from mcp_shop_console.model.refusals import Refusal, RefusalCode
from mcp_shop_console.store.transaction import Transaction

_NOT_ANSWERED = "Asked. The human has not answered."


def plead(deputy: Deputy, call: Call, tx: Transaction) -> Plea | Standing | Refusal:
    ruling = tx.bans.ruling(deputy.human.id, deputy.grant_id)
    if (refused := revocation(tx, deputy, call)) is not None:
        return refused
    if not is_above_agents(ruling):
        return lift_agents_ban(tx, deputy, call, ruling)
    plea = tx.pleas.open_of(deputy.human.id)
    if plea is not None:
        tx.pleas.join(plea.id, deputy.grant_id)
        record_call(tx, AuditKind.PLEA_JOINED, deputy, call, facts={"plea_id": plea.id})
        return plea
    plea = Plea(tx.new_id(), deputy.human.id, deputy.grant_id, tx.now_ms)
    tx.pleas.insert(plea)
    record_call(tx, AuditKind.PLEA_OPENED, deputy, call, facts={"plea_id": plea.id})
    return plea


def answer_plea(deputy: Deputy, call: Call, plea: Plea, tx: Transaction) -> Standing | Refusal:
    ruling = tx.bans.ruling(deputy.human.id, deputy.grant_id)
    if (refused := revocation(tx, deputy, call)) is not None:
        return refused
    if is_above_agents(ruling):
        code = RefusalCode.PARDON_REQUIRES_HUMAN
        return refusal(tx, deputy, call, code, _NOT_ANSWERED, plea_id=plea.id)
    return lift_agents_ban(tx, deputy, call, ruling)


async def answer_to(deputy: Deputy, reader: Reader) -> None:
    """Return when the presenter has pardoned this deputy's human, this agent, or everybody."""
    async for event in reader:
        if isinstance(event, AuditEntry) and _is_answer(event, deputy):
            return


def _is_answer(entry: AuditEntry, deputy: Deputy) -> bool:
    match entry.kind:
        case AuditKind.AUTHORITY_RESET:
            return True
        case AuditKind.HUMAN_PARDONED:
            return entry.human is not None and entry.human.id == deputy.human.id
        case AuditKind.GRANT_PARDONED:
            return entry.grant_id == deputy.grant_id
        case _:
            return False
