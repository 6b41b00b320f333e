"""The official conformance suite as a program: what it is asked, and what it found."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.clients.installed import NODE, PACKAGES

_RESULT = re.compile(r"(?:authorization-server|server)-(.+?)-\d{4}-\d{2}-\d{2}T.+")
_NOTE = "INFO"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that the suite looked at."""

    name: str
    """As ``scenario/check``."""
    status: str
    said: str

    @property
    def scenario(self) -> str:
        return self.name.partition("/")[0]

    @property
    def is_passed(self) -> bool:
        return self.status == "SUCCESS"


def command(program: str, *arguments: str | Path, home: Path) -> list[str | Path]:
    """The suite as one of the installed packages, which writes its results into ``home``."""
    return [NODE, PACKAGES / program / "dist" / "index.js", *arguments, "-o", _results_in(home)]


def found(home: Path) -> list[Check]:
    """Everything that a run which has ended had checked."""
    return [
        check
        for results in sorted(_results_in(home).glob("*/checks.json"))
        for check in _checks_of(results)
    ]


def table(checks: Sequence[Check]) -> str:
    """The checks for a person to read."""
    return "\n".join(f"{check.status:8} {check.name}: {check.said}" for check in checks)


def _results_in(home: Path) -> Path:
    return home / "results"


def _checks_of(results: Path) -> list[Check]:
    named = _RESULT.fullmatch(results.parent.name)
    assert named, results
    entries: list[dict[str, object]] = json.loads(results.read_text(encoding="utf-8"))
    return [
        Check(f"{named[1]}/{entry['id']}", str(entry["status"]), str(entry.get("errorMessage", "")))
        for entry in entries
        if entry["status"] != _NOTE
    ]
