from mcp_shop_console.authorization_server.attempts import WrongAttempts
from tests.authorization_server.parties import Clock
from tests.requirement import requirement


@requirement("C11")
def test_after_its_wrong_attempts_one_waits_until_the_first_is_a_minute_old() -> None:
    clock = Clock()
    attempts = WrongAttempts(limit=2, now_ms=clock)

    attempts.count("one")
    assert attempts.wait_seconds("one") == 0
    clock.advance(seconds=10)
    attempts.count("one")

    assert attempts.wait_seconds("one") == 50
    assert attempts.wait_seconds("another") == 0
    clock.advance(seconds=49.5)
    assert attempts.wait_seconds("one") == 1
    clock.advance(seconds=0.5)
    assert attempts.wait_seconds("one") == 0


@requirement("C11")
def test_a_crowd_of_attempts_is_forgotten_oldest_first() -> None:
    attempts = WrongAttempts(limit=1, now_ms=Clock())

    for number in range(10_001):
        attempts.count(number)

    assert attempts.wait_seconds(0) == 0
    assert attempts.wait_seconds(1) > 0
    assert attempts.wait_seconds(10_000) > 0
