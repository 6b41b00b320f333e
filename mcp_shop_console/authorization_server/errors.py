"""What goes wrong in OAuth, as the standards name it, and where each kind is answered.

May import model.
"""

from collections.abc import Mapping


class OAuthError(Exception):
    """An error that a program reads as JSON (RFC 6749 section 5.2, RFC 7591 section 3.2.2)."""

    def __init__(
        self,
        code: str,
        description: str,
        *,
        status: int = 400,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.description = description
        """For the client's author: ASCII without quotes and backslashes, and no input echoed."""
        self.status = status
        self.headers = dict(headers or {})


class RedirectError(Exception):
    """An error that goes back to the client through the browser (RFC 6749 section 4.1.2.1)."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(code)
        self.code = code
        self.description = description


class PageError(Exception):
    """An error that only a human can read, on our own page: nothing goes to the client."""

    def __init__(
        self,
        title: str,
        sentence: str,
        *,
        status: int = 400,
        link: tuple[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(title)
        self.title = title
        self.sentence = sentence
        """What happened and what to do. May hold outside text: the page escapes it."""
        self.status = status
        self.link = link
        """Where to go on, as address and words."""
        self.headers = dict(headers or {})


class TooManyRequests(Exception):
    """Somebody comes too often (RFC 6585 section 4)."""

    def __init__(self, reason: str, wait_seconds: int) -> None:
        super().__init__(reason)
        self.reason = reason
        """A word for the audit."""
        self.wait_seconds = wait_seconds


class Misdirected(Exception):
    """A request for another server came here (RFC 9110 section 15.5.20)."""


class BodyTooLarge(Exception):
    """A request body is larger than any honest one."""
