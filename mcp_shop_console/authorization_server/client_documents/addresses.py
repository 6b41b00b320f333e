"""Which addresses of the internet are everybody's, and which lead back into somebody's house.

May import the standard library only.
"""

from ipaddress import IPv4Address, ip_address, ip_network

_PUBLIC_IPV6 = ip_network("2000::/3")
"""Global unicast. Not in it: loopback, link-local, unique local, multicast, NAT64, mapped IPv4."""
_NOT_IPV6 = tuple(
    ip_network(text)
    for text in (
        "2001::/23",  # protocol assignments, with Teredo, which carries any IPv4 address
        "2001:db8::/32",
        "2002::/16",  # 6to4, which carries any IPv4 address
        "3fff::/20",
    )
)
_NOT_IPV4 = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, with the metadata services of clouds
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)


def is_public(text: str) -> bool:
    """Whether an address is a host of the public internet (IANA's special-purpose registries).

    Not `ipaddress.is_global`: it counts multicast in, and differs between releases of Python.
    """
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_IPV4)
    return address in _PUBLIC_IPV6 and not any(address in network for network in _NOT_IPV6)
