"""Where a request came from, when a proxy stands in between.

May import the standard library and starlette.
"""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

Network = IPv4Network | IPv6Network
_Address = IPv4Address | IPv6Address

_ELEMENT = re.compile(r'(?:[^,"\\]|"[^"\\]*")+')
_PAIR = re.compile(r'\s*(\w+)=("[^"]*"|[^";,\s]*)\s*(?:;|$)')
_WITH_PORT = re.compile(r"\[(?P<v6>[^\]]*)\](?::\d+)?|(?P<v4>\d+\.\d+\.\d+\.\d+)(?::\d+)?")


class ClientAddress:
    """Puts the client's address into the scope, in the place of a trusted proxy's.

    A header is a claim of whoever sent it. So it is read from its end, where the proxy that we
    trust wrote what it saw, and only as far as proxies that we trust go on (RFC 7239 section 8.1).
    """

    def __init__(self, app: ASGIApp, trusted: Sequence[Network]) -> None:
        self._app = app
        self._trusted = tuple(trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._trusted and scope.get("client"):
            scope["client"] = (self._seen_from(scope), scope["client"][1])
        await self._app(scope, receive, send)

    def _seen_from(self, scope: Scope) -> str:
        peer = _address(scope["client"][0])
        if peer is None or not self._trusts(peer):
            return scope["client"][0]
        headers = Headers(scope=scope)
        ways = (
            _hops(headers.getlist("x-forwarded-for")),
            _forwarded_hops(headers.getlist("forwarded")),
        )
        origins = {self._farthest(peer, hops) for hops in ways if hops}
        # A proxy writes one of the two and hands the other on: two that differ, and one is forged.
        return str(origins.pop() if len(origins) == 1 else peer)

    def _farthest(self, peer: _Address, hops: Sequence[str]) -> _Address:
        """The first address from the right that is no proxy of ours, or the last that is one."""
        reached = peer
        for hop in reversed(hops):
            address = _address(hop)
            if address is None:
                break
            reached = address
            if not self._trusts(address):
                break
        return reached

    def _trusts(self, address: _Address) -> bool:
        return any(address in network for network in self._trusted)


def _hops(values: Sequence[str]) -> list[str]:
    return [hop.strip() for value in values for hop in value.split(",")]


def _forwarded_hops(values: Sequence[str]) -> list[str]:
    """The hops of RFC 7239 section 4; one that names no address is empty."""
    return [_named_in(element) for value in values for element in _ELEMENT.findall(value)]


def _named_in(element: str) -> str:
    address, at = "", 0
    while at < len(element):
        pair = _PAIR.match(element, at)
        if pair is None:
            return ""
        if pair[1].lower() == "for":
            address = pair[2].strip('"')
        at = pair.end()
    return address


def _address(text: str) -> _Address | None:
    """The address in ``text``, with or without a port; IPv4 also where IPv6 dresses it up."""
    match = _WITH_PORT.fullmatch(text)
    try:
        address = ip_address((match["v6"] or match["v4"] or "") if match else text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
