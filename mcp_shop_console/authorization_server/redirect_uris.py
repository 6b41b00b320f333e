"""Which redirect URIs may be registered, and which a registered one stands for.

May import the standard library only.
"""

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode, urlsplit

MAX_REDIRECT_URIS = 10
MAX_REDIRECT_URI_CHARACTERS = 512
_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_APP_SCHEMES = frozenset({"cursor", "vscode", "vscode-insiders"})
"""App schemes without a dot that well-known clients use. So ``javascript`` and ``data`` are out."""
_ANSWERS = frozenset({"code", "state", "iss", "error"})
_PERMITTED = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()+,;=%]+")
"""RFC 3986 section 2, without the fragment's ``#`` and the wildcard ``*``."""
_NETLOC = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?")
"""Host and port and no more: it goes into a Content-Security-Policy."""
_LOOPBACK = re.compile(
    r"http://(?P<host>localhost|127\.0\.0\.1|\[::1\])(?::(?P<port>\d{1,5}))?(?P<rest>[/?].*)?"
)


def flaw_of(uri: str) -> str | None:
    """Why ``uri`` cannot be registered, in a sentence; None if it can.

    RFC 7591 section 3.2.2, RFC 6749 section 3.1.2, RFC 8252 section 7.
    """
    if len(uri) > MAX_REDIRECT_URI_CHARACTERS:
        return f"A redirect URI has at most {MAX_REDIRECT_URI_CHARACTERS} characters."
    if not _PERMITTED.fullmatch(uri):
        return "A redirect URI has no fragment, wildcard, blank, backslash or control character."
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return "A redirect URI is an absolute URI."
    if "@" in parts.netloc:
        return "A redirect URI names no user."
    if _ANSWERS & {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}:
        return "A redirect URI has no parameter that the answer brings."
    if parts.scheme in ("http", "https"):
        return _flaw_of_web(parts.scheme, parts.netloc, parts.hostname or "")
    return _flaw_of_app(parts.scheme)


def _flaw_of_web(scheme: str, netloc: str, hostname: str) -> str | None:
    if not _NETLOC.fullmatch(netloc):
        return "A redirect URI names a host."
    if scheme == "http" and hostname not in _LOOPBACK_HOSTS:
        return "A redirect URI uses https, or http on localhost, 127.0.0.1 or [::1]."
    return None


def _flaw_of_app(scheme: str) -> str | None:
    if scheme not in _APP_SCHEMES and "." not in scheme:
        return "A redirect URI uses https, http on loopback, or an app scheme with a dot in it."
    return None


def is_registered(uri: str, registered: Iterable[str]) -> bool:
    """Whether ``uri`` is one of the registered ones, character for character.

    A program on this computer gets another port each time: http on loopback may use any, if all
    else is the same (RFC 8252 section 7.3).
    """
    return any(uri == one or _is_same_loopback(uri, one) for one in registered)


def _is_same_loopback(uri: str, registered: str) -> bool:
    asked, known = _LOOPBACK.fullmatch(uri), _LOOPBACK.fullmatch(registered)
    if asked is None or known is None or int(asked["port"] or 80) > 65535:
        return False
    return (asked["host"], asked["rest"]) == (known["host"], known["rest"])


def host_of(uri: str) -> str:
    """Where a redirect goes, as a human should read it: ``host:port``, or ``scheme:`` of an app."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return "an unreadable address"
    return parts.netloc if parts.scheme in ("http", "https") else f"{parts.scheme}:"


def is_loopback(uri: str) -> bool:
    """Whether the redirect stays on the computer of whoever follows it."""
    return _LOOPBACK.fullmatch(uri) is not None


def is_app(uri: str) -> bool:
    """Whether the redirect opens a program by its scheme, which any program can claim."""
    return urlsplit(uri).scheme not in ("http", "https")


def form_action_source(uri: str) -> str:
    """What a Content-Security-Policy must allow for a form to end at ``uri``.

    Browsers apply ``form-action`` to the redirect after the POST too. A source has no notation
    for an IPv6 address, so there it is the scheme alone.
    """
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https") or "[" in parts.netloc:
        return f"{parts.scheme}:"
    return f"{parts.scheme}://{parts.netloc}"


def with_answer(uri: str, parameters: dict[str, str]) -> str:
    """The redirect that carries ``parameters``, the URI itself left byte for byte as it was."""
    return uri + ("&" if "?" in uri else "?") + urlencode(parameters)
