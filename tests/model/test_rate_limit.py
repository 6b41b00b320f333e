from weakref import ref

import pytest

from mcp_shop_console.model.rate_limit import BurstLimit, RateLimit, neighbourhood
from tests.core import AT_MS, Clock
from tests.requirement import requirement


@requirement("C11", "D1")
def test_whoever_did_it_too_often_waits_until_the_first_time_is_a_minute_old() -> None:
    clock = Clock()
    limit = RateLimit(2, clock)

    assert limit.take("one") == 0
    clock.ms += 10_000
    assert limit.take("one") == 0

    assert limit.take("one") == 50
    assert limit.take("another") == 0
    clock.ms += 49_500
    assert limit.wait_seconds("one") == 1
    clock.ms += 500
    assert limit.wait_seconds("one") == 0


def test_waiting_is_not_counted() -> None:
    clock = Clock()
    limit = RateLimit(1, clock, window_seconds=4)

    assert [limit.take("one") for _ in range(5)] == [0, 4, 4, 4, 4]
    clock.ms += 4_000
    assert limit.take("one") == 0


def test_what_is_counted_although_it_should_have_waited_counts() -> None:
    clock = Clock()
    limit = RateLimit(2, clock)

    for _ in range(5):
        limit.count("one")
        clock.ms += 1_000

    assert limit.wait_seconds("one") == 58


def test_a_crowd_is_forgotten_whoever_was_quiet_longest_first() -> None:
    limit = RateLimit(2, Clock())

    for number in range(10_000):
        limit.count(number)
    limit.count(0)
    limit.count("one more")

    assert limit.wait_seconds(0) > 0
    limit.count(1)
    assert limit.wait_seconds(1) == 0


def test_whoever_was_quiet_for_a_whole_window_is_forgotten() -> None:
    class Visitor:
        pass

    clock = Clock()
    limit = RateLimit(2, clock)
    quiet = Visitor()
    remembered = ref(quiet)
    limit.count(quiet)
    del quiet

    clock.ms += 60_000
    limit.count(Visitor())

    assert remembered() is None


def test_a_few_who_do_it_very_often_are_forgotten_too() -> None:
    limit = RateLimit(60_000, Clock())

    for _ in range(60_000):
        limit.count("one")
    for _ in range(60_000):
        limit.count("another")

    assert limit.wait_seconds("another") > 0
    assert limit.wait_seconds("one") == 0


@requirement("O13")
def test_a_clock_that_is_set_back_makes_nobody_wait_for_it() -> None:
    clock = Clock()
    limit = RateLimit(1, clock)
    limit.count("one")

    clock.ms = AT_MS - 3_600_000

    assert limit.wait_seconds("one") == 0


@requirement("N8")
def test_after_a_burst_whoever_keeps_to_the_pace_goes_on() -> None:
    clock = Clock()
    limit = BurstLimit(20, 5, clock)

    assert [limit.take("one") for _ in range(21)] == [0] * 20 + [200]
    assert limit.take("another") == 0
    clock.ms += 150
    assert limit.take("one") == 50
    for _ in range(100):
        clock.ms += 50
        assert limit.take("one") == 0
        assert limit.take("one") == 200
        clock.ms += 150


@requirement("N8")
def test_a_burst_is_whole_again_after_a_rest() -> None:
    clock = Clock()
    limit = BurstLimit(20, 5, clock)

    for _ in range(20):
        limit.take("one")
    clock.ms += 4_000

    assert [limit.take("one") for _ in range(21)] == [0] * 20 + [200]


def test_of_too_many_keys_of_a_burst_the_quietest_is_forgotten() -> None:
    limit = BurstLimit(1, 1, Clock())

    for key in range(10_001):
        limit.take(key)

    assert (limit.take(0), limit.take(10_000)) == (0, 1_000)


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_an_ipv6_neighbourhood_is_one(address: str, key: str) -> None:
    assert neighbourhood(address) == key
