"""What the SDK logs of sessions: no id that would let anybody take one over, and no false alarm."""

import logging
import re

from anyio import BrokenResourceError, ClosedResourceError

from mcp_shop_console.mcp_server.sessions import shown_id

_LOGGERS = ("mcp.server.streamable_http", "mcp.server.streamable_http_manager")
_MCP_SESSION_ID = re.compile(r"[0-9a-f]{32}")


class _SessionFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, BrokenResourceError | ClosedResourceError):
            # A session was deleted while a request of it was under way, which is answered 404.
            return False
        said = record.getMessage()
        hidden = _MCP_SESSION_ID.sub(lambda found: shown_id(found[0]), said)
        vars(record).update(msg=hidden, args=())
        return True


def filter_sdk_log() -> None:
    """Let the SDK log ids as they are shown, and no session's end as a fault."""
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(known, _SessionFilter) for known in logger.filters):
            logger.addFilter(_SessionFilter())
