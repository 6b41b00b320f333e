"""Pleas: what an agent asks of the presenter, and what it is told in the end.

May import store and model.
"""

from dataclasses import dataclass

from mcp_shop_console.authority.bans import is_above_agents, lift_agents_ban
from mcp_shop_console.authority.calls import record_call, refusal, revocation, ruling_of
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Call, Deputy, Standing
from mcp_shop_console.model.pleas import Plea
from mcp_shop_console.model.refusals import Refusal, RefusalCode
from mcp_shop_console.store.transaction import Transaction

_NOT_ANSWERED = "Asked. The human has not answered."


@dataclass(frozen=True, slots=True)
class Asked:
    """A plea that was made, and waits for the presenter."""

    plea_id: str
    seq: int
    """The audit entry of the asking: only what comes after it can be an answer."""


def plead(deputy: Deputy, call: Call, tx: Transaction) -> Asked | Standing | Refusal:
    ruling = ruling_of(tx, deputy)
    if (refused := revocation(tx, deputy, call, ruling)) is not None:
        return refused
    if not is_above_agents(ruling):
        return lift_agents_ban(tx, deputy, call, ruling)
    plea, kind = tx.pleas.open_of(deputy.human.id), AuditKind.PLEA_JOINED
    if plea is None:
        plea, kind = _opened(deputy, tx), AuditKind.PLEA_OPENED
    tx.pleas.join(plea.id, deputy.grant_id)
    entry = record_call(tx, kind, deputy, call, facts={"plea_id": plea.id})
    return Asked(plea.id, entry.seq)


def _opened(deputy: Deputy, tx: Transaction) -> Plea:
    plea = Plea(tx.new_id(), deputy.human.id, deputy.grant_id, tx.now_ms)
    tx.pleas.insert(plea)
    return plea


def answer_plea(deputy: Deputy, call: Call, plea_id: str, tx: Transaction) -> Standing | Refusal:
    ruling = ruling_of(tx, deputy)
    if (refused := revocation(tx, deputy, call, ruling)) is not None:
        return refused
    if is_above_agents(ruling):
        code = RefusalCode.PARDON_REQUIRES_HUMAN
        return refusal(tx, deputy, call, code, _NOT_ANSWERED, plea_id=plea_id)
    return lift_agents_ban(tx, deputy, call, ruling)
