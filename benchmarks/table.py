"""The table: what was measured, on which machine, and whether it is what was asked for."""

import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

_HEADINGS = ("what", "measured", "compared with", "ratio", "target", "")
_PACKAGES = ("mcp", "starlette", "uvicorn", "textual")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure."""

    what: str
    measured: str
    against: str = ""
    """What it is compared with, measured in the same run."""
    ratio: str = ""
    target: str = ""
    is_reached: bool | None = None
    """None where there is no target."""

    @property
    def verdict(self) -> str:
        if self.is_reached is None:
            return ""
        return "reached" if self.is_reached else "not reached"

    @property
    def cells(self) -> tuple[str, ...]:
        return self.what, self.measured, self.against, self.ratio, self.target, self.verdict


def at_least(what: str, measured: str, against: str, ratio: float, least: float) -> Row:
    """A row whose ratio may not be smaller."""
    return Row(what, measured, against, f"{ratio:.2f}", f"at least {least}", ratio >= least)


def at_most(what: str, measured: str, value: float, most: float, unit: str) -> Row:
    """A row whose value may not be larger."""
    return Row(what, measured, target=f"at most {most:g} {unit}", is_reached=value <= most)


def rendered(rows: Sequence[Row]) -> str:
    """The table in Markdown."""
    table = [_HEADINGS, *(row.cells for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [_line(cells, widths) for cells in table]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |"


def document(rows: Sequence[Row], *, is_quick: bool, load: float) -> str:
    """What is written to RESULTS.md. ``load`` is what the machine did before, its load average."""
    run = "a quick run" if is_quick else "a full run"
    return (
        "# Figures\n\n"
        f"`make bench`, {run} on {datetime.now(UTC):%Y-%m-%d}: {_machine()}; {_versions()}.\n"
        f"Other work shared the machine (load average {load:.1f} before the run), so ratios tell\n"
        "more than figures: each is the median of rounds that alternate with what it is compared\n"
        "with. Two times are the median and the 99th percentile. 8 sessions, each waiting for its\n"
        "answer before it calls again. Orders and bans are on disk before they are answered.\n\n"
        f"{rendered(rows)}"
    )


def _machine() -> str:
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = os.cpu_count()
    return f"{_processor()}, {cores} cores, {memory_gb:.0f} GB, {platform.system()}"


def _processor() -> str:
    try:
        described = Path("/proc/cpuinfo").read_text()
    except FileNotFoundError:
        return platform.processor() or platform.machine()
    names = [line for line in described.splitlines() if line.startswith("model name")]
    return names[0].partition(": ")[2] if names else platform.machine()


def _versions() -> str:
    python = ".".join(map(str, sys.version_info[:3]))
    return f"Python {python}, " + ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
