"""What of people's data an audience may see: masks, unless the presenter lifts the veil.

May import the standard library only.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

_EMAIL = re.compile(r"[^\s@<>()\[\]]{1,64}@[^\s@<>()\[\]]{1,255}")
_ADDRESS_LIKE = re.compile(r"(?<![0-9A-Za-z:.])[0-9A-Fa-f:.]{3,45}(?![0-9A-Za-z:])")
_HIDDEN_IP = "•.•.•.•"


@dataclass(frozen=True, slots=True)
class Veil:
    """Hides e-mails, mailing addresses and IP addresses while it is not lifted."""

    is_lifted: bool = False

    def email(self, email: str) -> str:
        """``j•••@ex•••.com``."""
        if self.is_lifted or not email:
            return email
        name, _, host = email.partition("@")
        label, _, ending = host.rpartition(".")
        return f"{name[:1]}•••@{(label or ending)[:2]}•••" + (f".{ending}" if label else "")

    def address(self, address: str) -> str:
        """``3 lines, 41 chars``."""
        if self.is_lifted:
            return address
        lines = len(address.splitlines()) or 1
        return f"{lines} line{'s' if lines > 1 else ''}, {len(address)} chars"

    def text(self, text: str) -> str:
        """Free text, with what looks like an e-mail or an IP address masked in it."""
        if self.is_lifted:
            return text
        if "@" in text:
            text = _EMAIL.sub(lambda found: self.email(found[0]), text)
        return _ADDRESS_LIKE.sub(lambda found: _masked_ip(found[0]), text)

    def argument(self, name: str, value: str) -> str:
        """A tool's argument, by what its name says it holds."""
        plain = name.replace("_", "").lower()
        if "mail" in plain and "address" not in plain:
            return self.email(value)
        return self.address(value) if "address" in plain else self.text(value)

    def arguments(self, arguments: Mapping[str, str]) -> dict[str, str]:
        return {name: self.argument(name, value) for name, value in arguments.items()}


def _masked_ip(text: str) -> str:
    candidate = text.rstrip(".:")
    try:
        address = ip_address(candidate)
    except ValueError:
        host, _, port = candidate.rpartition(":")
        return _masked_ip(host) + f":{port}" if "." in host and port.isdigit() else text
    if address.is_loopback or address.is_unspecified:
        return text
    return _HIDDEN_IP + text[len(candidate) :]
