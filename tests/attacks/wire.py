"""The wire: requests sent byte for byte, as no client library that repairs them would send them."""

import json
import socket
import ssl
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from urllib.parse import urlencode, urlsplit

PATIENCE_SECONDS = 10.0
_MOST_RETRIES = 3
FORM = ("Content-Type", "application/x-www-form-urlencoded")
JSON = ("Content-Type", "application/json")

Headers = Sequence[tuple[str, str]]
Form = dict[str, str] | Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Status 0: the connection was closed without an answer."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    seconds: float = 0.0

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name: str) -> str:
        """The value of a header, empty if it was not sent."""
        return next(iter(self.all(name)), "")

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def json(self) -> dict[str, object]:
        """The JSON object in the body; empty if there is none."""
        try:
            value: object = json.loads(self.body)
        except ValueError:
            return {}
        return as_object(value)

    @property
    def error(self) -> str:
        """OAuth's error code."""
        return str(self.json.get("error", ""))

    def __str__(self) -> str:
        return f"{self.status} {self.error}".strip() if self.status else "closed"


def as_object(value: object) -> dict[str, object]:
    """A JSON object; empty if it is something else."""
    return {str(k): v for k, v in value.items()} if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - json says no more


@dataclass(frozen=True, slots=True)
class Wire:
    """The way to a server."""

    origin: str

    @property
    def host(self) -> str:
        """The right Host header."""
        return urlsplit(self.origin).netloc

    def get(self, path: str, headers: Headers = ()) -> Answer:
        return self.ask("GET", path, headers)

    def post(self, path: str, form: Form, headers: Headers = ()) -> Answer:
        return self.ask("POST", path, [FORM, *headers], urlencode(form).encode())

    def post_json(self, path: str, value: object, headers: Headers = ()) -> Answer:
        return self.ask("POST", path, [JSON, *headers], json.dumps(value).encode())

    def ask(self, method: str, path: str, headers: Headers = (), body: bytes = b"") -> Answer:
        """One request with the right Host and length."""
        length = [("Content-Length", str(len(body)))] if body or method != "GET" else []
        return self.send(raw(method, path, [("Host", self.host), *length, *headers], body))

    def send(self, request: bytes, seconds: float = PATIENCE_SECONDS) -> Answer:
        """These very bytes on a connection of their own, again if all of us were too fast."""
        answer = self._send_once(request, seconds)
        for _ in range(_MOST_RETRIES):
            if not _is_too_fast(answer.status, answer.header("Retry-After")):
                break
            time.sleep(1)
            answer = self._send_once(request, seconds)
        return answer

    def _send_once(self, request: bytes, seconds: float) -> Answer:
        began = time.monotonic()
        with self.connected(seconds) as connection:
            with suppress(OSError):  # A server may answer, and close, before it has read all.
                connection.sendall(request)
            return read_answer(connection, began)

    @contextmanager
    def connected(self, seconds: float = PATIENCE_SECONDS) -> Generator[socket.socket]:
        """A connection on which nothing was sent."""
        with closing(self.connect(seconds)) as connection:
            yield connection

    def connect(self, seconds: float = PATIENCE_SECONDS) -> socket.socket:
        parts = urlsplit(self.origin)
        is_tls, hostname = parts.scheme == "https", parts.hostname or ""
        plain = socket.create_connection((hostname, parts.port or (443 if is_tls else 80)), seconds)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not is_tls:
            return plain
        return ssl.create_default_context().wrap_socket(plain, server_hostname=hostname)


def _is_too_fast(status: int, retry_after: str) -> bool:
    """Whether the one address that all attacks come from has asked too much this second."""
    return (status, retry_after) == (429, "1")


def raw(method: str, target: str, headers: Iterable[tuple[str, str]], body: bytes = b"") -> bytes:
    """A request of exactly these headers."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def read_answer(connection: socket.socket, began: float) -> Answer:
    """The next answer on a connection; status 0 if there is none."""
    response = HTTPResponse(connection)
    try:
        response.begin()
        body = response.read()
    except (HTTPException, OSError):
        return Answer(0, seconds=time.monotonic() - began)
    headers = tuple(response.getheaders())
    return Answer(response.status, headers, body, time.monotonic() - began)


class Stream:
    """An answer that goes on: a notification stream. Asked for as ``Wire.send`` asks."""

    def __init__(self, wire: Wire, request: bytes) -> None:
        self._open(wire, request)
        for _ in range(_MOST_RETRIES):
            if not _is_too_fast(self.status, self._response.getheader("Retry-After", "")):
                break
            self.close()
            time.sleep(1)
            self._open(wire, request)

    @property
    def status(self) -> int:
        return self._response.status

    def seconds_to_end(self) -> float:
        """How long it still goes on; infinite if nothing ends it. Closes it."""
        began = time.monotonic()
        try:
            while self._response.read1(65536):
                pass
        except TimeoutError:
            return float("inf")
        except (HTTPException, OSError):
            pass
        finally:
            self.close()
        return time.monotonic() - began

    def close(self) -> None:
        self._response.close()
        self._connection.close()

    def _open(self, wire: Wire, request: bytes) -> None:
        self._connection = wire.connect()
        self._connection.sendall(request)
        self._response = HTTPResponse(self._connection)
        self._response.begin()
