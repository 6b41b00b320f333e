import json
import re
import signal
import socket
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import anyio
import httpx2
import pytest

from tests.console.program import on_terminal, serving
from tests.live.people import Agent, Person
from tests.requirement import requirement

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(60)]

STOPS = [signal.SIGTERM, signal.SIGHUP, signal.SIGINT]


async def read(_: str) -> None:
    """A person takes longer to read the page than the server asks for."""
    await anyio.sleep(0.8)


@pytest.mark.parametrize("number", STOPS)
def test_a_signal_ends_the_server_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path, "--database", ":memory:") as server:
        server.process.send_signal(number)
        _, errors = server.process.communicate(timeout=10)

    assert server.process.returncode == 0
    assert errors == ""


def test_start_and_stop_are_lines_of_the_log(tmp_path: Path) -> None:
    with serving(tmp_path, "--database", ":memory:") as server:
        server.process.terminate()
        assert server.process.stdout is not None
        said = [json.loads(line)["message"] for line in server.process.stdout]

    assert said == ["server.started", "server.stopped"]


def test_a_body_that_does_not_come_holds_up_no_stop(tmp_path: Path) -> None:
    with serving(tmp_path, "--database", ":memory:") as server:
        address = urlsplit(server.url)
        assert address.hostname is not None and address.port is not None
        form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nabc"
        head = f"POST /token HTTP/1.1\r\nHost: {address.netloc}\r\n{form}"
        with socket.create_connection((address.hostname, address.port), 10) as slow:
            slow.sendall(head.encode())
            # Whoever came later has an answer: the head was read.
            assert httpx2.get(urljoin(server.url, "/healthz")).status_code == 200
            server.process.send_signal(signal.SIGTERM)
            answer = slow.makefile("rb").read()
        _, errors = server.process.communicate(timeout=10)

    assert answer.startswith(b"HTTP/1.1 503 ")
    assert errors == ""


async def test_open_streams_end_with_the_server(tmp_path: Path) -> None:
    with serving(tmp_path, "--database", ":memory:") as server:
        person = Person("Ada", "ada@example.com", server.stage_code, hesitate=read)
        agent = Agent(server.url, person)
        await agent.call("listMcpShopInventory")
        assert agent.tokens is not None
        headers = {
            "authorization": f"Bearer {agent.tokens.access_token}",
            "accept": "text/event-stream, application/json",
        }
        async with httpx2.AsyncClient(headers=headers, timeout=20) as http:
            session = await _initialized(http, server.url)
            stream_headers = {"mcp-session-id": session, "mcp-protocol-version": "2025-11-25"}
            async with http.stream("GET", server.url, headers=stream_headers) as stream:
                assert stream.status_code == 200
                server.process.send_signal(signal.SIGTERM)
                async for _ in stream.aiter_bytes():
                    pass
        with anyio.fail_after(10):
            status = await anyio.to_thread.run_sync(server.process.wait)
        assert server.process.stderr is not None
        assert server.process.stderr.read() == ""

    assert status == 0


async def _initialized(http: httpx2.AsyncClient, url: str) -> str:
    answer = await http.post(
        url,
        json={
            "jsonrpc": "2.0",
            "id": 1,
            "method": "initialize",
            "params": {
                "protocolVersion": "2025-11-25",
                "capabilities": {},
                "clientInfo": {"name": "Raw", "version": "1"},
            },
        },
    )
    return answer.headers["mcp-session-id"]


@requirement("U10")
@pytest.mark.parametrize("how", ["ctrl+q", *STOPS[:2]])
def test_the_terminal_is_left_as_it_was(tmp_path: Path, how: str | signal.Signals) -> None:
    with on_terminal(tmp_path, "--port", "0", "--database", ":memory:") as terminal:
        terminal.read_until("localhost")
        if isinstance(how, signal.Signals):
            terminal.send(how)
        else:
            terminal.press("\x11")
        status = terminal.read_to_end()

    assert status == 0
    assert modes_left_on(bytes(terminal.output)) == set()
    assert b"Traceback" not in terminal.output


def modes_left_on(output: bytes) -> set[bytes]:
    """The private modes (DEC) that were set and not reset, but for those that a terminal has on."""
    on: set[bytes] = set()
    for numbers, action in re.findall(rb"\x1b\[\?([\d;]+)([hl])", output):
        for number in numbers.split(b";"):
            on.add(number) if action == b"h" else on.discard(number)
    wraps_lines, shows_cursor = b"7", b"25"
    assert shows_cursor in on
    return on - {wraps_lines, shows_cursor}
