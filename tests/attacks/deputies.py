"""Deputies: agents with tokens, and their calls in both protocol eras."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from tests.attacks.attack import NotHeld
from tests.attacks.people import Agent, Person, any_agent
from tests.attacks.site import Site
from tests.attacks.wire import JSON, Answer, Headers, Stream, as_object, raw

LEGACY, MODERN = "2025-11-25", "2026-07-28"
ACCEPT = ("Accept", "application/json, text/event-stream")
SHIRT: Mapping[str, object] = {
    "company": "ACME",
    "mailingAddress": "1 Road\nTown",
    "tshirtSize": "L",
}
_CLIENT = {"name": "attacker", "version": "1"}
_META = "io.modelcontextprotocol/"


@dataclass(frozen=True, slots=True)
class Deputy:
    """An agent with its tokens, and the person who gave them."""

    person: Person
    agent: Agent
    tokens: dict[str, object]

    @property
    def site(self) -> Site:
        return self.agent.site

    @property
    def access_token(self) -> str:
        return str(self.tokens["access_token"])

    @property
    def refresh_token(self) -> str:
        return str(self.tokens["refresh_token"])

    @property
    def headers(self) -> Headers:
        return bearing(self.access_token)

    def call(self, tool: str, arguments: Mapping[str, object] | None = None) -> Answer:
        """One call, modern: it needs no session."""
        return call(self.site, self.access_token, tool, arguments)

    def is_known(self) -> bool:
        """Whether the token still speaks for somebody: it is not 401."""
        return self.call("listMcpShopInventory").status != 401

    def session(self) -> str:
        """A new legacy session's id."""
        params = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": _CLIENT}
        answer = self.post(message("initialize", params))
        session_id = answer.header("Mcp-Session-Id")
        if not session_id:
            raise NotHeld(f"initialize: {answer} {answer.text[:200]}")
        self.site.secrets.add(session_id)
        self.post({"jsonrpc": "2.0", "method": "notifications/initialized"}, in_session(session_id))
        return session_id

    def post(self, value: object, headers: Headers = ()) -> Answer:
        """A legacy message."""
        return self.site.wire.post_json("/mcp", value, [ACCEPT, *self.headers, *headers])

    def stream(self, session_id: str, headers: Headers = ()) -> Stream:
        """The notification stream of a legacy session."""
        accept = ("Accept", "text/event-stream")
        all_headers = [("Host", self.site.wire.host), accept, *self.headers, *headers]
        request = raw("GET", "/mcp", [*all_headers, *in_session(session_id)])
        return Stream(self.site.wire, request)

    def listen(self) -> Stream:
        """A modern notification stream."""
        method = "subscriptions/listen"
        params = {"notifications": {"toolsListChanged": True}, "_meta": meta()}
        body = json.dumps(message(method, params)).encode()
        headers = [
            ("Host", self.site.wire.host),
            ("Content-Length", str(len(body))),
            JSON,
            ACCEPT,
            *self.headers,
            ("MCP-Protocol-Version", MODERN),
            ("Mcp-Method", method),
        ]
        return Stream(self.site.wire, raw("POST", "/mcp", headers, body))


def deputized(site: Site, **changes: str | None) -> Deputy:
    """An agent with the tokens of a new person."""
    return deputy_of(Person(site), any_agent(site), **changes)


def deputy_of(person: Person, agent: Agent, **changes: str | None) -> Deputy:
    """The agent with tokens from this person."""
    answer = agent.redeem(person.approve(agent, **changes))
    if answer.status != 200:
        raise NotHeld(f"no tokens: {answer} {answer.text[:200]}")
    return Deputy(person, agent, answer.json)


def bearing(token: str) -> Headers:
    return [("Authorization", f"Bearer {token}")]


def in_session(session_id: str) -> Headers:
    return [("Mcp-Session-Id", session_id), ("MCP-Protocol-Version", LEGACY)]


def message(method: str, params: Mapping[str, object], id_: object = 1) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": id_, "method": method, "params": params}


def meta() -> dict[str, object]:
    return {
        f"{_META}protocolVersion": MODERN,
        f"{_META}clientInfo": _CLIENT,
        f"{_META}clientCapabilities": {},
    }


def modern(method: str, name: str = "") -> Headers:
    named = [("Mcp-Name", name)] if name else []
    return [ACCEPT, ("MCP-Protocol-Version", MODERN), ("Mcp-Method", method), *named]


def call_body(tool: str, arguments: Mapping[str, object] | None = None) -> dict[str, object]:
    """A modern call."""
    params = {"name": tool, "arguments": dict(arguments or {}), "_meta": meta()}
    return message("tools/call", params)


def call(
    site: Site, token: str, tool: str, arguments: Mapping[str, object] | None = None
) -> Answer:
    headers = [*bearing(token), *modern("tools/call", tool)]
    return site.wire.post_json("/mcp", call_body(tool, arguments), headers)


def result_of(answer: Answer) -> dict[str, object]:
    return as_object(answer.json.get("result"))


def refusal_of(answer: Answer) -> dict[str, object]:
    """The error object of a refused call; empty if it was not refused."""
    return as_object(as_object(result_of(answer).get("structuredContent")).get("error"))


def is_refused(answer: Answer, code: str) -> bool:
    return result_of(answer).get("isError") is True and refusal_of(answer).get("code") == code


def rpc_code(answer: Answer) -> object:
    """The code of a JSON-RPC error."""
    return as_object(answer.json.get("error")).get("code")
