"""What the presenter does to whoever came last, and what the audit tells of it."""

from mcp_shop_console.model.audit import AuditEntry, AuditKind
from tests.live.conftest import Show

EXPIRED_AFTER_SECONDS = 13 * 60 * 60
"""Longer than an access token lives, shorter than a refresh token does."""


async def told(show: Show, kind: AuditKind) -> list[AuditEntry]:
    """Every entry of one kind, oldest first."""
    return [entry for entry in await show.house.authority.history(1000) if entry.kind is kind]


async def ban_the_last_human(show: Show) -> None:
    approved = (await told(show, AuditKind.CONSENT_APPROVED))[-1]
    assert approved.human is not None
    assert await show.house.authority.ban_human(approved.human.id) is not None


async def revoke_the_last_grant(show: Show) -> None:
    approved = (await told(show, AuditKind.CONSENT_APPROVED))[-1]
    assert await show.house.authority.revoke_grant(approved.grant_id) is not None


async def protocols_of_orders(show: Show) -> set[str]:
    """The protocol versions by which orders came."""
    calls = [entry.call for entry in await told(show, AuditKind.ORDER_PLACED)]
    return {call.session.protocol_version for call in calls if call}
