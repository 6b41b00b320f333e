"""A server of our own to attack, with its database and its log in a folder."""

import json
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.attacks.site import Site
from tests.attacks.wire import as_object
from tests.console.program import COMMAND, environment

LOG = "server.log"
EVERYTHING_ON = ("--client-id-metadata-documents",)
"""What is off unless asked for: more to attack."""
_PATIENCE_SECONDS = 20
_POLL_SECONDS = 0.05


@contextmanager
def own_server(folder: Path, *flags: str) -> Generator[Site]:
    """``serve`` on a free port, with a fresh database; stopped at the end."""
    log = folder / LOG
    command = [*COMMAND, "serve", "--port", "0", "--database", str(folder / "shop.sqlite3"), *flags]
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command,
            env=environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            welcome = _first_line(log)
            origin = str(welcome["message"]).removeprefix("Listening on ").removesuffix("/mcp")
            yield Site(
                f"{origin}/mcp",
                stage_code=str(welcome["stage_code"]),
                may_flood=True,
                folder=folder,
            )
        finally:
            process.terminate()
            process.wait(_PATIENCE_SECONDS)


def _first_line(log: Path) -> dict[str, object]:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        line, end, _ = log.read_text(encoding="utf-8").partition("\n")
        if end and not line.startswith("{"):
            raise ValueError(line)
        if end:
            return as_object(json.loads(line))
        time.sleep(_POLL_SECONDS)
    raise TimeoutError(f"the server does not start: {log.read_text(encoding='utf-8')[:1000]}")
