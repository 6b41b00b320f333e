"""Which client ids are addresses of metadata documents.

May import the standard library only.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

MAX_CHARACTERS = 512
_SCHEME = "https://"
_URL = re.compile(
    r"https://(?P<host>(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9])"
    r"(?::(?P<port>[1-9]\d{0,4}))?"
    r"(?P<target>/[A-Za-z0-9\-._~:@!$&'()*+,;=%/]+(?:\?[A-Za-z0-9\-._~:@!$&'()*+,;=%/?]*)?)"
)
"""A host by name, in lower case: an address in digits, of whatever notation, is none."""
_DOTS = re.compile(r"(?:\.|%2e){1,2}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DocumentUrl:
    """Where a client says that its metadata is."""

    host: str
    port: int
    target: str
    """Path and query, as they are sent."""


def looks_like_url(client_id: str) -> bool:
    """Whether a client id can only be the address of a document: ours have no colon."""
    return client_id.startswith(_SCHEME)


def document_url(client_id: str) -> DocumentUrl | None:
    """The parts of a client id that is a proper address; None if it is not.

    https with a path, without user, fragment and dot segments (draft-ietf-oauth-client-id-metadata-
    document section 3).
    """
    match = _URL.fullmatch(client_id)
    if match is None or len(client_id) > MAX_CHARACTERS:
        return None
    path = match["target"].partition("?")[0]
    port = int(match["port"] or 443)
    if port > 65535 or any(_DOTS.fullmatch(segment) for segment in path.split("/")):
        return None
    return DocumentUrl(match["host"], port, match["target"])


def vouching_host(client_id: str, redirect_uri: str) -> str:
    """The host that published this client's name and also gets its codes; empty if there is none.

    Only then is the name verified: whoever else is redirected to may have copied the client id.
    """
    url = document_url(client_id)
    redirect = urlsplit(redirect_uri)
    is_same = url is not None and redirect.scheme == "https" and redirect.hostname == url.host
    return url.host if url and is_same else ""
