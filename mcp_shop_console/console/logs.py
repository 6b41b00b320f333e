"""Log lines: one structured line each, without secrets, never on the control room's screen.

May import the standard library only.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

_SECRET = re.compile(r"(?=[A-Za-z0-9_+/=-]*\d)(?=[A-Za-z0-9_+/=-]*[A-Za-z])[A-Za-z0-9_+/=-]{24,}")
_QUIET = ("mcp", "uvicorn", "asyncio", "markdown_it", "sse_starlette")


class LineFormatter(logging.Formatter):
    """JSON lines. Whatever looks like a token, code, cookie or session id is blotted out."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
        }
        facts = getattr(record, "facts", None)
        if isinstance(facts, dict):
            line |= facts
        if record.exc_info:
            line["traceback"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=True)


def without_secrets(text: str) -> str:
    """``text`` without long runs of letters and digits, which is what every secret here is."""
    return _SECRET.sub("…", text)


def log_to(stream: TextIO) -> None:
    """Send every log line of this process to ``stream``, and nothing anywhere else.

    To be called before a library configures logging on its own.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LineFormatter())
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


def open_log(path: Path) -> TextIO:
    """The log file, private to this user. Where none can be kept, lines go nowhere."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        return path.open("a", encoding="utf-8", buffering=1)
    except OSError as error:
        sys.stderr.write(f"Log lines are not kept: {path} cannot be written ({error.strerror}).\n")
        return Path("/dev/null").open("a", encoding="utf-8")
