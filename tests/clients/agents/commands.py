"""What the agents in Python are told to do, and answer: JSON, line by line."""

import json
import logging
import sys
import time
from contextlib import AsyncExitStack

import anyio
import anyio.to_thread


async def read():
    line = await anyio.to_thread.run_sync(sys.stdin.readline)
    return json.loads(line) if line else {"do": "end"}


def say(**message):
    print(json.dumps(message), flush=True)  # noqa: T201 - the test reads it


class _Stream(logging.Handler):
    """Knows when the SDK has opened the stream that a client of the handshake era keeps.

    It opens beside the first calls. Until then it may still carry an older token than they do.
    """

    def __init__(self):
        super().__init__()
        self.is_open = anyio.Event()
        logger = logging.getLogger("mcp.client.streamable_http")
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
        logger.addHandler(self)

    def emit(self, record):
        if record.getMessage() == "GET SSE connection established":
            self.is_open.set()


class Agent:
    """Holds one connection, and does with it what the test says."""

    def __init__(self, connected, oauth, **call_options):
        self.connected = connected
        self.oauth = oauth
        self.call_options = call_options
        self.stack = AsyncExitStack()
        self.client = None

    async def connect(self):
        stream = _Stream()
        self.client = await self.stack.enter_async_context(self.connected())
        if sys.argv[2] == "legacy":
            with anyio.fail_after(10):
                await stream.is_open.wait()

    async def tools(self):
        listed = await self.client.list_tools()
        return [tool.name for tool in getattr(listed, "tools", listed)]

    async def call(self, tool, arguments):
        result = await self.client.call_tool(tool, arguments, **self.call_options)
        return result.content[0].text

    async def age(self):
        """Let the access token be over, by the client's clock: it asks no server."""
        self.oauth.context.token_expiry_time = time.time() - 1  # noqa: TID251

    async def close(self):
        await self.stack.aclose()


async def _obey(agent):
    while (command := await read())["do"] != "end":
        name = command.pop("do")
        try:
            say(value=await getattr(agent, name)(**command))
        except Exception as error:  # noqa: BLE001 - the test judges it
            say(error=repr(error))


def run(agent):
    anyio.run(_obey, agent)
