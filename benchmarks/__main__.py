"""``python -m benchmarks``: measure, print the table, and keep it for the README."""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import Protocol

from benchmarks import audience, keys, listing, memory, startup, throughput
from benchmarks.table import Row, document, rendered

RESULTS = Path(__file__).with_name("RESULTS.md")


class _Part(Protocol):
    def __call__(self, folder: Path, *, is_quick: bool) -> Awaitable[list[Row]]: ...


PARTS: dict[str, _Part] = {
    "startup": startup.measure,
    "memory": memory.measure,
    "throughput": throughput.measure,
    "orders": listing.measure,
    "keys": keys.measure,
    "sessions": audience.measure,
}


def main() -> int:
    """Run the parts that were asked for; the file is written when that was all of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; else all")
    parser.add_argument("--quick", action="store_true", help="a minute or two, coarser figures")
    arguments = parser.parse_args()
    parts: list[str] = arguments.parts or list(PARTS)
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    load, _, _ = os.getloadavg()
    rows = asyncio.run(_measure(parts, is_quick=arguments.quick))
    sys.stdout.write(rendered(rows))
    if set(parts) == set(PARTS):
        RESULTS.write_text(document(rows, is_quick=arguments.quick, load=load), encoding="utf-8")
    return 0


async def _measure(parts: Sequence[str], *, is_quick: bool) -> list[Row]:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="mcp-shop-bench-") as folder:
        for part in parts:
            began = time.perf_counter()
            rows += await PARTS[part](Path(folder), is_quick=is_quick)
            sys.stderr.write(f"{part}: {time.perf_counter() - began:.0f} s\n")
    return rows


if __name__ == "__main__":
    sys.exit(main())
