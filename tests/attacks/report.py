"""The table of a run."""

from collections.abc import Sequence

from tests.attacks.attack import Outcome, Verdict

_WIDEST = 100


def rendered(outcomes: Sequence[Outcome]) -> str:
    """One line an attack, and the count of each verdict."""
    name_width = max(len(outcome.attack.name) for outcome in outcomes)
    lines = [
        f"{outcome.attack.row:<4} {outcome.attack.name:<{name_width}}  "
        f"{outcome.verdict.value:<8}  {_shown(outcome.seen)}"
        for outcome in outcomes
    ]
    return "\n".join([*lines, "", counted(outcomes)]) + "\n"


def counted(outcomes: Sequence[Outcome]) -> str:
    verdicts = [outcome.verdict for outcome in outcomes]
    return ", ".join(f"{verdicts.count(each)} {each.value}" for each in Verdict)


def _shown(seen: str) -> str:
    # What a server sent may hold escape sequences, and this is printed to a terminal.
    line = "".join(char if char.isprintable() else "·" for char in seen)
    return line if len(line) <= _WIDEST else f"{line[:_WIDEST]}…"
