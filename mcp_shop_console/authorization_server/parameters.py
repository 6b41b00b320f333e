"""Parameters of requests, parsed strictly: a client that repeats one is told so.

May import starlette.
"""

import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import Request

from mcp_shop_console.authorization_server.errors import BodyTooLarge, OAuthError, PageError

MAX_BODY_BYTES = 16 * 1024
_MAX_PARAMETERS = 50
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of one request."""

    values: Mapping[str, str]
    """Without the empty ones, which count as absent (RFC 6749 section 3.1), and the unreadable."""
    repeated: frozenset[str]
    """The names that came more than once."""
    unreadable: frozenset[str]
    """The names of those that are not UTF-8 text without control characters."""
    are_too_many: bool = False
    """Whether there were so many that none was read."""

    @property
    def is_readable(self) -> bool:
        """Whether all of it is UTF-8 without control characters."""
        return not self.unreadable and not self.are_too_many

    def get(self, name: str) -> str:
        """The value, empty if there is none."""
        return self.values.get(name, "")


def query_parameters(request: Request) -> Parameters:
    query: bytes = request.scope["query_string"]
    return _parsed(query)


async def form_parameters(request: Request) -> Parameters:
    """The parameters of a form that a human's browser sent.

    Raises:
        PageError: It has a field twice.
        BodyTooLarge: No form of ours is that long.
    """
    parameters = _parsed(await read_body(request))
    if parameters.repeated:
        raise PageError("Nothing was decided", "That form has a field twice. Start again.")
    return parameters


async def token_parameters(request: Request) -> Parameters:
    """The parameters of a program's request.

    Raises:
        OAuthError: It is no form, has a parameter twice (RFC 6749 section 3.2), or is unreadable.
        BodyTooLarge: No such request is that long.
    """
    content_types = request.headers.get("content-type", "").lower().replace(";", ",").split(",")
    if _FORM not in (content_type.strip() for content_type in content_types):
        raise OAuthError("invalid_request", f"Send the parameters as {_FORM}.")
    parameters = _parsed(await read_body(request))
    if parameters.repeated:
        raise OAuthError("invalid_request", "A parameter came more than once.")
    if not parameters.is_readable:
        raise OAuthError("invalid_request", "A parameter is not UTF-8 text without controls.")
    return parameters


async def read_body(request: Request) -> bytes:
    """The body, read no further than it may be long.

    Raises:
        BodyTooLarge: It is longer than `MAX_BODY_BYTES`.
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise BodyTooLarge
    return body


def has_controls(text: str) -> bool:
    """Whether ``text`` holds a control character or a lone surrogate, which nothing honest does."""
    return any(unicodedata.category(char) in ("Cc", "Cs") for char in text)


def _parsed(encoded: bytes) -> Parameters:
    try:
        # Bytes that are no UTF-8 become surrogates, which nothing readable has.
        pairs = parse_qsl(
            encoded.decode("ascii", "surrogateescape"),
            keep_blank_values=True,
            errors="surrogateescape",
            max_num_fields=_MAX_PARAMETERS,
        )
    except ValueError:
        return Parameters({}, frozenset(), frozenset(), are_too_many=True)
    counts = Counter(name for name, _ in pairs)
    unreadable = frozenset(name for name, value in pairs if has_controls(name + value))
    return Parameters(
        values={name: value for name, value in pairs if value and name not in unreadable},
        repeated=frozenset(name for name, count in counts.items() if count > 1),
        unreadable=unreadable,
    )
