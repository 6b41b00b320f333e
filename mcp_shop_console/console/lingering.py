"""Closing while the other side still sends, so that it can read the answer.

May import the standard library only.
"""

import asyncio
from collections.abc import Callable


class LingeringTransport(asyncio.Transport):
    """A connection that, closed in the midst of a request, ends its own half first.

    A socket that is closed with bytes unread is reset, and a reset throws away the answer that
    said why (RFC 9112 section 9.6). What comes after is for the protocol to throw away.
    """

    def __init__(
        self,
        inner: asyncio.Transport,
        *,
        is_sending: Callable[[], bool],
        on_linger: Callable[[], None],
    ) -> None:
        super().__init__()
        self._inner = inner
        self._is_sending = is_sending
        self._on_linger = on_linger
        self.is_lingering = False

    def close(self) -> None:
        if self.is_closing():
            return
        if not self._is_sending() or not self._inner.can_write_eof():
            self._inner.close()
            return
        self.is_lingering = True
        self._on_linger()
        self._inner.write_eof()

    def abort(self) -> None:
        self._inner.abort()

    def is_closing(self) -> bool:
        return self.is_lingering or self._inner.is_closing()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        # A closed connection takes no more answers: whoever was at work on one need not know.
        if not self.is_lingering:
            self._inner.write(data)

    def pause_reading(self) -> None:
        self._inner.pause_reading()

    def resume_reading(self) -> None:
        self._inner.resume_reading()

    def get_extra_info(self, name: str, default: object = None) -> object:
        return self._inner.get_extra_info(name, default)
