"""What an attack is: a function that names its row, and returns what it saw if the row held."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from tests.attacks.site import Site

T = TypeVar("T")


class NotHeld(Exception):
    """The server did what the row forbids. The message is what came back."""


class Skipped(Exception):
    """The attack cannot be made on this server. The message says why."""


class Turn(Enum):
    """When an attack is made."""

    SLOW = 0
    """Beside all others, as it takes longest."""
    TOGETHER = 1
    """Many at once, as real attackers come."""
    FLOOD = 2
    """One after the other, when the former are done: they use up what one address may do."""
    AFTERWARDS = 3
    """Looks at what the others left behind."""


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack on one row."""

    row: str
    name: str
    make: Callable[[Site], str]
    turn: Turn

    @property
    def order(self) -> tuple[int, int]:
        return _GROUPS.index(self.row[0]), int(self.row[1:])


_GROUPS = "ACDTN"
ATTACKS: list[Attack] = []


def attack(
    row: str, turn: Turn = Turn.TOGETHER
) -> Callable[[Callable[[Site], str]], Callable[[Site], str]]:
    """Register a function as the attack on a row of the requirements."""

    def register(make: Callable[[Site], str]) -> Callable[[Site], str]:
        ATTACKS.append(Attack(row, make.__name__.replace("_", " "), make, turn))
        return make

    return register


def hold(is_held: bool, seen: object) -> None:
    """Go on only if the server did what it must.

    Raises:
        NotHeld: It did not.
    """
    if not is_held:
        raise NotHeld(str(seen))


class Verdict(Enum):
    """How an attack ended."""

    HELD = "held"
    NOT_HELD = "NOT HELD"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One line of the table."""

    attack: Attack
    verdict: Verdict
    seen: str
    """What came back, or why it was skipped."""
    seconds: float


def run(site: Site, attacks: Sequence[Attack]) -> list[Outcome]:
    """Make the attacks, turn by turn. The outcomes in the order of the rows."""

    def made(each: Attack) -> Outcome:
        return _made(site, each)

    turns = {turn: [each for each in attacks if each.turn is turn] for turn in Turn}
    with ThreadPoolExecutor(len(turns[Turn.SLOW]) or 1) as slow, ThreadPoolExecutor(12) as many:
        slowly = slow.map(made, turns[Turn.SLOW])
        outcomes = list(many.map(made, turns[Turn.TOGETHER]))
        outcomes += map(made, turns[Turn.FLOOD])
        outcomes += [*slowly, *map(made, turns[Turn.AFTERWARDS])]
    return sorted(outcomes, key=lambda outcome: outcome.attack.order)


def at_once(count: int, ask: Callable[[], T]) -> list[T]:
    """What so many attackers get who ask at the same moment."""
    with ThreadPoolExecutor(count) as attackers:
        asked = [attackers.submit(ask) for _ in range(count)]
        return [each.result() for each in asked]


def _made(site: Site, each: Attack) -> Outcome:
    began = time.monotonic()
    try:
        verdict, seen = Verdict.HELD, each.make(site)
    except NotHeld as error:
        verdict, seen = Verdict.NOT_HELD, str(error)
    except Skipped as error:
        verdict, seen = Verdict.SKIPPED, str(error)
    except Exception as error:  # noqa: BLE001 - an attack that breaks is no proof of anything
        verdict, seen = Verdict.NOT_HELD, f"{type(error).__name__}: {error}"
    return Outcome(each, verdict, seen, time.monotonic() - began)
