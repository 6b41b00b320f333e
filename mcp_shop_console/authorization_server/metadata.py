"""Metadata of both servers: what a client reads first (RFC 8414, RFC 9728).

May import mcp, starlette and model.
"""

from mcp.shared.auth import OAuthMetadata, ProtectedResourceMetadata
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mcp_shop_console.authorization_server.endpoints import NO_STORE, origin_of
from mcp_shop_console.authorization_server.policy import Policy
from mcp_shop_console.authorization_server.scopes import OFFLINE_ACCESS, RESOURCE_SCOPES
from mcp_shop_console.model.origins import resource_of
from mcp_shop_console.store.clients import AuthMethod

GRANT_TYPES = ("authorization_code", "refresh_token")
RESPONSE_TYPES = ("code",)


class MetadataEndpoints:
    """Answers under the name by which it was asked: clients compare these texts exactly."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    async def authorization_server(self, request: Request) -> Response:
        """RFC 8414 section 3.2."""
        origin = origin_of(request, self._policy.origins)
        return _json(
            authorization_server_metadata(
                origin, reads_documents=self._policy.client_id_metadata_documents
            )
        )

    async def protected_resource(self, request: Request) -> Response:
        """RFC 9728 section 3.2."""
        return _json(protected_resource_metadata(origin_of(request, self._policy.origins)))


def authorization_server_metadata(origin: str, *, reads_documents: bool) -> OAuthMetadata:
    """What this authorization server can do, as the issuer ``origin``."""
    documents = {"client_id_metadata_document_supported": True} if reads_documents else {}
    # Validated from texts, so that no URL gains a slash: clients compare them byte for byte.
    return OAuthMetadata.model_validate(
        {
            "issuer": origin,
            "authorization_endpoint": f"{origin}/authorize",
            "token_endpoint": f"{origin}/token",
            "registration_endpoint": f"{origin}/register",
            "revocation_endpoint": f"{origin}/revoke",
            "scopes_supported": [*RESOURCE_SCOPES, OFFLINE_ACCESS],
            "response_types_supported": RESPONSE_TYPES,
            "response_modes_supported": ["query"],
            "grant_types_supported": GRANT_TYPES,
            "token_endpoint_auth_methods_supported": list(AuthMethod),
            "revocation_endpoint_auth_methods_supported": list(AuthMethod),
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "service_documentation": f"{origin}/",
            **documents,
        }
    )


def protected_resource_metadata(origin: str) -> ProtectedResourceMetadata:
    """The MCP server at ``origin``, and who gives out its tokens."""
    return ProtectedResourceMetadata.model_validate(
        {
            "resource": resource_of(origin),
            "authorization_servers": [origin],
            "scopes_supported": RESOURCE_SCOPES,
            "bearer_methods_supported": ["header"],
            "resource_name": "mcp.shop",
            "resource_documentation": f"{origin}/",
        }
    )


def _json(metadata: BaseModel) -> Response:
    return JSONResponse(metadata.model_dump(mode="json", exclude_none=True), headers=NO_STORE)
