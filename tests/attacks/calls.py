"""Attacks by agents that have a token: arguments, sessions, streams (rows N7 to N14)."""

import json
import secrets
import time
from concurrent.futures import ThreadPoolExecutor

from tests.attacks.attack import Skipped, at_once, attack, hold
from tests.attacks.deputies import (
    ACCEPT,
    SHIRT,
    Deputy,
    call_body,
    deputized,
    in_session,
    is_refused,
    message,
    modern,
    refusal_of,
    rpc_code,
)
from tests.attacks.site import Site
from tests.attacks.wire import JSON, Stream, raw

_CUT_SECONDS = 1.0
_SESSIONS = 40
_DELETIONS = 10
_BURST = 20
_CALLS = 40
_MARK = "zq7" + "x" * 5
_BAD: tuple[tuple[str, object], ...] = (
    ("company", ""),
    ("company", "  \t "),
    ("company", 3),
    ("company", None),
    ("company", ["ACME"]),
    ("company", f"{_MARK}\x00"),
    ("company", f"{_MARK}\x1b[2J"),
    ("company", f"{_MARK}\n"),
    ("company", _MARK + "x" * 200),
    ("company", f"{_MARK}\ud800"),
    ("mailingAddress", ""),
    ("mailingAddress", f"{_MARK}\r"),
    ("mailingAddress", _MARK + "x" * 1000),
    ("tshirtSize", "XXXL"),
    ("tshirtSize", "l"),
    ("tshirtSize", _MARK),
    ("idempotencyKey", _MARK + "x" * 255),
    ("idempotencyKey", 7),
    ("price", _MARK),
)


@attack("N5")
def take_up_all_sessions(site: Site) -> str:
    mine, other = deputized(site), deputized(site)
    first = mine.session()
    for _ in range(_SESSIONS):
        mine.session()
    gone = mine.post(message("tools/list", {}), in_session(first))
    hold(gone.status == 404, f"{_SESSIONS} more, and the first is still there: {gone}")
    other.session()
    return f"of {_SESSIONS + 1} sessions the first is gone; others open theirs"


@attack("N7")
def bad_arguments(site: Site) -> str:
    deputies = [deputized(site), deputized(site)]
    for number, (name, value) in enumerate(_BAD):
        answer = deputies[number % 2].call("buyMcpShopItem", {**SHIRT, name: value})
        hold(is_refused(answer, "invalid_request"), f"{name}: {answer} {answer.text[:200]}")
        hold(refusal_of(answer).get("param") == f"$.{name}", f"{name}: {refusal_of(answer)}")
        hold(_MARK not in answer.text, f"{name}: echoed")
    unknown = deputies[0].call(_MARK)
    hold(rpc_code(unknown) == -32602 and _MARK not in unknown.text, f"unknown tool: {unknown.text}")
    for deputy in deputies:
        hold('"orders":[]' in deputy.call("listMcpShopOrders").text.replace("\\", ""), "an order")
    return f"{len(_BAD)} refusals with param, nothing echoed, no order"


@attack("N8")
def flood_of_calls(site: Site) -> str:
    mine, other = deputized(site), deputized(site)
    answers = at_once(_CALLS, lambda: mine.call("listMcpShopInventory"))
    refused = [answer for answer in answers if is_refused(answer, "rate_limit_exceeded")]
    hold(bool(refused), f"{_CALLS} calls at once, none refused")
    hold(len(answers) - len(refused) >= _BURST, f"{len(refused)} of {_CALLS} refused")
    retry = refusal_of(refused[0]).get("retry_after_ms")
    hold(isinstance(retry, int) and retry > 0, f"retry_after_ms: {retry}")
    hold(not is_refused(other.call("listMcpShopInventory"), "rate_limit_exceeded"), "others too")
    return f"{len(refused)} of {_CALLS} refused with a time; others unhurt"


@attack("N9")
def session_of_another(site: Site) -> str:
    mine, theirs = deputized(site), deputized(site)
    session_id = theirs.session()
    for method in ("POST", "GET", "DELETE"):
        foreign, unknown = (
            site.wire.ask(
                method,
                "/mcp",
                [JSON, ACCEPT, *mine.headers, *in_session(each)],
                b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}' if method == "POST" else b"",
            )
            for each in (session_id, secrets.token_hex(16))
        )
        hold((foreign.status, unknown.status) == (404, 404), f"{method}: {foreign}, {unknown}")
        hold(foreign.body == unknown.body, f"{method}: other bytes: {foreign.text}")
    alive = theirs.post(message("tools/list", {}), in_session(session_id))
    hold(alive.status == 200, f"the owner: {alive}")
    return "404 for POST, GET and DELETE, as if unknown; the owner goes on"


@attack("N9")
def delete_a_session_amid_its_requests(site: Site) -> str:
    deputy = deputized(site)
    with ThreadPoolExecutor(4) as at_work:
        for _ in range(_DELETIONS):
            session = in_session(deputy.session())
            asked = [
                at_work.submit(deputy.post, message("tools/list", {}, number), session)
                for number in range(3)
            ]
            deleted = site.wire.ask("DELETE", "/mcp", [*deputy.headers, *session])
            hold(deleted.status == 200, f"DELETE: {deleted}")
            for answer in [each.result() for each in asked]:
                hold(answer.status in {200, 404}, f"{answer} {answer.text[:200]}")
    return f"{_DELETIONS} sessions: each request has its answer, or 404"


@attack("N10")
def resume_the_stream_of_another(site: Site) -> str:
    mine, theirs = deputized(site), deputized(site)
    session_id = theirs.session()
    stream = mine.stream(session_id, [("Last-Event-ID", "1")])
    hold(stream.status == 404, stream.status)
    stream.close()
    own = mine.stream(mine.session(), [("Last-Event-ID", f"{session_id}_1")])
    hold(own.status in {200, 400, 404}, own.status)
    own.close()
    gone = site.wire.get("/mcp", [*mine.headers, *modern("tools/list")])
    hold(gone.status == 405, f"modern GET: {gone}")
    return "404; 2026-07-28 has no GET"


@attack("N11")
def stream_after_a_revocation(site: Site) -> str:
    deputy = deputized(site)
    streams = [deputy.stream(deputy.session()), deputy.listen()]
    hold([stream.status for stream in streams] == [200, 200], "no streams")
    hold(deputy.agent.revoke(deputy.refresh_token).status == 200, "no revocation")
    return f"cut in {_ended(streams)} ms"


@attack("N11")
def stream_after_a_ban(site: Site) -> str:
    deputy = deputized(site)
    session_id = deputy.session()
    streams = [deputy.stream(session_id), deputy.listen()]
    if "banned" not in deputy.call("setDemoMode", {"mode": "banned"}).text:
        raise Skipped("no demo tools: nobody can be banned from outside")
    cut = _ended(streams)
    again = deputy.listen()
    hold(again.status == 200, f"a new stream: {again.status}")
    again.close()
    hold(is_refused(deputy.call("buyMcpShopItem", SHIRT), "banned"), "a banned human bought")
    return f"cut in {cut} ms; the token opens new ones, and buys nothing"


def _ended(streams: list[Stream]) -> str:
    with ThreadPoolExecutor(len(streams)) as readers:
        seconds = list(readers.map(Stream.seconds_to_end, streams))
    hold(max(seconds) < _CUT_SECONDS, f"streams went on for {seconds}")
    return " and ".join(f"{each * 1000:.0f}" for each in seconds)


@attack("N13")
def orders_of_another(site: Site) -> str:
    mine, theirs = deputized(site), deputized(site)
    bought = theirs.call("buyMcpShopItem", {**SHIRT, "company": _MARK})
    hold("Order placed successfully" in bought.text, bought.text[:200])
    for tool in ("listMcpShopOrders", "getUserInfo"):
        hold(_MARK not in mine.call(tool).text, f"{tool} shows another's order")
    for argument in ("userId", "email", "id"):
        answer = mine.call("listMcpShopOrders", {argument: theirs.person.email})
        hold(is_refused(answer, "invalid_request"), f"{argument}: {answer.text[:200]}")
    return "not listed, and not to be asked for"


@attack("N14")
def hang_up_during_a_buy(site: Site) -> str:
    deputy = deputized(site)
    tool = "buyMcpShopItem"
    for number in range(5):
        arguments = {**SHIRT, "idempotencyKey": f"hang-up-{number}"}
        _send_and_hang_up(deputy, tool, arguments, seconds=number / 1000)
        again = deputy.call(tool, arguments)
        hold("Order placed successfully" in again.text, again.text[:200])
    listed = deputy.call("listMcpShopOrders").text
    count = listed.count('\\"id\\":')
    hold(count == 5, f"{count} orders of 5 keys")
    return "5 buyers hung up and came back: 5 orders"


def _send_and_hang_up(
    deputy: Deputy, tool: str, arguments: dict[str, object], seconds: float
) -> None:
    body = json.dumps(call_body(tool, arguments)).encode()
    headers = [
        ("Host", deputy.site.wire.host),
        ("Content-Length", str(len(body))),
        JSON,
        *deputy.headers,
        *modern("tools/call", tool),
    ]
    with deputy.site.wire.connected() as connection:
        connection.sendall(raw("POST", "/mcp", headers, body))
        time.sleep(seconds)
