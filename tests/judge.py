"""The judge: what the audit alone says about bans and orders."""

from collections.abc import Iterable

from mcp_shop_console.model.audit import AuditEntry, AuditKind

_ENDS = {AuditKind.GRANT_REVOKED, AuditKind.CODE_REPLAYED, AuditKind.TOKEN_REUSED}


_BANS = {AuditKind.HUMAN_BANNED, AuditKind.GRANT_BANNED}
_PARDONS = {AuditKind.HUMAN_PARDONED, AuditKind.GRANT_PARDONED}
_OF_GRANTS = {AuditKind.GRANT_BANNED, AuditKind.GRANT_PARDONED}


class _Judge:
    def __init__(self) -> None:
        self._banned: set[str] = set()
        self._ended: set[str] = set()
        self._calls: set[str] = set()

    def hear(self, entry: AuditEntry) -> None:
        if entry.kind in _BANS:
            self._banned.add(_target(entry))
        elif entry.kind in _PARDONS:
            self._banned.discard(_target(entry))
        elif entry.kind is AuditKind.AUTHORITY_RESET:
            self._banned.clear()
        elif entry.kind in _ENDS:
            self._ended.add(entry.grant_id)
        elif entry.kind is AuditKind.CONSENT_APPROVED:
            assert entry.grant_id not in self._ended, "an ended grant has returned"
        elif entry.kind is AuditKind.ORDER_PLACED:
            self._hear_order(entry)

    def _hear_order(self, entry: AuditEntry) -> None:
        assert entry.call and entry.grant_id and entry.consent_id and entry.human
        assert entry.call.id not in self._calls, "one call has placed two orders"
        self._calls.add(entry.call.id)
        assert entry.human.id not in self._banned, f"order {entry.seq} of a banned human"
        assert entry.grant_id not in self._banned, f"order {entry.seq} of a banned grant"
        assert entry.grant_id not in self._ended, f"order {entry.seq} of an ended grant"


def _target(entry: AuditEntry) -> str:
    if entry.kind in _OF_GRANTS:
        return entry.grant_id
    assert entry.human
    return entry.human.id


def judge(audit: Iterable[AuditEntry]) -> None:
    """Assert what is always true of a whole audit (REQUIREMENTS.md, Authority and orders)."""
    judging = _Judge()
    for expected_seq, entry in enumerate(audit, start=1):
        assert entry.seq == expected_seq, "the audit has a gap"
        judging.hear(entry)
