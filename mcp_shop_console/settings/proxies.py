"""The proxies whose word on where a request came from is believed.

May import the standard library only.
"""

from ipaddress import IPv4Network, IPv6Network, ip_network

from mcp_shop_console.settings.option import Option

Network = IPv4Network | IPv6Network


def _networks(value: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())
    except ValueError:
        raise ValueError(
            "give addresses or networks, separated by commas, as 127.0.0.1,10.0.0.0/8"
        ) from None


TRUSTED_PROXY = Option(
    "trusted-proxy",
    "addresses or networks of proxies, separated by commas, that say where a request came from",
    "",
    _networks,
    "ADDRESSES",
)
