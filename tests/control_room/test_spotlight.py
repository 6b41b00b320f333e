from mcp_shop_console.control_room.moments import Moment, Tone, Weight
from mcp_shop_console.control_room.spotlight import LEAST_MS, MOST_MS, Spotlight


def moment(word: str, weight: Weight, seq: int = 0) -> Moment:
    return Moment("●", word, (), Tone.NEWS, weight, seq)


ORDER = moment("ORDER", Weight.ORDER, 1)
BAN = moment("BANNED", Weight.AUTHORITY, 2)
REFUSAL = moment("REFUSED", Weight.REFUSAL, 3)


def test_a_lighter_moment_waits_for_its_turn() -> None:
    spotlight = Spotlight()
    spotlight.offer(BAN, 0)

    spotlight.offer(REFUSAL, 1)

    assert spotlight.moment(LEAST_MS - 1) is BAN
    assert spotlight.moment(LEAST_MS) is REFUSAL


def test_of_those_that_wait_the_weightiest_is_next() -> None:
    spotlight = Spotlight()
    spotlight.offer(BAN, 0)

    spotlight.offer(REFUSAL, 1)
    spotlight.offer(ORDER, 2)

    assert spotlight.moment(LEAST_MS) is REFUSAL


def test_a_weightier_moment_takes_the_line_at_once() -> None:
    spotlight = Spotlight()
    spotlight.offer(ORDER, 0)

    spotlight.offer(BAN, 1)

    assert spotlight.moment(1) is BAN


def test_of_what_happens_at_once_the_newest_is_shown() -> None:
    spotlight = Spotlight()
    spotlight.offer(ORDER, 0)
    newest = moment("ORDER 2", Weight.ORDER, 4)

    spotlight.offer(newest, 0)

    assert spotlight.moment(0) is newest


def test_a_flood_of_orders_is_not_a_flicker() -> None:
    spotlight = Spotlight()
    spotlight.offer(ORDER, 0)
    assert spotlight.moment(0) is ORDER

    spotlight.offer(moment("ORDER 2", Weight.ORDER, 4), LEAST_MS - 1)

    assert spotlight.moment(LEAST_MS - 1) is ORDER


def test_the_newer_of_two_decisions_about_authority_is_shown_at_once() -> None:
    spotlight = Spotlight()
    spotlight.offer(BAN, 0)
    pardon = moment("PARDONED", Weight.AUTHORITY, 5)

    spotlight.offer(pardon, 1)

    assert spotlight.moment(1) is pardon


def test_a_moment_ends_by_itself() -> None:
    spotlight = Spotlight()
    spotlight.offer(BAN, 0)

    assert spotlight.moment(MOST_MS) is BAN
    assert spotlight.moment(MOST_MS + 1) is None


def test_the_echo_of_a_key_is_not_shown_twice() -> None:
    spotlight = Spotlight()
    spotlight.show(BAN, 0)
    spotlight.offer(REFUSAL, LEAST_MS)

    spotlight.offer(BAN, LEAST_MS)

    assert spotlight.moment(LEAST_MS) is REFUSAL


def test_the_answer_to_a_key_is_shown_whatever_stands_there() -> None:
    spotlight = Spotlight()
    spotlight.show(moment("FAILED", Weight.ANSWER), 0)

    spotlight.show(ORDER, 1)

    assert spotlight.moment(1) is ORDER
