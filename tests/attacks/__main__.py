"""``python -m tests.attacks [URL]``: attack a running server, and print what came of it."""

import argparse
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.attacks.attack import Verdict, run
from tests.attacks.catalogue import CATALOGUE
from tests.attacks.fuzz import NO_LIMITS, fuzz
from tests.attacks.own_server import EVERYTHING_ON, own_server
from tests.attacks.report import rendered
from tests.attacks.site import Site

_MOST_SHOWN = 20


def main() -> int:
    """Returns 1 if a row did not hold, or a request made a fault."""
    options = _parser().parse_args()
    if options.fuzz:
        with _site(options, *NO_LIMITS) as site:
            findings = fuzz(site, options.fuzz)
        sys.stdout.write("\n\n".join([*findings.faults[:_MOST_SHOWN], f"{findings}\n"]))
        return int(bool(findings.faults))
    rows: list[str] = options.row
    with _site(options) as site:
        outcomes = run(site, [each for each in CATALOGUE if not rows or each.row in rows])
    sys.stdout.write(rendered(outcomes))
    return int(any(outcome.verdict is Verdict.NOT_HELD for outcome in outcomes))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.attacks", description=__doc__)
    parser.add_argument("url", nargs="?", default="", help="as http://localhost:7777/mcp; else own")
    parser.add_argument("--stage-code", default="", help="the six digits on the presenter's screen")
    parser.add_argument("--flood", action="store_true", help="use up the limits of this address")
    parser.add_argument("--patient", action="store_true", help="wait for what takes a minute")
    parser.add_argument("--row", action="append", default=[], help="this row only, as A7")
    parser.add_argument(
        "--fuzz", type=int, metavar="REQUESTS", help="send so many generated requests instead"
    )
    return parser


@contextmanager
def _site(options: argparse.Namespace, *flags: str) -> Generator[Site]:
    if options.url:
        yield Site(options.url, options.stage_code, options.flood, options.patient)
        return
    with (
        tempfile.TemporaryDirectory(prefix="mcp-shop-attacks-") as folder,
        own_server(Path(folder), *EVERYTHING_ON, *flags) as site,
    ):
        site.is_patient = options.patient
        yield site


if __name__ == "__main__":
    sys.exit(main())
