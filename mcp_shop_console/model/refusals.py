"""Refusals: decided noes, which are recorded like yeses.

May import the standard library only.
"""

from dataclasses import dataclass
from enum import StrEnum


class RefusalCode(StrEnum):
    """Why a call was refused. REQUIREMENTS.md, error object of a tool result."""

    INVALID_REQUEST = "invalid_request"
    IDEMPOTENCY_CONFLICT = "idempotency_conflict"
    BANNED = "banned"
    PERMISSION_DENIED = "permission_denied"
    PARDON_REQUIRES_HUMAN = "pardon_requires_human"
    RATE_LIMIT_EXCEEDED = "rate_limit_exceeded"
    SERVICE_UNAVAILABLE = "service_unavailable"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A no with its reason."""

    code: RefusalCode
    message: str
    """For the model that reads it: what happened, and what to do."""
    request_id: str
    """The call's id, as audit and control room show it."""
    audit_seq: int | None
    """The audit entry of this no; None only where none could be written."""
    param: str = ""
    """JSONPath of the argument at fault, as ``$.tshirtSize``; empty if none is."""
    plea_id: str = ""
    """The open plea that asks the presenter for a pardon; empty if there is none."""
    retry_after_ms: int = 0
    """When the same call may succeed; 0 where that is not a matter of time."""
