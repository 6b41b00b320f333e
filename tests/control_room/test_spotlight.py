from mcp_shop_console.control_room.moments import Moment, Tone, Weight
from mcp_shop_console.control_room.safe_text import safe_text
from mcp_shop_console.control_room.spotlight import LEAST_MS, MOST_MS, Spotlight


def moment(word: str, weight: Weight, seq: int = 0) -> Moment:
    return Moment("●", word, safe_text(""), Tone.NEWS, weight, seq)


ORDER = moment("ORDER", Weight.TRAFFIC, 1)
BAN = moment("BANNED", Weight.AUTHORITY, 2)
REFUSAL = moment("REFUSED", Weight.TRAFFIC, 3)


def test_a_lighter_moment_waits_for_its_turn() -> None:
    spotlight = Spotlight()
    spotlight.offer(BAN, 0)

    spotlight.offer(REFUSAL, LEAST_MS - 1)
    assert spotlight.moment(LEAST_MS - 1) is BAN

    spotlight.offer(REFUSAL, LEAST_MS)
    assert spotlight.moment(LEAST_MS) is REFUSAL


def test_a_weightier_moment_takes_the_line_at_once() -> None:
    spotlight = Spotlight()
    spotlight.offer(ORDER, 0)

    spotlight.offer(BAN, 1)

    assert spotlight.moment(1) is BAN


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
