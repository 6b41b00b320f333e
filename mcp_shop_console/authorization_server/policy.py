"""What the authorization server is told from outside: its names, its limits, who is who.

May import model.
"""

from dataclasses import dataclass, field

from mcp_shop_console.model.origins import Origins

HOUR_SECONDS = 3600
DAY_SECONDS = 24 * HOUR_SECONDS


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings of the authorization server."""

    origins: Origins
    """The names it answers under: each its own issuer and resource, all one authority."""
    stage_code: str = field(repr=False)
    """Six digits, shown in the control room only, that let a second browser use an e-mail."""
    admins: frozenset[str] = frozenset()
    """E-mails, in lower case, that hold the permission ``shop:admin`` after the stage code."""
    access_token_seconds: int = 12 * HOUR_SECONDS
    """Life of an access token: outlasts a talk, as some clients cannot refresh."""
    refresh_token_seconds: int = 30 * DAY_SECONDS
    """Life of a grant's refresh tokens, from the first: a refresh does not make it longer."""
    code_seconds: int = 60
    """Life of an authorization code."""
    unused_client_seconds: int = DAY_SECONDS
    """How long a client is known that nobody deputizes."""
    consent_seconds: int = 600
    """How long a human may take to sign in and answer."""
    approve_after_ms: int = 700
    """An Approve that comes sooner than this after the page was made is shown the page again."""
    repeat_seconds: int = 30
    """How long a refresh token whose answer was lost still brings the same successors."""
    wrong_codes_per_browser: int = 5
    """Wrong stage codes a minute from one browser."""
    wrong_codes_per_address: int = 50
    """Wrong stage codes a minute from one address: a hall may share it."""
