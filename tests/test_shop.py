"""The shop: what a deputy gets, and how often."""

import anyio
import pytest

from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.catalog import CATALOG, TShirtSize
from mcp_shop_console.model.orders import Order, PlacedOrder
from mcp_shop_console.model.refusals import Refusal, RefusalCode
from tests.core import ANN, BOB, CURSOR, Core, placed, refused
from tests.judge import judge
from tests.requirement import requirement

pytestmark = pytest.mark.anyio

Arguments = tuple[str, str, TShirtSize]
_ACME: Arguments = ("ACME", "1 Road", TShirtSize.L)
_OTHERS: tuple[Arguments, ...] = (
    ("Other", "1 Road", TShirtSize.L),
    ("ACME", "2 Road", TShirtSize.L),
    ("ACME", "1 Road", TShirtSize.M),
)
_TEN_SECONDS = 10_000
_ONE_DAY = 24 * 60 * 60 * 1000


async def test_the_catalog_is_for_a_deputy_in_normal_standing(core: Core) -> None:
    deputy = await core.deputy()

    assert await core.shop.browse(deputy, core.call()) == CATALOG
    assert (await core.kinds())[-1] is AuditKind.CALL_ANSWERED


async def test_an_order_is_what_was_asked_for_by_whom_and_when(core: Core) -> None:
    deputy = await core.deputy()

    answer = placed(await core.buy(deputy, "ACME", size=TShirtSize.XL))

    entry = (await core.audit())[-1]
    assert entry.call
    assert answer.order == Order(
        number=1,
        id=answer.order.id,
        human_id=ANN.id,
        email=ANN.email,
        grant_id=deputy.grant_id,
        call_id=entry.call.id,
        company="ACME",
        mailing_address="1 Road\nTown",
        size=TShirtSize.XL,
        price_cents=0,
        ordered_at_ms=core.clock.ms,
    )
    assert (answer.is_replayed, answer.note) == (False, "")


async def test_an_order_is_on_record_with_its_deputy_and_its_private_part(core: Core) -> None:
    deputy = await core.deputy()
    order = placed(await core.buy(deputy, "ACME")).order

    entry = (await core.audit())[-1]

    assert (entry.kind, entry.human, entry.grant_id) == (
        AuditKind.ORDER_PLACED,
        ANN,
        deputy.grant_id,
    )
    assert entry.facts == {"number": 1, "order_id": order.id, "size": "L", "price_cents": 0}
    assert entry.private == {"company": "ACME", "mailing_address": "1 Road\nTown"}


@requirement("N13", "U8")
async def test_orders_are_listed_oldest_first_through_every_agent_of_their_human_only(
    core: Core,
) -> None:
    ann, ann_too, bob = (
        await core.deputy(ANN),
        await core.deputy(ANN, CURSOR),
        await core.deputy(BOB),
    )
    anns = [placed(await core.buy(deputy)).order for deputy in (ann, ann_too, ann)]
    bobs = placed(await core.buy(bob)).order

    assert await core.orders(ann_too) == tuple(anns)
    assert await core.orders(bob) == (bobs,)
    assert [order.number for order in (*anns, bobs)] == [1, 2, 3, 4]


@requirement("N13")
async def test_the_idempotency_key_of_another_grant_is_like_any_new_one(core: Core) -> None:
    ann, ann_too, bob = (
        await core.deputy(ANN),
        await core.deputy(ANN, CURSOR),
        await core.deputy(BOB),
    )
    answers = [placed(await core.buy(deputy, "ACME", key="k")) for deputy in (ann, ann_too, bob)]

    assert [answer.is_replayed for answer in answers] == [False] * 3
    assert isinstance(await core.buy(bob, "Other", key="k"), Refusal)


@requirement("O8")
@pytest.mark.parametrize("later_ms", [0, _TEN_SECONDS, _ONE_DAY - 1])
async def test_the_same_key_and_arguments_are_the_same_order_for_a_day(
    core: Core, later_ms: int
) -> None:
    deputy = await core.deputy()
    first = placed(await core.buy(deputy, "ACME", key="k"))

    core.clock.ms += later_ms
    again = placed(await core.buy(deputy, "ACME", key="k"))

    assert again == PlacedOrder(first.order, is_replayed=True, note="")
    assert (await core.kinds())[-1] is AuditKind.ORDER_REPLAYED
    assert await core.orders(deputy) == (first.order,)


@requirement("O8")
async def test_a_key_is_new_again_after_a_day(core: Core) -> None:
    deputy = await core.deputy()
    await core.buy(deputy, "ACME", key="k")

    core.clock.ms += _ONE_DAY
    again = placed(await core.buy(deputy, "ACME", key="k"))
    once_more = placed(await core.buy(deputy, "ACME", key="k"))

    assert not again.is_replayed and again.order.number == 2
    assert once_more.order == again.order


@requirement("O8")
@pytest.mark.parametrize("arguments", _OTHERS)
async def test_the_same_key_with_other_arguments_is_a_conflict(
    core: Core, arguments: Arguments
) -> None:
    deputy = await core.deputy()
    first = placed(await core.buy(deputy, *_ACME, key="k"))

    conflict = await core.buy(deputy, *arguments, key="k")

    assert isinstance(conflict, Refusal)
    assert (conflict.code, conflict.param) == (
        RefusalCode.IDEMPOTENCY_CONFLICT,
        "$.idempotencyKey",
    )
    assert await core.orders(deputy) == (first.order,)


@requirement("O8")
@pytest.mark.parametrize("first_key", ["", "k"])
async def test_without_a_key_the_same_arguments_are_the_same_order_for_ten_seconds(
    core: Core, first_key: str
) -> None:
    deputy = await core.deputy()
    first = placed(await core.buy(deputy, "ACME", key=first_key))

    core.clock.ms += _TEN_SECONDS - 1
    again = placed(await core.buy(deputy, "ACME"))
    core.clock.ms += 1
    later = placed(await core.buy(deputy, "ACME"))

    assert (again.order, again.is_replayed) == (first.order, True)
    assert "A different idempotencyKey orders another" in again.note
    assert (later.is_replayed, later.order.number) == (False, 2)


@requirement("O8")
@pytest.mark.parametrize("arguments", _OTHERS)
async def test_without_a_key_other_arguments_order_another(
    core: Core, arguments: Arguments
) -> None:
    deputy = await core.deputy()
    await core.buy(deputy, *_ACME)

    assert not placed(await core.buy(deputy, *arguments)).is_replayed


@requirement("O8")
async def test_without_a_key_another_agent_orders_another(core: Core) -> None:
    await core.buy(await core.deputy(ANN), *_ACME)

    answer = placed(await core.buy(await core.deputy(ANN, CURSOR), *_ACME))

    assert not answer.is_replayed


@requirement("O8")
async def test_a_new_key_orders_the_same_thing_again(core: Core) -> None:
    deputy = await core.deputy()

    orders = [placed(await core.buy(deputy, "ACME", key=key)).order for key in ("", "a", "b")]

    assert [order.number for order in orders] == [1, 2, 3]


@requirement("O8")
async def test_a_refusal_is_not_kept_under_the_key(core: Core) -> None:
    deputy = await core.deputy()
    await core.authority.ban_human(ANN.id)
    await core.buy(deputy, "ACME", key="k")
    await core.authority.pardon_human(ANN.id)

    assert not placed(await core.buy(deputy, "ACME", key="k")).is_replayed


@requirement("O8")
@pytest.mark.parametrize("key", ["k", ""])
async def test_the_same_buy_many_times_at_once_is_one_order(core: Core, key: str) -> None:
    deputy = await core.deputy()
    answers: list[PlacedOrder] = []

    async def buy() -> None:
        answers.append(placed(await core.buy(deputy, "ACME", key=key)))

    async with anyio.create_task_group() as tasks:
        for _ in range(100):
            tasks.start_soon(buy)

    assert len({answer.order.id for answer in answers}) == 1
    assert [answer.is_replayed for answer in answers].count(False) == 1
    assert len(await core.orders(deputy)) == 1
    judge(await core.audit())


@requirement("O9")
async def test_a_repeat_after_a_ban_is_the_old_order_or_a_refusal(core: Core) -> None:
    deputy = await core.deputy()
    first = placed(await core.buy(deputy, "ACME", key="k"))
    await core.authority.ban_human(ANN.id)

    with_key = placed(await core.buy(deputy, "ACME", key="k"))
    others = [
        await core.buy(deputy, "ACME"),
        await core.buy(deputy, "ACME", key="new"),
        await core.buy(deputy, "Other", key="k"),
    ]

    assert (with_key.order, with_key.is_replayed) == (first.order, True)
    assert [refused(answer) for answer in others] == [RefusalCode.BANNED] * 3
    assert await core.orders(deputy) == (first.order,)


@requirement("O9")
async def test_a_repeat_after_a_revoke_is_a_refusal_even_with_the_key(core: Core) -> None:
    deputy = await core.deputy()
    await core.buy(deputy, "ACME", key="k")
    await core.authority.revoke_grant(deputy.grant_id)

    answer = await core.buy(deputy, "ACME", key="k")

    assert refused(answer) is RefusalCode.PERMISSION_DENIED
