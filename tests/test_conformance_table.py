"""The README's tables of the conformance suite are what its runs are held to."""

from tests.clients.roster import node_pin
from tests.conformance.expected import RUNS
from tests.talk import ROOT


def _tables() -> list[str]:
    section = (ROOT / "README.md").read_text("utf-8").split("\n### Conformance\n", 1)[1]
    return [line for line in section.split("\n## ", 1)[0].splitlines() if line.startswith("|")]


def test_the_readme_tells_each_run_and_why_a_check_cannot_apply() -> None:
    runs = [
        f"| {name} | {node_pin(run.program)} | {run.scenarios} | {run.passed} |"
        for name, run in RUNS.items()
    ]
    reasons = [
        f"| {name} | `{checks}` | {reason} |"
        for name, run in RUNS.items()
        for checks, reason in run.cannot_apply.items()
    ]

    assert [row for row in _tables() if not row.startswith(("| run |", "|---"))] == runs + reasons
