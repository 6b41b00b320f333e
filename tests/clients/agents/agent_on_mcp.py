"""An agent on the Python SDK, 1.x or 2.x; which one depends on the environment that runs it."""

import sys
from contextlib import asynccontextmanager
from importlib.metadata import version
from urllib.parse import parse_qs, urlsplit

from commands import Agent, read, run, say
from mcp.client.auth import OAuthClientProvider
from mcp.shared.auth import OAuthClientMetadata

URL, ERA = sys.argv[1:]
IS_FIRST_MAJOR = version("mcp").startswith("1.")

if IS_FIRST_MAJOR:
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client
else:
    import httpx2
    from mcp.client.auth import AuthorizationCodeResult
    from mcp.client.client import Client
    from mcp.client.streamable_http import streamable_http_client


class Kept:
    """Tokens and registration, for as long as this process lives."""

    tokens = None
    client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client_info):
        self.client = client_info


async def redirect(link):
    say(authorize=link)


async def callback():
    query = parse_qs(urlsplit((await read())["callback"]).query)
    code, state = query["code"][0], query["state"][0]
    if IS_FIRST_MAJOR:
        return code, state
    return AuthorizationCodeResult(code=code, state=state, iss=query["iss"][0])


METADATA = OAuthClientMetadata(
    client_name="Python agent", redirect_uris=["http://localhost:5000/callback"]
)
OAUTH = OAuthClientProvider(URL, METADATA, Kept(), redirect, callback)


@asynccontextmanager
async def connected_by_first_major():
    async with (
        streamablehttp_client(URL, auth=OAUTH) as (reading, writing, _),
        ClientSession(reading, writing) as session,
    ):
        await session.initialize()
        yield session


@asynccontextmanager
async def connected_by_second_major():
    async with httpx2.AsyncClient(auth=OAUTH, timeout=60) as http:
        transport = streamable_http_client(URL, http_client=http)
        async with Client(transport, mode=ERA) as client:
            yield client


run(Agent(connected_by_first_major if IS_FIRST_MAJOR else connected_by_second_major, OAUTH))
