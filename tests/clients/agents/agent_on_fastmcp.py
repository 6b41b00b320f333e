"""An agent on FastMCP's client, which opens the browser and listens for the callback itself."""

import sys
import webbrowser

from commands import Agent, run, say
from fastmcp import Client
from fastmcp.client.auth import OAuth

URL, ERA = sys.argv[1:]
OAUTH = OAuth(URL)

webbrowser.open = lambda link: say(authorize=link, listens=True)
run(Agent(lambda: Client(URL, auth=OAUTH, mode=ERA), OAUTH, raise_on_error=False))
