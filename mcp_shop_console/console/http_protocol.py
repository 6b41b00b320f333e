"""HTTP/1.1 as uvicorn speaks it, but with a patience that ends: for headers, bodies and readers.

May import model.
"""

import asyncio
import re
from collections.abc import Iterable
from enum import Enum, auto
from math import inf

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from mcp_shop_console.console.lingering import LingeringTransport
from mcp_shop_console.console.open_sockets import OpenSockets
from mcp_shop_console.console.plain_parser import PlainParser

_MOST_HEADERS = 100
_MOST_PIPELINED = 16
_RETRY_AFTER_SECONDS = 5
_AUTHORITY_END = re.compile(rb"[/?#]")


class _Waiting(Enum):
    """What is to come next on a connection."""

    HEAD = auto()
    BODY = auto()
    ANSWER = auto()
    CLOSE = auto()


_MOST_BYTES = {
    _Waiting.HEAD: 64 * 1024,
    # The app refuses a large body long before. This is for what it never sees: extensions of
    # chunks, and trailers.
    _Waiting.BODY: 1024 * 1024,
}
_TOO_MANY_BYTES = {_Waiting.HEAD: 431, _Waiting.BODY: 413}


class _RequestRefused(Exception):
    """Raised into the parser, which then calls the request malformed."""


class PatientProtocol(HttpToolsProtocol):
    """One connection, whose deadlines ``hurry`` looks at from outside, once a second.

    A timer for each request would cost more than all of this, and nothing has to be that exact.
    """

    sockets: OpenSockets
    _is_inside: bool
    _waiting: _Waiting
    _deadline: float
    _read_by: float
    """When the other side has to have read something of what fills the buffers."""
    _is_parsing: bool
    _is_given_up: bool
    """Whether all that came was read, and nothing more is waited for."""
    _received: int
    """Bytes since the request began."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        lingering = LingeringTransport(
            transport, is_sending=self._is_sending, on_linger=self._linger
        )
        super().connection_made(lingering)
        self.parser = PlainParser(self)  # pyright: ignore[reportAttributeAccessIssue] - all of a parser that uvicorn uses
        self._read_by = inf
        self._is_parsing = self._is_given_up = False
        self._wait_for(_Waiting.HEAD)
        refusal = self.sockets.enter(self._address)
        self._is_inside = not refusal
        if refusal:
            self._turn_away(503, refusal)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._is_inside:
            self.sockets.leave(self._address)

    def data_received(self, data: bytes) -> None:
        if self._waiting is _Waiting.CLOSE:
            return
        self._is_parsing = True
        super().data_received(data)
        self._is_parsing = False
        self._received += len(data)
        if self._received > _MOST_BYTES.get(self._waiting, inf):
            self._turn_away(_TOO_MANY_BYTES[self._waiting], "request_too_large")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._wait_for(_Waiting.HEAD)

    def on_header(self, name: bytes, value: bytes) -> None:
        # Else a trailer would come into the headers of a request that has been judged by them.
        if self._waiting is _Waiting.HEAD:
            # Whitespace around a value is no part of it (RFC 9112 section 5.1); the parser leaves
            # what trails.
            super().on_header(name, value.strip(b" \t"))

    def on_headers_complete(self) -> None:
        if len(self.headers) > _MOST_HEADERS or len(self.pipeline) >= _MOST_PIPELINED:
            raise _RequestRefused
        self._take_host_from_target()
        super().on_headers_complete()
        self._wait_for(_Waiting.BODY)

    def _take_host_from_target(self) -> None:
        """An absolute target says which server is meant, whatever Host says (RFC 9112 3.2.2)."""
        if self.url.startswith(b"/"):
            return
        _, is_absolute, rest = self.url.partition(b"://")
        if is_absolute:
            authority = _AUTHORITY_END.split(rest, maxsplit=1)[0]
            self.headers[:] = [
                (name, authority if name == b"host" else value) for name, value in self.headers
            ]

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._wait_for(_Waiting.HEAD if self.cycle.response_complete else _Waiting.ANSWER)

    def on_response_complete(self) -> None:
        is_next_here = bool(self.pipeline)
        super().on_response_complete()
        if self._waiting is _Waiting.ANSWER:
            self._wait_for(_Waiting.ANSWER if is_next_here else _Waiting.HEAD)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._read_by = self.sockets.monotonic() + self.sockets.limits.answer_seconds

    def resume_writing(self) -> None:
        super().resume_writing()
        self._read_by = inf

    def send_400_response(self, msg: str) -> None:
        self.sockets.count_refused(400, "malformed_request", self._address)
        super().send_400_response(msg)

    def shutdown(self) -> None:
        """Called by uvicorn when it stops: what is not here by now is not waited for."""
        if self._waiting is _Waiting.BODY:
            self._is_given_up = True
            self._turn_away(503, "stopping")
        super().shutdown()

    def hurry(self, now: float) -> None:
        """Hang up if the other side has taken too long. ``now`` is of the same clock."""
        if self.transport.is_closing():
            self._hurry_close(now)
        elif now >= self._read_by:
            self.sockets.count_refused(408, "unread_answer", self._address)
            self.transport.abort()
        elif self.flow.read_paused and self._waiting is not _Waiting.ANSWER:
            # What they sent waits for us.
            self._wait_for(self._waiting)
        elif now >= self._deadline:
            self._hang_up()

    def _hurry_close(self, now: float) -> None:
        """A closed connection stays until its last answer was read."""
        if self._waiting is not _Waiting.CLOSE:
            self._wait_for(_Waiting.CLOSE)
        elif now >= self._deadline:
            self.transport.abort()

    def _hang_up(self) -> None:
        self._is_given_up = True
        match self._waiting:
            case _Waiting.HEAD if not self._received:
                self.transport.close()
            case _Waiting.HEAD:
                self._turn_away(408, "slow_head")
            case _Waiting.BODY:
                self._turn_away(408, "slow_body")
            case _Waiting.ANSWER if not self.cycle.response_started:
                self._turn_away(504, "no_answer")
            case _:
                # A stream, which may last.
                self._is_given_up = False

    def _wait_for(self, what: _Waiting) -> None:
        limits = self.sockets.limits
        match what:
            case _Waiting.HEAD:
                seconds, self._received = limits.head_seconds, 0
            case _Waiting.ANSWER:
                seconds = limits.answer_seconds
            case _Waiting.BODY | _Waiting.CLOSE:
                seconds = limits.body_seconds
        self._waiting = what
        self._deadline = self.sockets.monotonic() + seconds

    def _turn_away(self, status: int, reason: str) -> None:
        """Close with an answer, unless another one is under way."""
        if self.transport.is_closing():
            return
        self.sockets.count_refused(status, reason, self._address)
        if self._may_answer():
            self.transport.write(
                STATUS_LINE[status]
                + b"content-length: 0\r\nconnection: close\r\n"
                + (b"retry-after: %d\r\n" % _RETRY_AFTER_SECONDS if status >= 500 else b"")
                + b"\r\n"
            )
        self.transport.close()

    def _may_answer(self) -> bool:
        # uvicorn's annotation leaves out that there is no cycle before the first request.
        if self.pipeline or self.cycle is None:  # pyright: ignore[reportUnnecessaryComparison]
            return not self.pipeline
        if self._waiting is _Waiting.HEAD:
            return self.cycle.response_complete
        return not self.cycle.response_started

    def _is_sending(self) -> bool:
        """Whether more of a request may be on its way."""
        is_amid = self._waiting is _Waiting.BODY or (
            self._waiting is _Waiting.HEAD and self._received > 0
        )
        return self._is_parsing or (is_amid and not self._is_given_up)

    def _linger(self) -> None:
        self._wait_for(_Waiting.CLOSE)
        self.flow.resume_reading()

    @property
    def _address(self) -> str:
        return self.client[0] if self.client else ""


def patient(opened: OpenSockets) -> type[PatientProtocol]:
    """The protocol class for one server: uvicorn makes the instances itself."""

    class Patient(PatientProtocol):
        sockets = opened

    return Patient


def hurry(connections: Iterable[object], now: float) -> None:
    """Hang up on those of a server's connections that take too long."""
    for connection in tuple(connections):
        if isinstance(connection, PatientProtocol):
            connection.hurry(now)
