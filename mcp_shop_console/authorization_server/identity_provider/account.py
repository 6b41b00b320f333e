"""What this server is at the provider.

May import the standard library only.
"""

from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """A client registered at an OpenID provider."""

    issuer: str
    """The provider's name, byte for byte as its tokens and its metadata carry it."""
    client_id: str
    client_secret: str = field(default="", repr=False)
    """Empty for a public client, which PKCE protects alone."""
    admin_claim: str = ""
    """The claim that gives ``shop:admin``; empty if none does."""
    admin_value: str = ""
    """What that claim must be, or hold if it is a list."""

    @property
    def host(self) -> str:
        """What people call the provider."""
        return urlsplit(self.issuer).netloc

    @property
    def names_admins(self) -> bool:
        """Whether anybody can hold ``shop:admin`` by the provider's word."""
        return bool(self.admin_claim and self.admin_value)
