"""Agents that send prepared requests: both protocol eras, nothing parsed that need not be."""

import itertools
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Literal

from benchmarks.http_connection import Answer, Connection, connected, get, post

Era = Literal["2025-11-25", "2026-07-28"]
ERAS: tuple[Era, ...] = ("2025-11-25", "2026-07-28")
NO_ARGUMENTS: Mapping[str, str] = {}
_JSON = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
_CLIENT = {"name": "bench", "version": "1"}
_META = "io.modelcontextprotocol/"
_ANY_KEY = b"000000000000"
_keys = itertools.count(1)


class BenchmarkFailed(Exception):
    """What was measured did not do its work. The message says what came instead."""


class Session:
    """One live connection of an agent: sends tool calls, one at a time."""

    def __init__(
        self, connection: Connection, port: int, headers: dict[str, str], era: Era
    ) -> None:
        self._connection = connection
        self._port = port
        self._headers = headers
        self._era: Era = era

    def prepared(self, tool: str, arguments: Mapping[str, str]) -> Callable[[], bytes]:
        """Whole requests for one call, each with an idempotency key of its own if it has one."""
        params: dict[str, object] = {"name": tool, "arguments": dict(arguments)}
        headers = self._headers
        if self._era == "2026-07-28":
            params["_meta"] = _meta()
            headers = headers | {"Mcp-Method": "tools/call", "Mcp-Name": tool}
        request = post(self._port, headers, _message("tools/call", params))
        if _ANY_KEY not in request:
            return lambda: request
        return lambda: request.replace(_ANY_KEY, b"%012d" % next(_keys))

    async def ask(self, request: bytes) -> Answer:
        """The answer to a call, whatever it says.

        Raises:
            BenchmarkFailed: It is no answer to a call.
        """
        answer = await self._connection.ask(request)
        if answer.status != 200 or b'"isError":' not in answer.body:
            raise BenchmarkFailed(f"{answer.status}: {answer.body[:300]!r}")
        return answer

    async def listen(self) -> None:
        """Open the notification stream of a legacy session. Its connection is good for no more.

        Raises:
            BenchmarkFailed: There is none.
        """
        answer = await self._connection.ask(get(self._port, "/mcp", self._headers))
        if answer.status != 200:
            raise BenchmarkFailed(f"stream: {answer.status}: {answer.body[:300]!r}")

    async def call(self, request: bytes) -> None:
        """One call that must not be refused."""
        answer = await self.ask(request)
        if is_refused(answer):
            raise BenchmarkFailed(f"refused: {answer.body[:300]!r}")


def is_refused(answer: Answer) -> bool:
    return b'"isError":true' in answer.body


@asynccontextmanager
async def sessions(
    port: int, tokens: Sequence[str], era: Era, count: int
) -> AsyncGenerator[list[Session], None]:
    """So many sessions on connections of their own, the tokens dealt out in turn."""
    async with AsyncExitStack() as stack:
        opened: list[Session] = []
        for token in itertools.islice(itertools.cycle(tokens), count):
            connection = await stack.enter_async_context(connected(port))
            opened.append(await open_session(connection, port, token, era))
        yield opened


async def open_session(connection: Connection, port: int, token: str, era: Era) -> Session:
    """A session, after the handshake where the era has one."""
    headers = {**_JSON, "Authorization": f"Bearer {token}"}
    if era == "2026-07-28":
        return Session(connection, port, headers | {"MCP-Protocol-Version": era}, era)
    params = {"protocolVersion": era, "capabilities": {}, "clientInfo": _CLIENT}
    answer = await connection.ask(post(port, headers, _message("initialize", params)))
    if answer.status != 200:
        raise BenchmarkFailed(f"initialize: {answer.status}: {answer.body[:300]!r}")
    headers["MCP-Protocol-Version"] = era
    headers["Mcp-Session-Id"] = answer.header(b"mcp-session-id").decode("ascii")
    initialized = b'{"jsonrpc":"2.0","method":"notifications/initialized"}'
    await connection.ask(post(port, headers, initialized))
    return Session(connection, port, headers, era)


def shirt(company: str = "ACME") -> dict[str, str]:
    """What to buy. Each request that is made of it gets another key."""
    return {
        "company": company,
        "mailingAddress": "1 Road\nTown",
        "tshirtSize": "L",
        "idempotencyKey": _ANY_KEY.decode("ascii"),
    }


def _meta() -> dict[str, object]:
    return {
        f"{_META}protocolVersion": "2026-07-28",
        f"{_META}clientInfo": _CLIENT,
        f"{_META}clientCapabilities": {},
    }


def _message(method: str, params: Mapping[str, object]) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
