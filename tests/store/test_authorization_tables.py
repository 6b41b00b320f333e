"""Clients, browsers, authorization requests, codes and tokens: every field comes back."""

import secrets
from collections.abc import AsyncGenerator, Iterable
from dataclasses import replace

import pytest

from mcp_shop_console.model.deputies import Agent, Human
from mcp_shop_console.model.events import Event
from mcp_shop_console.model.grants import Consent, Grant
from mcp_shop_console.store.authorizations import AuthorizationCode, AuthorizationRequest
from mcp_shop_console.store.browsers import Browser
from mcp_shop_console.store.clients import AuthMethod, Client
from mcp_shop_console.store.database import Database, open_database
from mcp_shop_console.store.departures import Departure
from mcp_shop_console.store.tokens import AccessToken, RefreshToken
from mcp_shop_console.store.transaction import Transaction

pytestmark = pytest.mark.anyio

HUMAN = Human("human", "Ada", "ada@example.com")
CLIENT = Client(
    id="client",
    name="Claude",
    redirect_uris=("http://localhost/callback", "cursor://x/y"),
    auth_method=AuthMethod.CLIENT_SECRET_BASIC,
    secret_hash=b"c" * 32,
    scopes=frozenset({"shop:browse", "shop:order"}),
    grant_types=frozenset({"authorization_code", "refresh_token"}),
    registered_at_ms=1,
)
BROWSER = Browser("browser", b"b" * 32, human_id=None, made_at_ms=2)
REQUEST = AuthorizationRequest(
    id="request",
    browser_id="browser",
    client_id="client",
    redirect_uri="http://localhost:5000/callback",
    is_redirect_uri_given=True,
    state="state",
    scopes=frozenset({"shop:browse", "shop:order"}),
    resource="http://localhost:7777/mcp",
    code_challenge="x" * 43,
    issuer="http://localhost:7777",
    made_at_ms=3,
)
CODE = AuthorizationCode(
    code_hash=b"d" * 32,
    grant_id="grant",
    client_id="client",
    redirect_uri="http://localhost:5000/callback",
    is_redirect_uri_given=False,
    resource="http://localhost:7777/mcp",
    code_challenge="y" * 43,
    expires_at_ms=4,
)
ACCESS = AccessToken(b"a" * 32, "grant", 5, "http://localhost:7777/mcp", expires_at_ms=6)
REFRESH = RefreshToken(b"r" * 32, "grant", 7, "http://localhost:7777/mcp", expires_at_ms=8)


@pytest.fixture
async def database() -> AsyncGenerator[Database]:
    def ignore(_: Iterable[Event]) -> None:
        pass

    async with open_database(
        ":memory:", now_ms=lambda: 9, new_id=lambda: secrets.token_hex(16), publish=ignore
    ) as database:
        await database.write(_furnish)
        yield database


def _furnish(tx: Transaction) -> None:
    agent = Agent("client", "Claude", "localhost:5000")
    tx.humans.save(HUMAN, 1)
    tx.grants.insert(
        Grant("grant", "human", agent, "http://localhost:5000/callback", frozenset(), "consent", 1),
        Consent("consent", "text", "sha", 1),
    )
    tx.clients.insert(CLIENT)
    tx.browsers.insert(BROWSER)
    tx.authorizations.insert_request(REQUEST)
    tx.authorizations.insert_code(CODE)
    tx.tokens.insert_access(ACCESS)
    tx.tokens.insert_refresh(REFRESH)


async def test_what_was_stored_comes_back_whole(database: Database) -> None:
    def read(tx: Transaction) -> tuple[object, ...]:
        return (
            tx.clients.get("client"),
            tx.browsers.by_secret(BROWSER.secret_hash),
            tx.authorizations.request("request"),
            tx.authorizations.code(CODE.code_hash),
            tx.tokens.access(ACCESS.token_hash),
            tx.tokens.refresh(REFRESH.token_hash),
        )

    assert await database.read(read) == (CLIENT, BROWSER, REQUEST, CODE, ACCESS, REFRESH)


async def test_what_was_never_stored_is_not_found(database: Database) -> None:
    def read(tx: Transaction) -> tuple[object, ...]:
        return (
            tx.clients.get("x"),
            tx.browsers.by_secret(b"x"),
            tx.authorizations.request("x"),
            tx.authorizations.code(b"x"),
            tx.tokens.access(b"x"),
            tx.tokens.refresh(b"x"),
        )

    assert await database.read(read) == (None,) * 6


async def test_a_public_client_and_a_request_without_state_come_back_whole(
    database: Database,
) -> None:
    client = replace(CLIENT, id="public", auth_method=AuthMethod.NONE, secret_hash=None)
    request = replace(REQUEST, id="stateless", state=None, is_redirect_uri_given=False)

    def write(tx: Transaction) -> None:
        tx.clients.insert(client)
        tx.authorizations.insert_request(request)

    await database.write(write)
    assert await database.read(lambda tx: tx.clients.get("public")) == client
    assert await database.read(lambda tx: tx.authorizations.request("stateless")) == request


async def test_a_request_a_code_and_a_refresh_token_are_used_once(database: Database) -> None:
    def use(tx: Transaction) -> tuple[bool, bool, bool]:
        return (
            tx.authorizations.answer("request", 10),
            tx.authorizations.use_code(CODE.code_hash, 11),
            tx.tokens.use_refresh(REFRESH.token_hash, 12, b"sealed"),
        )

    assert await database.write(use) == (True, True, True)
    assert await database.write(use) == (False, False, False)

    def read(tx: Transaction) -> tuple[object, ...]:
        return (
            tx.authorizations.request("request"),
            tx.authorizations.code(CODE.code_hash),
            tx.tokens.refresh(REFRESH.token_hash),
        )

    assert await database.read(read) == (
        replace(REQUEST, answered_at_ms=10),
        replace(CODE, used_at_ms=11),
        replace(REFRESH, used_at_ms=12, sealed_successors=b"sealed"),
    )


async def test_failures_of_a_code_are_counted(database: Database) -> None:
    for expected in (1, 2, 3):
        count = await database.write(lambda tx: tx.authorizations.count_failure(CODE.code_hash))
        assert count == expected

    assert await database.read(lambda tx: tx.authorizations.code(CODE.code_hash)) == replace(
        CODE, failures=3
    )


async def test_older_access_tokens_and_seals_are_forgotten(database: Database) -> None:
    await database.write(lambda tx: tx.tokens.use_refresh(REFRESH.token_hash, 1, b"sealed"))

    await database.write(lambda tx: tx.tokens.forget("grant", before_generation=5))
    assert await database.read(lambda tx: tx.tokens.access(ACCESS.token_hash)) == ACCESS
    await database.write(lambda tx: tx.tokens.forget("grant", before_generation=8))

    assert await database.read(lambda tx: tx.tokens.access(ACCESS.token_hash)) is None
    assert await database.read(lambda tx: tx.tokens.refresh(REFRESH.token_hash)) == replace(
        REFRESH, used_at_ms=1
    )


async def test_a_browser_keeps_its_owner_when_its_cookie_changes(database: Database) -> None:
    def change(tx: Transaction) -> None:
        tx.browsers.sign_in("browser", "human")
        tx.browsers.sign_in("browser", "human")
        tx.browsers.renew("browser", b"n" * 32)

    assert not await database.read(lambda tx: tx.browsers.may_use("browser", "human"))
    await database.write(change)

    assert await database.read(lambda tx: tx.browsers.by_secret(BROWSER.secret_hash)) is None
    assert await database.read(lambda tx: tx.browsers.by_secret(b"n" * 32)) == replace(
        BROWSER, secret_hash=b"n" * 32, human_id="human"
    )
    assert await database.read(lambda tx: tx.browsers.may_use("browser", "human"))


async def test_a_stranger_is_forgotten_with_its_requests(database: Database) -> None:
    await database.write(lambda tx: tx.browsers.forget_strangers(BROWSER.made_at_ms, 1))
    assert await database.read(lambda tx: tx.authorizations.request("request")) == REQUEST

    await database.write(lambda tx: tx.browsers.forget_strangers(BROWSER.made_at_ms + 1, 1))

    assert await database.read(lambda tx: tx.browsers.by_secret(BROWSER.secret_hash)) is None
    assert await database.read(lambda tx: tx.authorizations.request("request")) is None


async def test_an_old_request_is_forgotten(database: Database) -> None:
    await database.write(lambda tx: tx.authorizations.forget_requests(REQUEST.made_at_ms, 1))
    assert await database.read(lambda tx: tx.authorizations.request("request")) == REQUEST

    await database.write(lambda tx: tx.authorizations.forget_requests(REQUEST.made_at_ms + 1, 1))

    assert await database.read(lambda tx: tx.authorizations.request("request")) is None


async def test_only_the_newest_requests_and_strangers_are_kept(database: Database) -> None:
    def flood(tx: Transaction) -> None:
        tx.browsers.sign_in("browser", "human")
        for number in range(5):
            id_, secret_hash = f"{number}", bytes([number]) * 32
            tx.browsers.insert(Browser(id_, secret_hash, human_id=None, made_at_ms=9))
            tx.authorizations.insert_request(replace(REQUEST, id=id_, made_at_ms=9))

    def known(tx: Transaction) -> list[tuple[bool, bool]]:
        return [
            (
                tx.authorizations.request(f"{number}") is not None,
                tx.browsers.by_secret(bytes([number]) * 32) is not None,
            )
            for number in range(5)
        ]

    def forget(tx: Transaction) -> None:
        tx.authorizations.forget_requests(0, 2)
        tx.browsers.forget_strangers(0, 3)

    await database.write(flood)
    await database.write(forget)

    assert await database.read(known) == [(False, False)] * 2 + [(False, True)] + [(True, True)] * 2
    assert await database.read(lambda tx: tx.browsers.by_secret(BROWSER.secret_hash))


async def test_after_a_flood_each_visit_forgets_only_some_strangers(database: Database) -> None:
    def flood(tx: Transaction) -> None:
        for number in range(30):
            tx.browsers.insert(Browser(f"{number}", bytes([number]) * 32, None, made_at_ms=9))

    def count(tx: Transaction) -> int:
        secrets_of_flood = (bytes([number]) * 32 for number in range(30))
        return sum(tx.browsers.by_secret(secret) is not None for secret in secrets_of_flood)

    await database.write(flood)
    left: list[int] = []
    for _ in range(3):
        await database.write(lambda tx: tx.browsers.forget_strangers(10, 30))
        left.append(await database.read(count))

    assert left == [11, 0, 0]


async def test_a_departure_leads_back_once_and_the_newest_of_a_request_only(
    database: Database,
) -> None:
    first = Departure(b"1" * 32, "request", b"sealed")
    second = Departure(b"2" * 32, "request", b"sealed anew")

    def depart(tx: Transaction) -> None:
        tx.departures.insert(first)
        tx.departures.insert(second)

    await database.write(depart)

    assert await database.write(lambda tx: tx.departures.take(first.state_hash)) is None
    assert await database.write(lambda tx: tx.departures.take(second.state_hash)) == second
    assert await database.write(lambda tx: tx.departures.take(second.state_hash)) is None


async def test_a_departure_is_forgotten_with_its_request(database: Database) -> None:
    def forget(tx: Transaction) -> None:
        tx.departures.insert(Departure(b"1" * 32, "request", b"sealed"))
        tx.authorizations.forget_requests(REQUEST.made_at_ms + 1, 1)

    await database.write(forget)

    assert await database.write(lambda tx: tx.departures.take(b"1" * 32)) is None
