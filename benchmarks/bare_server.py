"""The bare MCP SDK server: one trivial tool behind a bearer check in memory, JSON answers.

What every figure is compared with: the least that a server of this SDK can do.
"""

import sys

import uvicorn
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer
from pydantic import AnyHttpUrl

TOKEN = "bare"
TOOL = "hello"


class _Tokens:
    async def verify_token(self, token: str) -> AccessToken | None:
        if token != TOKEN:
            return None
        return AccessToken(token=token, client_id="bench", scopes=[], subject="ada")


def _hello() -> str:
    return "hello"


def main(port: int) -> None:
    """Serve until a signal."""
    url = AnyHttpUrl(f"http://127.0.0.1:{port}/mcp")
    auth = AuthSettings(issuer_url=url, resource_server_url=url, validate_token_resource=False)
    server = MCPServer("bare", token_verifier=_Tokens(), auth=auth, log_level="WARNING")
    server.tool(name=TOOL)(_hello)
    uvicorn.run(
        server.streamable_http_app(json_response=True),
        port=port,
        loop="asyncio",
        http="httptools",
        ws="none",
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
