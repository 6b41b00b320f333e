"""``python -m tests.attacks URL``: attack a running server, and print what came of it."""

import argparse
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.attacks.attack import Verdict, run
from tests.attacks.catalogue import CATALOGUE
from tests.attacks.own_server import own_server
from tests.attacks.report import rendered
from tests.attacks.site import Site


def main() -> int:
    """Returns 1 if a row did not hold."""
    options = _parser().parse_args()
    rows: list[str] = options.row
    attacks = [each for each in CATALOGUE if not rows or each.row in rows]
    with _site(options) as site:
        outcomes = run(site, attacks)
    sys.stdout.write(rendered(outcomes))
    return int(any(outcome.verdict is Verdict.NOT_HELD for outcome in outcomes))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.attacks", description=__doc__)
    parser.add_argument("url", nargs="?", default="", help="as http://localhost:7777/mcp; else own")
    parser.add_argument("--stage-code", default="", help="the six digits on the presenter's screen")
    parser.add_argument("--flood", action="store_true", help="use up the limits of this address")
    parser.add_argument("--patient", action="store_true", help="wait for what takes a minute")
    parser.add_argument("--row", action="append", default=[], help="this row only, as A7")
    return parser


@contextmanager
def _site(options: argparse.Namespace) -> Generator[Site]:
    if options.url:
        yield Site(options.url, options.stage_code, options.flood, options.patient)
        return
    with (
        tempfile.TemporaryDirectory(prefix="mcp-shop-attacks-") as folder,
        own_server(Path(folder)) as site,
    ):
        site.is_patient = options.patient
        yield site


if __name__ == "__main__":
    sys.exit(main())
