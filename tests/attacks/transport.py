"""Attacks on HTTP itself: hosts, origins, bodies, slow and many connections (rows N1 to N6)."""

import json
import re
import socket
import time
from contextlib import ExitStack, suppress

from tests.attacks.attack import Skipped, Turn, at_once, attack, hold
from tests.attacks.deputies import Deputy, call_body, deputized, in_session, modern, rpc_code
from tests.attacks.site import Site
from tests.attacks.wire import FORM, JSON, Answer, Headers, raw

_ROUTES = (
    "/",
    "/mcp",
    "/mcp/",
    "/authorize",
    "/sign-in",
    "/consent",
    "/token",
    "/register",
    "/register/x",
    "/revoke",
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-protected-resource/mcp",
    "/healthz",
    "/nowhere",
)
_FOREIGN = ("evil.example", "localhost:1@evil.example", "localhost.evil.example", "", "[::1")
_MCP_BYTES = 256 * 1024
_OAUTH_BYTES = 16 * 1024
_HEADER_SECONDS, _BODY_SECONDS, _ANSWER_SECONDS = 10, 15, 90
_SLACK_SECONDS = 3
_SOCKETS = 240
_SOON_SECONDS = 1.0
_FLOODERS, _REQUESTS, _PIPELINED = 8, 80, 10
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")


@attack("N1")
def rebind_a_name(site: Site) -> str:
    for route in _ROUTES:
        for host in _FOREIGN:
            answer = site.wire.send(raw("GET", route, [("Host", host)]))
            hold(answer.status in {421, 400}, f"{route} as {host}: {answer}")
            hold(answer.status == 421 or host in {"", "[::1"}, f"{route} as {host}: {answer}")
    return f"421 on {len(_ROUTES)} routes"


@attack("N1")
def no_host_or_two(site: Site) -> str:
    own = ("Host", site.wire.host)
    for headers in ([], [own, own], [own, ("Host", "evil.example")]):
        answer = site.wire.send(raw("GET", "/healthz", headers))
        hold(answer.status == 400, f"{headers}: {answer}")
    return "400"


@attack("N2")
def page_of_another_site(site: Site) -> str:
    origins = (
        "https://evil.example",
        "null",
        "http://localhost:1@evil.example",
        "http://localhost.evil.example",
        "http://evil.example#http://localhost",
        "file://",
        "localhost",
    )
    for origin in origins:
        for route in ("/mcp", "/token", "/register", "/authorize"):
            answer = site.wire.ask("POST", route, [JSON, ("Origin", origin)], b"{}")
            hold(answer.status == 403, f"{route} from {origin}: {answer}")
    own = site.wire.ask("POST", "/mcp", [JSON, ("Origin", site.origin)], b"{}")
    hold(own.status == 401, f"our own origin: {own}")
    return f"{len(origins)} origins: 403"


@attack("N3")
def preflights(site: Site) -> str:
    ask = [
        ("Origin", "http://localhost:6274"),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "authorization,mcp-protocol-version"),
    ]
    for route in ("/mcp", "/token", "/register", "/revoke", _ROUTES[9], _ROUTES[10]):
        answer = site.wire.ask("OPTIONS", route, ask)
        hold(answer.status in {200, 204}, f"{route}: {answer}")
        hold("authorization" in answer.header("Access-Control-Allow-Headers").lower(), route)
        hold(not answer.all("Access-Control-Allow-Credentials"), f"{route}: credentials")
    for route in ("/", "/authorize", "/sign-in", "/consent"):
        for answer in (site.wire.ask("OPTIONS", route, ask), site.wire.get(route, ask[:1])):
            hold(not answer.all("Access-Control-Allow-Origin"), f"{route}: open")
    exposed = site.wire.ask("POST", "/mcp", ask[:1]).header("Access-Control-Expose-Headers").lower()
    hold({"www-authenticate", "mcp-session-id", "retry-after"} <= set(exposed.split(", ")), exposed)
    return "open where programs come, closed where people do; no credentials"


@attack("N4")
def bodies_too_big(site: Site) -> str:
    deputy = deputized(site)
    mcp = [JSON, *deputy.headers, *modern("tools/call", "x")]
    for route, headers, most in (
        ("/mcp", mcp, _MCP_BYTES),
        ("/register", [JSON], _OAUTH_BYTES),
        ("/token", [FORM], _OAUTH_BYTES),
        ("/consent", [FORM], _OAUTH_BYTES),
    ):
        announced = site.wire.ask("POST", route, headers, b"x" * (most + 1))
        hold(announced.status == 413, f"{route}: {announced}")
        chunked = _chunked(site, route, headers, b"x" * (most + 1))
        hold(chunked.status == 413, f"{route}, chunked: {chunked}")
        length = [("Host", site.wire.host), ("Content-Length", "9" * 12)]
        lied = site.wire.send(raw("POST", route, length))
        hold(lied.status in {413, 400}, f"{route}, a length of 12 digits: {lied}")
    return "413 on 4 routes, announced or chunked"


def _chunked(site: Site, route: str, headers: Headers, body: bytes) -> Answer:
    pieces = (body[at : at + 4096] for at in range(0, len(body), 4096))
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    own = [("Host", site.wire.host), ("Transfer-Encoding", "chunked"), *headers]
    return site.wire.send(raw("POST", route, own, chunks))


@attack("N4")
def two_lengths(site: Site) -> str:
    own = ("Host", site.wire.host)
    smuggled = b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n"
    both = [own, ("Content-Length", str(len(smuggled))), ("Transfer-Encoding", "chunked")]
    twice = [own, ("Content-Length", "1"), ("Content-Length", "2")]
    odd = [own, ("Content-Length", "+5")]
    for headers in (both, twice, odd):
        answer = site.wire.send(raw("POST", "/token", headers, smuggled))
        hold(answer.status in {0, 400}, f"{headers[1:]}: {answer}")
    return "400 or closed"


@attack("N5", Turn.SLOW)
def slow_headers(site: Site) -> str:
    return _ends(site, b"GET /healthz HTTP/1.1\r\nHost: ", _HEADER_SECONDS, drip=b"x")


@attack("N5", Turn.SLOW)
def nothing_at_all(site: Site) -> str:
    return _ends(site, b"", _HEADER_SECONDS)


@attack("N5", Turn.SLOW)
def slow_body(site: Site) -> str:
    head = [("Host", site.wire.host), ("Content-Length", "1000"), FORM]
    return _ends(site, raw("POST", "/token", head, b"a"), _BODY_SECONDS, drip=b"b")


@attack("N5", Turn.SLOW)
def slow_body_to_mcp(site: Site) -> str:
    head = [("Host", site.wire.host), ("Content-Length", "1000"), JSON, *deputized(site).headers]
    return _ends(site, raw("POST", "/mcp", head, b"{"), _BODY_SECONDS, drip=b" ")


def _ends(site: Site, begin: bytes, limit_seconds: float, drip: bytes = b"") -> str:
    """Whether the server ends a connection that sends ``begin`` and then a drop each second."""
    began = time.monotonic()
    latest = limit_seconds + _SLACK_SECONDS
    with site.wire.connected(1.0) as connection:
        connection.sendall(begin)
        while time.monotonic() - began < latest:
            answer = Answer(-1)
            with suppress(TimeoutError):
                answer = Answer(0) if not connection.recv(4096) else Answer(408)
            with suppress(OSError):
                connection.sendall(drip)
            if answer.status >= 0:
                seconds = time.monotonic() - began
                return f"{answer} after {seconds:.0f} s, at most {limit_seconds} s"
    hold(False, f"still open after {latest} s")
    return ""


@attack("N5", Turn.FLOOD)
def many_sockets(site: Site) -> str:
    if not site.may_flood:
        raise Skipped("uses up what this address may do: --flood")
    with ExitStack() as stack:
        sockets = [stack.enter_context(site.wire.connected(2.0)) for _ in range(_SOCKETS)]
        time.sleep(0.2)
        refused = 0
        for each in sockets:
            each.setblocking(False)
            with suppress(BlockingIOError):
                refused += _is_refused(each)
    hold(refused >= _SOCKETS - 200, f"{_SOCKETS} sockets of one address, {refused} refused")
    hold(site.wire.get("/healthz").status == 200, "nobody is served any more")
    return f"{refused} of {_SOCKETS} refused"


def _is_refused(connection: socket.socket) -> bool:
    """Whether it was closed, or told that there are too many."""
    try:
        return connection.recv(12) in {b"", b"HTTP/1.1 503"}
    except ConnectionResetError:
        return True


@attack("N5")
def two_requests_with_one_id(site: Site) -> str:
    mine, other = deputized(site), deputized(site)
    session_id = mine.session()
    body = json.dumps(call_body("listMcpShopOrders")).encode()
    headers = [JSON, *_plain(mine), *in_session(session_id)]
    length = ("Content-Length", str(len(body)))
    request = raw("POST", "/mcp", [("Host", site.wire.host), length, *headers], body)
    seconds = _ANSWER_SECONDS + 5 if site.is_patient else _SLACK_SECONDS
    answers = at_once(8, lambda: site.wire.send(request, seconds))
    hold({answer.status for answer in answers} <= {0, 200, 400, 504}, list(map(str, answers)))
    served = other.call("listMcpShopInventory")
    hold(served.status == 200, f"others are not served: {served}")
    hold(served.seconds < _SOON_SECONDS, f"others wait {served.seconds:.1f} s")
    hung = sum(answer.status == 0 for answer in answers)
    hold(not site.is_patient or not hung, f"{hung} without an answer after {seconds} s")
    return f"8 at once, {hung} unanswered after {seconds} s; others are served"


def _plain(deputy: Deputy) -> Headers:
    return [("Accept", "application/json, text/event-stream"), *deputy.headers]


_NOT_JSON: tuple[tuple[str, bytes], ...] = (
    ("empty", b""),
    ("cut off", b'{"jsonrpc":"2.0"'),
    ("NaN", b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":NaN}}'),
    ("Infinity", b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":-Infinity}}'),
    ("bad UTF-8", b'{"jsonrpc":"2.0","id":1,"method":"p\xff"}'),
    ("BOM", b'\xef\xbb\xbf{"jsonrpc":"2.0","id":1,"method":"ping"}'),
    ("UTF-16", '{"jsonrpc":"2.0","id":1,"method":"ping"}'.encode("utf-16")),
    ("names twice", b'{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/list"}'),
    ("names twice, escaped", b'{"jsonrpc":"2.0","id":1,"\\u0069d":2,"method":"ping"}'),
    ("names twice, deep", b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":1,"a":2}}'),
    (
        "65 deep",
        b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":' + b"[" * 65 + b"]" * 65 + b"}}",
    ),
    ("100,000 deep", b"[" * 100_000),
    ("two values", b'{"jsonrpc":"2.0","id":1,"method":"ping"}{}'),
    ("a comment", b'{"jsonrpc":"2.0",/**/"id":1,"method":"ping"}'),
    ("NUL at the end", b'{"jsonrpc":"2.0","id":1,"method":"ping"}\x00'),
)
_BATCHES = (
    b"[]",
    b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]',
    b'[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"ping"}]',
)


@attack("N6")
def what_is_not_strict_json(site: Site) -> str:
    deputy = deputized(site)
    session = in_session(deputy.session())
    for name, body in _NOT_JSON:
        for era in (session, modern("ping")):
            answer = site.wire.ask("POST", "/mcp", [JSON, *_plain(deputy), *era], body)
            seen = f"{name}: {answer} {answer.text[:120]}"
            hold((answer.status, rpc_code(answer)) == (400, -32700), seen)
            hold(answer.seconds < _SOON_SECONDS, f"{name}: {answer.seconds:.1f} s")
    return f"{len(_NOT_JSON)} kinds in both eras: 400, -32700"


@attack("N6")
def batches(site: Site) -> str:
    deputy = deputized(site)
    session = in_session(deputy.session())
    for body in _BATCHES:
        for era in (session, modern("ping")):
            answer = site.wire.ask("POST", "/mcp", [JSON, *_plain(deputy), *era], body)
            seen = f"{body[:20]!r}: {answer} {answer.text[:120]}"
            hold((answer.status, rpc_code(answer)) == (400, -32600), seen)
    return "400, -32600"


@attack("N8", Turn.FLOOD)
def flood_of_requests(site: Site) -> str:
    if not site.may_flood:
        raise Skipped("uses up what this address may do: --flood")
    floods = at_once(_FLOODERS, lambda: _pipelined(site))
    statuses = [status for flood in floods for status in flood]
    count = len(statuses)
    hold(429 in statuses, f"{count} requests at once: {set(statuses)}")
    time.sleep(_SOON_SECONDS + 0.1)
    after = site.wire.ask("POST", "/mcp")
    hold(after.status == 401, f"a second later: {after}")
    return f"{statuses.count(429)} of {count} answered 429, before authentication"


def _pipelined(site: Site) -> list[int]:
    """The statuses of requests that wait for no answer, a few at a time."""
    request = raw("POST", "/mcp", [("Host", site.wire.host), ("Content-Length", "0")])
    received = b""
    with site.wire.connected(2.0) as connection, suppress(OSError):
        for sent in range(_PIPELINED, _REQUESTS + 1, _PIPELINED):
            connection.sendall(request * _PIPELINED)
            while len(_STATUS.findall(received)) < sent and (piece := connection.recv(65536)):
                received += piece
    return [int(status) for status in _STATUS.findall(received)]
