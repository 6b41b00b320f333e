"""Generated requests: nearly right ones of every kind, and garbage, for every route."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

from tests.attacks.deputies import ACCEPT, bearing, in_session, meta, modern
from tests.attacks.wire import FORM, JSON, Headers, as_object, raw
from tests.attacks.words import (
    ARGUMENTS,
    HEADERS,
    MEMBERS,
    METADATA,
    METHODS,
    NASTY,
    OAUTH,
    PATHS,
    TOOLS,
    VERBS,
)

Texts = st.SearchStrategy[str]
Requests = st.SearchStrategy[bytes]


@dataclass(frozen=True, slots=True)
class Ground:
    """What generated requests are made of: things that this server knows."""

    host: str
    access_tokens: Sequence[str]
    """Live, of a grant with every scope and of a narrow one."""
    session_id: str
    """Of the first token."""
    client_paths: Sequence[str]
    """Of registrations."""
    values: Sequence[str]
    """Ids, codes, redirect URIs and refresh tokens, some of them live."""
    cookies: Sequence[str]
    forms: Sequence[tuple[str, dict[str, str]]]
    """Forms that are right, or were once, and where they go."""
    queries: Sequence[tuple[str, dict[str, str]]]


def requests(ground: Ground) -> Requests:
    """Any request, as bytes."""
    return st.one_of(
        _calls(ground), _calls(ground), _messages(ground), _forms(ground), _queries(ground),
        _registrations(ground), _anything(ground), _garbage(ground),
    )  # fmt: skip


def _texts(ground: Ground) -> Texts:
    return st.one_of(st.sampled_from([*NASTY, *ground.values]), st.text(max_size=40))


def _values(texts: Texts) -> st.SearchStrategy[object]:
    """Any JSON value."""
    numbers = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
    leaves = st.one_of(st.none(), st.booleans(), numbers, texts)
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)
        ),
        max_leaves=6,
    )


def _calls(ground: Ground) -> Requests:
    """Tool calls whose arguments are nearly right."""
    texts = _texts(ground)
    values = st.one_of(texts, _values(texts), st.sampled_from(["L", "banned", "normal", "ACME"]))
    names = st.one_of(st.sampled_from(ARGUMENTS), texts)
    arguments = st.one_of(st.dictionaries(names, values, max_size=5), _values(texts))
    tools = st.one_of(st.sampled_from(TOOLS), texts)

    def body(tool: str, given: object) -> dict[str, object]:
        return {"name": tool, "arguments": given}

    params = st.builds(body, tools, arguments)
    return _sent(ground, st.just("tools/call"), params)


def _messages(ground: Ground) -> Requests:
    """Messages of any method with any parameters."""
    texts = _texts(ground)
    members = st.one_of(st.sampled_from(MEMBERS), texts)
    whole = st.dictionaries(members, _values(texts), max_size=5)
    params = st.one_of(whole, whole, _values(texts))
    return _sent(ground, st.one_of(st.sampled_from(METHODS), texts), params)


def _sent(ground: Ground, methods: Texts, params: st.SearchStrategy[object]) -> Requests:
    ids = st.one_of(st.integers(), st.integers(), st.text(max_size=9), st.none(), st.booleans())
    broken = st.one_of(st.just(b""), st.just(b""), st.just(b""), st.binary(max_size=9))
    return st.builds(
        _message,
        st.just(ground), methods, params, ids, st.booleans(), st.booleans(),
        st.sampled_from(ground.access_tokens), broken, st.integers(0, 400), _more(ground),
    )  # fmt: skip


def _message(
    ground: Ground,
    method: str,
    params: object,
    id_: object,
    is_modern: bool,
    has_meta: bool,
    token: str,
    broken: bytes,
    where: int,
    more: Headers,
) -> bytes:
    if is_modern and has_meta and (members := as_object(params)):
        params = members | {"_meta": meta()}
    message: dict[str, object] = {"jsonrpc": "2.0", "method": method, "params": params}
    if id_ is not None:
        message["id"] = id_
    body = json.dumps(message, ensure_ascii=has_meta).encode()
    body = body[:where] + broken + body[where + len(broken) :] if broken else body
    named = _name_in(params)
    era = (
        modern(_header(method), _header(named))
        if is_modern
        else [ACCEPT, *in_session(ground.session_id)]
    )
    own = [("Host", ground.host), ("Content-Length", str(len(body))), JSON, *bearing(token)]
    return raw("POST", "/mcp", [*own, *era, *more], body)


def _name_in(params: object) -> str:
    name = as_object(params).get("name")
    return name if isinstance(name, str) else ""


def _header(text: str) -> str:
    """What of a text can stand in a header."""
    printable = "".join(max(char, " ") for char in text)
    return printable.encode("latin-1", "replace").decode("latin-1")


def _more(ground: Ground) -> st.SearchStrategy[list[tuple[str, str]]]:
    """Now and then a header that nobody expects."""
    values = _texts(ground).map(_header)
    headers = st.tuples(st.sampled_from(HEADERS), values)
    return st.one_of(st.just([]), st.just([]), st.lists(headers, max_size=3))


def _changes(ground: Ground) -> st.SearchStrategy[dict[str, str]]:
    """Parameters, known and unknown; none of them half of the time."""
    texts = _texts(ground)
    known = st.sampled_from([
        "code", "S256", "authorization_code", "refresh_token", "approve", "deny", "none",
        "shop:browse shop:order", "query", "a@example.com",
    ])  # fmt: skip
    names = st.one_of(st.sampled_from(OAUTH), st.sampled_from(OAUTH), texts)
    changes = st.dictionaries(names, st.one_of(texts, known), max_size=4)
    return st.one_of(st.just(dict[str, str]()), changes)


def _encoded(right: dict[str, str], changes: dict[str, str], repeated: str) -> str:
    """A form with changes, and now and then with a name twice."""
    pairs = [*(right | changes).items()]
    return urlencode([*pairs, (repeated, "x")] if repeated else pairs)


_REPEATED = st.one_of(st.just(""), st.just(""), st.just(""), st.sampled_from(OAUTH))


def _forms(ground: Ground) -> Requests:
    """Forms for the endpoints that take one."""

    def form(
        right: tuple[str, dict[str, str]], changes: dict[str, str], repeated: str,
        junk: bytes, cookie: str, more: Headers,
    ) -> bytes:  # fmt: skip
        path, fields = right
        body = _encoded(fields, changes, repeated).encode() + junk
        cookies = [("Cookie", cookie)] if cookie else []
        own = [("Host", ground.host), ("Content-Length", str(len(body))), FORM, *cookies]
        return raw("POST", path, [*own, *more], body)

    junk = st.one_of(st.just(b""), st.just(b""), st.just(b""), st.binary(max_size=20))
    return st.builds(
        form, st.sampled_from(ground.forms), _changes(ground), _REPEATED, junk,
        st.sampled_from([*ground.cookies, *ground.cookies, ""]), _more(ground),
    )  # fmt: skip


def _queries(ground: Ground) -> Requests:
    """Queries for the endpoints that a browser opens."""

    def query(
        right: tuple[str, dict[str, str]], changes: dict[str, str], repeated: str,
        cookie: str, more: Headers,
    ) -> bytes:  # fmt: skip
        path, parameters = right
        cookies = [("Cookie", cookie)] if cookie else []
        target = f"{path}?{_encoded(parameters, changes, repeated)}"
        return raw("GET", target, [("Host", ground.host), *cookies, *more])

    return st.builds(
        query, st.sampled_from(ground.queries), _changes(ground), _REPEATED,
        st.sampled_from([*ground.cookies, *ground.cookies, ""]), _more(ground),
    )  # fmt: skip


def _registrations(ground: Ground) -> Requests:
    """Registrations, and requests to manage one."""
    texts = _texts(ground)
    uris = st.lists(
        st.one_of(texts, st.sampled_from(["https://a.example/cb", "http://localhost/cb"])),
        max_size=3,
    )
    names = st.one_of(st.sampled_from(METADATA), texts)
    metadata = st.dictionaries(names, _values(texts), max_size=5)

    def described(given: dict[str, object], sent: list[str]) -> dict[str, object]:
        return given | {"redirect_uris": sent}

    bodies = st.one_of(st.builds(described, metadata, uris), _values(texts))

    def registration(target: tuple[str, str], body: object, token: str, more: Headers) -> bytes:
        encoded = json.dumps(body).encode()
        own = [("Host", ground.host), ("Content-Length", str(len(encoded))), JSON]
        return raw(*target, [*own, ("Authorization", f"Bearer {_header(token)}"), *more], encoded)

    managed = st.tuples(st.sampled_from(["GET", "PUT"]), st.sampled_from(ground.client_paths))
    targets = st.one_of(st.just(("POST", "/register")), managed)
    return st.builds(registration, targets, bodies, texts, _more(ground))


def _anything(ground: Ground) -> Requests:
    """Any verb on any path with any headers and any body."""

    def request(
        verb: str, path: str, tail: str, headers: list[tuple[str, str]], body: bytes
    ) -> bytes:
        target = path + quote(tail, safe="/?&=%.;:@")
        own = [("Host", ground.host), ("Content-Length", str(len(body)))]
        return raw(verb, target, [*own, *headers], body)

    tails = st.one_of(st.just(""), _texts(ground).map(lambda text: text[:200]))
    values = _texts(ground).map(_header)
    headers = st.lists(st.tuples(st.sampled_from(HEADERS), values), max_size=6)
    return st.builds(
        request, st.sampled_from(VERBS), st.sampled_from(PATHS), tails, headers,
        st.binary(max_size=60),
    )  # fmt: skip


def _garbage(ground: Ground) -> Requests:
    """What is hardly HTTP. It ends in an empty line, so that nobody waits for more of it."""
    whole = raw("GET", "/healthz", [("Host", ground.host), ("Accept", "*/*")])

    def broken(where: int, junk: bytes, cut: int) -> bytes:
        return whole[:where] + junk + whole[where + cut :] + b"\r\n\r\n"

    within = st.integers(0, len(whole) - 4)
    return st.builds(broken, within, st.binary(min_size=1, max_size=30), st.integers(0, 5))
