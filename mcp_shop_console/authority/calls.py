"""Calls of deputies: whether one may act, and the record of what became of it.

May import store and model.
"""

from mcp_shop_console.model.audit import AuditEntry, AuditKind, Fact, Outcome
from mcp_shop_console.model.deputies import Call, Deputy, Rank
from mcp_shop_console.model.refusals import Refusal, RefusalCode
from mcp_shop_console.store.standing import Ruling
from mcp_shop_console.store.transaction import Transaction

_BANNED = "This human's deputies are banned from the shop. prettyPlease asks for pardon."
_REVOKED = "This agent's grant was revoked. The human has to consent again."
_NOT_ADMIN = "This takes the permission shop:admin, which this human does not hold."


def ruling_of(tx: Transaction, deputy: Deputy) -> Ruling:
    """What this transaction goes by: whether the grant lives, and which bans stand."""
    return tx.bans.ruling(deputy.human.id, deputy.grant_id)


def objection(tx: Transaction, deputy: Deputy, call: Call, ruling: Ruling) -> Refusal | None:
    """The recorded refusal of a deputy that may not act, None for one that may."""
    if ruling.is_live and ruling.is_banned:
        return refusal(tx, deputy, call, RefusalCode.BANNED, _BANNED)
    return revocation(tx, deputy, call, ruling)


def revocation(tx: Transaction, deputy: Deputy, call: Call, ruling: Ruling) -> Refusal | None:
    """The recorded refusal of a deputy whose grant has ended. A ban is no objection here."""
    if ruling.is_live:
        return None
    return refusal(tx, deputy, call, RefusalCode.PERMISSION_DENIED, _REVOKED)


def refusal(
    tx: Transaction,
    deputy: Deputy,
    call: Call,
    code: RefusalCode,
    message: str,
    *,
    param: str = "",
    plea_id: str = "",
) -> Refusal:
    """Record that ``call`` was refused."""
    entry = record_call(
        tx,
        AuditKind.CALL_REFUSED,
        deputy,
        call,
        outcome=Outcome.REFUSED,
        code=code.value,
        facts={"param": param} if param else None,
    )
    return Refusal(code, message, call.id, entry.seq, param, plea_id)


def record_call(
    tx: Transaction,
    kind: AuditKind,
    deputy: Deputy,
    call: Call,
    *,
    outcome: Outcome = Outcome.ALLOWED,
    code: str = "",
    facts: dict[str, Fact] | None = None,
    private: dict[str, str] | None = None,
) -> AuditEntry:
    """Record what became of a deputy's call, under everything it acted by."""
    return tx.audit.append(
        kind,
        actor=Rank.AGENT,
        outcome=outcome,
        human=deputy.human,
        agent=deputy.agent,
        grant_id=deputy.grant_id,
        consent_id=deputy.consent_id,
        call=call,
        code=code,
        facts=facts,
        private=private,
    )


def user_info(deputy: Deputy, call: Call, tx: Transaction) -> Deputy | Refusal:
    if (refused := revocation(tx, deputy, call, ruling_of(tx, deputy))) is not None:
        return refused
    if not deputy.human.is_admin:
        return refusal(tx, deputy, call, RefusalCode.PERMISSION_DENIED, _NOT_ADMIN)
    record_call(tx, AuditKind.CALL_ANSWERED, deputy, call)
    return deputy
