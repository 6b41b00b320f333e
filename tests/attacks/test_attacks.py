"""Every attack on a fresh server of our own: what an outsider finds."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.attacks.attack import Attack, Outcome, Verdict, run
from tests.attacks.catalogue import CATALOGUE
from tests.attacks.not_yet import NOT_YET
from tests.attacks.own_server import EVERYTHING_ON, LOG, own_server

Outcomes = Mapping[Attack, Outcome]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("attacks")


@pytest.fixture(scope="module")
def outcomes(folder: Path) -> Outcomes:
    """All attacks are made at once: each waits, as people do, and the server for the slow ones."""
    with own_server(folder, *EVERYTHING_ON) as site:
        made = run(site, CATALOGUE)
    return {outcome.attack: outcome for outcome in made}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("attack", CATALOGUE, ids=lambda attack: f"{attack.row} {attack.name}")
def test_the_row_holds(attack: Attack, outcomes: Outcomes) -> None:
    outcome = outcomes[attack]

    if outcome.verdict is Verdict.SKIPPED:
        pytest.skip(outcome.seen)
    expected = Verdict.NOT_HELD if attack.name in NOT_YET else Verdict.HELD
    assert outcome.verdict is expected, outcome.seen


def test_every_attack_that_does_not_hold_yet_exists() -> None:
    assert NOT_YET.keys() <= {attack.name for attack in CATALOGUE}


def test_the_attacks_leave_no_fault_in_the_log(folder: Path, outcomes: Outcomes) -> None:
    log = (folder / LOG).read_text(encoding="utf-8")

    assert outcomes
    assert "Traceback" not in log
    assert '"level": "error"' not in log
