from pathlib import Path

import pytest

from tests.attacks.fuzz import NO_LIMITS, fuzz
from tests.attacks.own_server import EVERYTHING_ON, own_server

REQUESTS = 1500


@pytest.mark.timeout(60)
def test_no_request_makes_a_fault_a_delay_or_a_leak(tmp_path: Path) -> None:
    with own_server(tmp_path, *EVERYTHING_ON, *NO_LIMITS) as site:
        findings = fuzz(site, REQUESTS)

    assert findings.faults == []
    assert findings.requests >= REQUESTS
