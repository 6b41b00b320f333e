"""Who holds ``shop:admin`` after a start with other settings than those that gave it."""

from dataclasses import replace

import pytest

from mcp_shop_console.authorization_server import AuthorizationServer, Policy, ProviderAccount
from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Human, Rank
from mcp_shop_console.store.transaction import Transaction
from tests.authorization_server.parties import STAGE_CODE, Agent, House, Person

pytestmark = pytest.mark.anyio

ISSUER = "https://login.example"
ACCOUNT = ProviderAccount(ISSUER, "shop", admin_claim="roles", admin_value="shop-admin")
TYPED = Human("typed", "Boss", "boss@example.com", is_admin=True)
VERIFIED = Human("verified", "Ada", "ada@example.com", is_verified=True, is_admin=True)


def save_both(tx: Transaction) -> None:
    for human in (TYPED, VERIFIED):
        tx.humans.save(human, tx.now_ms)
    tx.humans.identify(VERIFIED.id, ISSUER, "ada-1")


async def start(house: House, policy: Policy) -> None:
    """Start the server anew on what is stored."""
    house.run(AuthorizationServer(house.database, policy, house.clock))
    await house.server.begin()


def admins(house: House) -> list[tuple[object, ...]]:
    return house.rows("select id from human where is_admin = 1 order by id")


async def test_an_admin_whom_the_settings_name_no_more_is_none_after_the_start(
    house: House, policy: Policy, agent: Agent, person: Person
) -> None:
    page = await person.open(agent)
    await person.sign_in(page, email="boss@example.com", stage_code=STAGE_CODE)

    await start(house, policy)
    assert house.rows("select email, is_admin from human") == [("boss@example.com", 1)]
    await start(house, replace(policy, admins=frozenset({"other@example.com"})))
    await start(house, replace(policy, admins=frozenset()))

    assert house.rows("select email, is_admin from human") == [("boss@example.com", 0)]
    (entry,) = await house.entries(AuditKind.ADMIN_REMOVED)
    assert entry.actor is Rank.SYSTEM
    assert entry.human and (entry.human.email, entry.human.is_admin) == ("boss@example.com", False)


@pytest.mark.parametrize(
    ("account", "left"),
    [
        (ACCOUNT, [(VERIFIED.id,)]),
        (replace(ACCOUNT, admin_value="other"), [(VERIFIED.id,)]),
        (replace(ACCOUNT, admin_claim="", admin_value=""), []),
        (replace(ACCOUNT, issuer="https://other.example"), []),
        (None, []),
    ],
)
async def test_a_verified_admin_stays_one_while_their_provider_has_a_claim_for_it(
    house: House, policy: Policy, account: ProviderAccount | None, left: list[tuple[object, ...]]
) -> None:
    await house.database.write(save_both)

    await start(house, replace(policy, admins=frozenset(), provider=account))

    assert admins(house) == left
    removed = await house.entries(AuditKind.ADMIN_REMOVED)
    assert len(removed) == 2 - len(left)


async def test_an_email_that_makes_an_admin_makes_none_of_a_verified_human(
    house: House, policy: Policy
) -> None:
    await house.database.write(save_both)

    await start(house, replace(policy, admins=frozenset({TYPED.email, VERIFIED.email})))

    assert admins(house) == [(TYPED.id,)]
