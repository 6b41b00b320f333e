"""Humans, grants, consents, bans, pleas and orders: every field comes back as it was written."""

from collections.abc import Callable
from dataclasses import replace

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_shop_console.model.catalog import TShirtSize
from mcp_shop_console.model.deputies import Agent, Deputy, Human, Rank
from mcp_shop_console.model.faults import StoreUnavailable
from mcp_shop_console.model.grants import Consent, Grant
from mcp_shop_console.model.orders import Order
from mcp_shop_console.model.pleas import Plea
from mcp_shop_console.store.standing import Ruling
from mcp_shop_console.store.transaction import Transaction
from tests.core import ANN, BOB, Core, open_core
from tests.requirement import requirement

pytestmark = pytest.mark.anyio

_HUMAN = Human("human", "Ada", "ada@example.com", is_verified=True, is_admin=True)
_CONSENT = Consent("consent", "You agree.", "text hash", 3)
_GRANT = Grant(
    id="grant",
    human_id="human",
    agent=Agent("client", "Claude", "claude.ai"),
    redirect_uri="https://claude.ai/cb",
    scopes=frozenset({"shop:browse", "shop:order"}),
    consent_id="consent",
    created_at_ms=4,
)
_PLEA = Plea("plea", "human", "grant", 5)
_ORDER = Order(
    number=1,
    id="order",
    human_id="human",
    email="ada@example.com",
    grant_id="grant",
    call_id="call",
    company="ACME",
    mailing_address="1 Road\nTown",
    size=TShirtSize.XXL,
    price_cents=7,
    ordered_at_ms=6,
)


def _save_grant(tx: Transaction) -> None:
    tx.humans.save(_HUMAN, 1)
    tx.grants.insert(_GRANT, _CONSENT)


@pytest.mark.parametrize(
    "human", [_HUMAN, replace(_HUMAN, is_verified=False), replace(_HUMAN, is_admin=False)]
)
async def test_a_human_comes_back_by_id_and_by_the_email_they_typed(
    core: Core, human: Human
) -> None:
    await core.database.write(lambda tx: tx.humans.save(human, 1))

    def by_email(email: str) -> Callable[[Transaction], Human | None]:
        return lambda tx: tx.humans.by_unverified_email(email)

    assert await core.database.read(lambda tx: tx.humans.get("human")) == human
    found = await core.database.read(by_email("ada@example.com"))
    assert found == (None if human.is_verified else human)
    assert await core.database.read(lambda tx: tx.humans.get("nobody")) is None
    assert await core.database.read(by_email("ADA@example.com")) is None


async def test_a_human_may_change_but_not_who_vouches_for_them(core: Core) -> None:
    await core.database.write(lambda tx: tx.humans.save(_HUMAN, 1))
    changed = replace(_HUMAN, name="Countess", email="x@y.z", is_admin=False)

    await core.database.write(lambda tx: tx.humans.save(replace(changed, is_verified=False), 2))

    assert await core.database.read(lambda tx: tx.humans.get("human")) == changed


async def test_admins_are_those_who_hold_the_permission_now(core: Core) -> None:
    other = replace(_HUMAN, id="other", email="o@y.z", is_admin=False)
    second = replace(_HUMAN, id="second", is_verified=False)

    def save(tx: Transaction) -> None:
        for at_ms, human in enumerate((_HUMAN, other, second)):
            tx.humans.save(human, at_ms)

    await core.database.write(save)

    assert await core.database.read(lambda tx: tx.humans.admins()) == [_HUMAN, second]


async def test_a_typed_email_belongs_to_one_human_and_a_verified_one_to_its_subjects(
    core: Core,
) -> None:
    typed = replace(_HUMAN, id="typed", is_verified=False)

    def save(tx: Transaction) -> None:
        for human in (_HUMAN, replace(_HUMAN, id="namesake"), typed):
            tx.humans.save(human, 1)

    await core.database.write(save)

    assert await core.database.read(lambda tx: tx.humans.get("namesake"))
    with pytest.raises(StoreUnavailable):
        await core.database.write(lambda tx: tx.humans.save(replace(typed, id="other"), 2))


async def test_a_human_is_known_by_issuer_and_subject_together(core: Core) -> None:
    def save(tx: Transaction) -> None:
        tx.humans.save(_HUMAN, 1)
        tx.humans.identify("human", "https://a.example", "7")
        tx.humans.identify("human", "https://a.example", "7")

    await core.database.write(save)

    read = core.database.read
    assert await read(lambda tx: tx.humans.by_identity("https://a.example", "7")) == _HUMAN
    assert await read(lambda tx: tx.humans.by_identity("https://b.example", "7")) is None
    assert await read(lambda tx: tx.humans.by_identity("https://a.example", "8")) is None
    assert await read(lambda tx: tx.humans.issuer_of("human")) == "https://a.example"
    assert await read(lambda tx: tx.humans.issuer_of("nobody")) == ""


async def test_a_grant_its_consent_and_its_deputy_come_back(core: Core) -> None:
    await core.database.write(_save_grant)

    assert await core.database.read(lambda tx: tx.grants.get("grant")) == _GRANT
    assert await core.database.read(lambda tx: tx.grants.of_human("human")) == [_GRANT]
    assert await core.database.read(lambda tx: tx.grants.consent("consent")) == _CONSENT
    assert await core.database.read(lambda tx: tx.grants.deputy("grant")) == Deputy(
        _HUMAN, _GRANT.agent, "grant", "consent", _GRANT.scopes
    )
    assert await core.database.read(lambda tx: tx.grants.get("none")) is None
    assert await core.database.read(lambda tx: tx.grants.consent("none")) is None
    assert await core.database.read(lambda tx: tx.grants.of_human("none")) == []


async def test_grants_are_listed_oldest_first(core: Core) -> None:
    def save(tx: Transaction) -> list[Grant]:
        tx.humans.save(_HUMAN, 1)
        for number in (3, 1, 2):
            consent = replace(_CONSENT, id=f"consent {number}")
            grant = replace(_GRANT, id=f"{number}", consent_id=consent.id, created_at_ms=number)
            tx.grants.insert(grant, consent)
        return tx.grants.of_human("human")

    assert [grant.id for grant in await core.database.write(save)] == ["1", "2", "3"]


async def test_an_ended_grant_has_no_deputy_and_never_returns(core: Core) -> None:
    await core.database.write(_save_grant)

    assert await core.database.write(lambda tx: tx.grants.end("grant", 9)) is True
    assert await core.database.write(lambda tx: tx.grants.end("grant", 10)) is False
    assert await core.database.write(lambda tx: tx.grants.end("none", 10)) is False

    ended = replace(_GRANT, ended_at_ms=9)
    assert await core.database.read(lambda tx: tx.grants.get("grant")) == ended
    assert await core.database.read(lambda tx: tx.grants.deputy("grant")) is None
    with pytest.raises(StoreUnavailable):
        await core.database.write(_save_grant)


@pytest.mark.parametrize("rank", Rank)
async def test_bans_of_humans_and_of_grants_come_back_apart(core: Core, rank: Rank) -> None:
    await core.database.write(_save_grant)

    def ruling(tx: Transaction) -> Ruling:
        return tx.bans.ruling("human", "grant")

    assert await core.database.read(ruling) == Ruling(True, None, None)
    await core.database.write(lambda tx: tx.bans.ban_human("human", rank, 1))
    assert await core.database.read(ruling) == Ruling(True, rank, None)
    await core.database.write(lambda tx: tx.bans.ban_grant("grant", Rank.AGENT, 1))
    assert await core.database.read(ruling) == Ruling(True, rank, Rank.AGENT)
    await core.database.write(lambda tx: tx.bans.lift_human("human"))
    assert await core.database.read(ruling) == Ruling(True, None, Rank.AGENT)
    await core.database.write(lambda tx: tx.bans.lift_grant("grant"))
    await core.database.write(lambda tx: tx.grants.end("grant", 9))
    assert await core.database.read(ruling) == Ruling(False, None, None)
    assert await core.database.read(lambda tx: tx.bans.of_human("human")) is None


async def test_a_ban_keeps_the_highest_rank_that_set_it(core: Core) -> None:
    def ban(tx: Transaction) -> list[Rank | None]:
        ranks: list[Rank | None] = []
        for rank in (Rank.AGENT, Rank.PRESENTER, Rank.HUMAN):
            tx.bans.ban_grant("grant", rank, 1)
            ranks.append(tx.bans.of_grant("grant"))
        return ranks

    assert await core.database.write(ban) == [Rank.AGENT, Rank.PRESENTER, Rank.PRESENTER]


async def test_lifting_all_bans_counts_them(core: Core) -> None:
    def ban_and_lift(tx: Transaction) -> tuple[int, int]:
        tx.bans.ban_human("one", Rank.AGENT, 1)
        tx.bans.ban_grant("two", Rank.PRESENTER, 1)
        return tx.bans.lift_all(), tx.bans.lift_all()

    assert await core.database.write(ban_and_lift) == (2, 0)


@pytest.mark.parametrize("is_granted", [True, False])
async def test_a_plea_comes_back_until_it_is_closed(core: Core, is_granted: bool) -> None:
    await core.database.write(_save_grant)
    await core.database.write(lambda tx: tx.pleas.insert(_PLEA))

    assert await core.database.read(lambda tx: tx.pleas.open_of("human")) == _PLEA
    closed = await core.database.write(
        lambda tx: tx.pleas.close_of("human", 9, is_granted=is_granted)
    )
    again = await core.database.write(
        lambda tx: tx.pleas.close_of("human", 10, is_granted=is_granted)
    )
    assert (closed, again) == (True, False)
    assert await core.database.read(lambda tx: tx.pleas.open_of("human")) is None


async def test_who_asks_is_kept_once(core: Core) -> None:
    def plead(tx: Transaction) -> list[str]:
        _save_grant(tx)
        tx.pleas.insert(_PLEA)
        tx.pleas.join("plea", "grant")
        tx.pleas.join("plea", "grant")
        return tx.pleas.grants_of("plea")

    assert await core.database.write(plead) == ["grant"]


@requirement("O5")
async def test_a_human_has_one_open_plea_at_most(core: Core) -> None:
    await core.database.write(_save_grant)
    await core.database.write(lambda tx: tx.pleas.insert(_PLEA))

    with pytest.raises(StoreUnavailable):
        await core.database.write(lambda tx: tx.pleas.insert(replace(_PLEA, id="other")))
    assert await core.database.write(lambda tx: tx.pleas.close_all(9, is_granted=False)) == 1
    await core.database.write(lambda tx: tx.pleas.insert(replace(_PLEA, id="other")))


async def test_an_order_comes_back_by_human_by_key_and_by_arguments(core: Core) -> None:
    def save(tx: Transaction) -> None:
        _save_grant(tx)
        assert tx.orders.next_number() == 1
        tx.orders.insert(_ORDER, "key", "sha")
        assert tx.orders.next_number() == 2

    await core.database.write(save)

    assert await core.database.read(lambda tx: tx.orders.of_human("human")) == (_ORDER,)
    assert await core.database.read(lambda tx: tx.orders.of_human("other")) == ()
    assert await core.database.read(lambda tx: tx.orders.with_key("grant", "key", 5)) == (
        _ORDER,
        "sha",
    )
    assert await core.database.read(lambda tx: tx.orders.with_arguments("grant", "sha", 5)) == (
        _ORDER
    )
    nothing: tuple[Callable[[Transaction], object], ...] = (
        lambda tx: tx.orders.with_key("grant", "key", 6),
        lambda tx: tx.orders.with_key("other", "key", 5),
        lambda tx: tx.orders.with_key("grant", "other", 5),
        lambda tx: tx.orders.with_arguments("grant", "sha", 6),
        lambda tx: tx.orders.with_arguments("other", "sha", 5),
        lambda tx: tx.orders.with_arguments("grant", "other", 5),
    )
    for question in nothing:
        assert await core.database.read(question) is None


async def test_of_several_orders_under_a_key_the_newest_counts(core: Core) -> None:
    def save(tx: Transaction) -> tuple[Order, str] | None:
        _save_grant(tx)
        for number in (1, 2):
            order = replace(_ORDER, number=number, id=f"{number}", call_id=f"{number}")
            tx.orders.insert(order, "key", f"sha {number}")
        return tx.orders.with_key("grant", "key", 0)

    found = await core.database.write(save)
    assert found and (found[0].number, found[1]) == (2, "sha 2")


@pytest.mark.parametrize(
    "wrong",
    [
        replace(_ORDER, number=2),
        replace(_ORDER, number=2, id="other"),
        replace(_ORDER, number=2, id="other", call_id="other", grant_id="none"),
        replace(_ORDER, number=2, id="other", call_id="other", human_id="none"),
        replace(_ORDER, number=2, id="other", call_id="other", price_cents=-1),
    ],
    ids=["its id", "its call", "its grant", "its human", "its price"],
)
async def test_an_order_that_cannot_be_is_refused_by_the_schema(core: Core, wrong: Order) -> None:
    def save(tx: Transaction) -> None:
        _save_grant(tx)
        tx.orders.insert(_ORDER, "", "sha")

    await core.database.write(save)

    with pytest.raises(StoreUnavailable):
        await core.database.write(lambda tx: tx.orders.insert(wrong, "", "sha"))


_hostile = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")) | (
    st.sampled_from(["'; drop table shop_order; --", "%", "_", "*", '"', "\\", "\u202e", "\x1b[2J"])
)


@requirement("O17")
@settings(max_examples=100, deadline=None)
@given(texts=st.lists(_hostile, min_size=8, max_size=8))
def test_hostile_text_is_stored_as_text_in_every_field(texts: list[str]) -> None:
    anyio.run(_round_trip, texts)


async def _round_trip(texts: list[str]) -> None:
    human = replace(_HUMAN, name=texts[0], email=texts[1], is_verified=False)
    consent = replace(_CONSENT, text=texts[2])
    agent = Agent("client", texts[3], texts[4])
    grant = replace(_GRANT, agent=agent, redirect_uri=texts[5])
    order = replace(_ORDER, email=texts[1], company=texts[6], mailing_address=texts[7])

    def save(tx: Transaction) -> None:
        tx.humans.save(human, 1)
        tx.humans.save(replace(BOB, email=texts[1] + "!"), 1)
        tx.grants.insert(grant, consent)
        tx.orders.insert(order, texts[6], "sha")

    async with open_core() as core:
        await core.database.write(save)
        read = core.database.read
        assert await read(lambda tx: tx.humans.by_unverified_email(texts[1])) == human
        assert await read(lambda tx: tx.grants.get("grant")) == grant
        assert await read(lambda tx: tx.grants.consent("consent")) == consent
        assert await read(lambda tx: tx.orders.of_human("human")) == (order,)
        found = await read(lambda tx: tx.orders.with_key("grant", texts[6], 0))
        assert (found is not None) is (texts[6] != "")
        assert await read(lambda tx: tx.humans.get(texts[0])) is None


@requirement("O17")
@pytest.mark.parametrize("text", ["\ud800", "a\udfffb"])
async def test_a_lone_surrogate_is_stopped_before_it_hurts_anyone(core: Core, text: str) -> None:
    with pytest.raises(UnicodeEncodeError):
        await core.database.write(lambda tx: tx.humans.save(replace(ANN, name=text), 1))

    await core.database.write(lambda tx: tx.humans.save(ANN, 1))
