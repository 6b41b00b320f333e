"""What the conformance suite is to find, as expected.toml has it."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from tests.conformance.suite import Check


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the suite."""

    program: str
    server: Literal["fixtures", "shop"]
    arguments: Sequence[str]
    scenarios: int
    """How many it holds; a suite that asks less is no better for it."""
    passed: int
    """How many checks pass."""
    only: frozenset[str] = frozenset()
    """The scenarios that count, where the others ask for what is not there."""
    cannot_apply: Mapping[str, str] = field(default_factory=dict[str, str])
    """Why a check does not pass, by a pattern of ``scenario/check``."""

    def counted(self, checks: Sequence[Check]) -> list[Check]:
        return [check for check in checks if not self.only or check.scenario in self.only]

    def unexplained(self, checks: Sequence[Check]) -> list[Check]:
        """What did not pass without a reason. A warning is no pass, and a skip is none."""
        return [
            check
            for check in checks
            if not check.is_passed
            and not any(fnmatchcase(check.name, pattern) for pattern in self.cannot_apply)
        ]

    def outdated(self, checks: Sequence[Check]) -> list[str]:
        """The reasons that are no longer needed."""
        open_ones = [check.name for check in checks if not check.is_passed]
        return [
            pattern
            for pattern in self.cannot_apply
            if not any(fnmatchcase(name, pattern) for name in open_ones)
        ]


RUNS = TypeAdapter(dict[str, Run]).validate_python(
    tomllib.loads(Path(__file__).with_name("expected.toml").read_text(encoding="utf-8"))
)
