"""Client id metadata documents: agents whose client id is the address of their description.

MCP authorization (2025-11-25), client id metadata documents. May import anyio, httpx2, starlette,
model and store. Whoever asks makes this server fetch an address of their choice: so what may be
asked, where it may lead, how long and how much is all decided here.
"""

from mcp_shop_console.authorization_server.client_documents.documents import ClientDocuments
from mcp_shop_console.authorization_server.client_documents.fetching import INTERNET, Internet

__all__ = ["INTERNET", "ClientDocuments", "Internet"]
