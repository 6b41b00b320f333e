"""What the authorization server is told from outside: its names, its limits, who is who.

May import model.
"""

from dataclasses import dataclass, field

from mcp_shop_console.authorization_server.identity_provider.account import ProviderAccount
from mcp_shop_console.authorization_server.limits import Limits
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
    provider: ProviderAccount | None = None
    """The OpenID provider at which humans sign in; None for our own page, which asks a name."""
    provider_seconds: float = 5.0
    """How long the provider may take to say where to go, or who somebody is."""
    access_token_seconds: int = 12 * HOUR_SECONDS
    """Life of an access token: outlasts a talk, as some clients cannot refresh."""
    refresh_token_seconds: int = 30 * DAY_SECONDS
    """Life of a grant's refresh tokens, from the first: a refresh does not make it longer."""
    code_seconds: int = 60
    """Life of an authorization code."""
    limits: Limits = field(default_factory=Limits)
    """How often anybody may come."""
    unused_client_seconds: int = DAY_SECONDS
    """How long a client is known that nobody deputizes."""
    client_id_metadata_documents: bool = False
    """Whether a client id may be the address of a document that describes the client."""
    document_seconds: int = DAY_SECONDS
    """How long such a document is believed before it is read again."""
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
