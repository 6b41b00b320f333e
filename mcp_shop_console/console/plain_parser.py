"""A parser for a server that speaks HTTP/1.1 and nothing else, whatever else is offered.

May import none of the other modules.
"""

from typing import TYPE_CHECKING

from httptools import HttpParserUpgrade, HttpRequestParser

if TYPE_CHECKING:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_FRAMING = frozenset({b"content-length", b"transfer-encoding"})


class PlainParser:
    """httptools' parser, but with the body of a request that offers to speak another protocol.

    A server may ignore such an offer (RFC 9110 section 7.8), and Java's HTTP client makes it with
    each first request. httptools ends the request at its head, and would read its body as the next.
    """

    def __init__(self, protocol: "HttpToolsProtocol") -> None:
        self._protocol = protocol
        self._is_in_framing = False
        """Whether what is parsed was not sent: it tells a new parser how the body is framed."""
        self._parser = HttpRequestParser(self)

    def feed_data(self, data: bytes) -> None:
        """Parse what came.

        Raises:
            HttpParserError: It is no HTTP.
        """
        while data:
            try:
                self._parser.feed_data(data)
                return
            except HttpParserUpgrade as offer:
                data = data[offer.args[0] :]
                self._go_on_with_body()

    def get_http_version(self) -> str:
        return self._parser.get_http_version()

    def get_method(self) -> bytes:
        return self._parser.get_method()

    def should_keep_alive(self) -> bool:
        return self._parser.should_keep_alive()

    def should_upgrade(self) -> bool:
        return False

    def _go_on_with_body(self) -> None:
        framing = b"".join(
            b"%b: %b\r\n" % header for header in self._protocol.headers if header[0] in _FRAMING
        )
        self._parser = HttpRequestParser(self)
        self._is_in_framing = True
        self._parser.feed_data(b"POST / HTTP/1.1\r\n%b\r\n" % framing)

    # What the parser calls.

    def on_message_begin(self) -> None:
        if not self._is_in_framing:
            self._protocol.on_message_begin()

    def on_url(self, url: bytes) -> None:
        if not self._is_in_framing:
            self._protocol.on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._is_in_framing:
            self._protocol.on_header(name, value)

    def on_headers_complete(self) -> None:
        if not self._is_in_framing:
            self._protocol.on_headers_complete()
        self._is_in_framing = False

    def on_body(self, body: bytes) -> None:
        self._protocol.on_body(body)

    def on_message_complete(self) -> None:
        if not self._parser.should_upgrade():
            self._protocol.on_message_complete()
