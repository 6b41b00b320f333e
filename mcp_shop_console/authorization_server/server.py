"""The authorization server: its endpoints put together, and the check of its tokens.

May import starlette, model and store.
"""

from collections.abc import Callable

from starlette.routing import Route

from mcp_shop_console.authorization_server.authorize import AuthorizationEndpoint
from mcp_shop_console.authorization_server.client_authentication import ClientAuthentication
from mcp_shop_console.authorization_server.client_configuration import ConfigurationEndpoint
from mcp_shop_console.authorization_server.client_documents import (
    INTERNET,
    ClientDocuments,
    Internet,
)
from mcp_shop_console.authorization_server.consent import ConsentEndpoints
from mcp_shop_console.authorization_server.credentials import hash_of
from mcp_shop_console.authorization_server.endpoints import behind, for_humans, for_programs
from mcp_shop_console.authorization_server.identity_provider import Connect, IdentityProvider
from mcp_shop_console.authorization_server.landing import LandingEndpoint
from mcp_shop_console.authorization_server.limits import Door, Rate
from mcp_shop_console.authorization_server.metadata import MetadataEndpoints
from mcp_shop_console.authorization_server.permissions import remove_old_admins
from mcp_shop_console.authorization_server.policy import Policy
from mcp_shop_console.authorization_server.provider_sign_in import (
    CALLBACK_PATH,
    ProviderSignInEndpoints,
)
from mcp_shop_console.authorization_server.registration import RegistrationEndpoint
from mcp_shop_console.authorization_server.revocation import RevocationEndpoint
from mcp_shop_console.authorization_server.sign_in import SignInEndpoints
from mcp_shop_console.authorization_server.token import TokenEndpoint
from mcp_shop_console.model.deputies import Deputy
from mcp_shop_console.model.origins import RESOURCE_PATH, resource_of
from mcp_shop_console.model.rate_limit import RateLimit
from mcp_shop_console.store.database import Database
from mcp_shop_console.store.transaction import Transaction

_WELL_KNOWN = "/.well-known"


class AuthorizationServer:
    """Lets humans deputize agents, and says for whom a token speaks (OAuth 2.1)."""

    def __init__(
        self,
        database: Database,
        policy: Policy,
        now_ms: Callable[[], int],
        connect: Connect | None = None,
        internet: Internet = INTERNET,
    ) -> None:
        """Put the server together.

        Args:
            database: Where everything is kept.
            policy: What it is told from outside.
            now_ms: The time, in milliseconds UTC.
            connect: The way to the OpenID provider; None for the internet.
            internet: The way to the documents that describe clients.
        """
        self._database = database
        self._policy = policy
        self._now_ms = now_ms
        registrations = Rate(policy.limits.registrations, policy.limits.registrations)
        self._registrations = Door("registration_rate", registrations, now_ms)
        self._documents = ClientDocuments(database, policy, self._registrations, internet)
        self._resources = frozenset(resource_of(origin) for origin in policy.origins.all)
        self._forms = Door("form_rate", policy.limits.forms, now_ms)
        self._sign_in = _sign_in_routes(database, policy, now_ms, connect, self._forms)

    async def begin(self) -> None:
        """Before anybody is served: end what an earlier start allowed and this one does not.

        Raises:
            StoreUnavailable: It could not be ended.
        """
        await self._database.write(lambda tx: remove_old_admins(tx, self._policy))

    def routes(self) -> list[Route]:
        """Every route of the authorization server, and the landing page at ``/``."""
        return [*self._routes_for_programs(), *self._routes_for_humans()]

    async def verify(self, bearer_token: str) -> Deputy | None:
        """For whom ``bearer_token`` speaks; None if it is unknown, expired, revoked or foreign.

        Raises:
            StoreUnavailable: Nobody can tell now.
        """

        def deputy(tx: Transaction) -> Deputy | None:
            token = tx.tokens.access(hash_of(bearer_token))
            if token is None or tx.now_ms >= token.expires_at_ms:
                return None
            if token.resource not in self._resources:
                return None
            return tx.grants.deputy(token.grant_id)

        return await self._database.read(deputy)

    def _routes_for_programs(self) -> list[Route]:
        metadata = MetadataEndpoints(self._policy)
        authorization_server = for_programs(metadata.authorization_server)
        protected_resource = for_programs(metadata.protected_resource)
        given = self._database, self._policy
        register = for_programs(RegistrationEndpoint(*given, self._registrations).handle)
        configuration = ConfigurationEndpoint(*given, self._registrations)
        tokens_door = Door("token_rate", self._policy.limits.token_requests, self._now_ms)
        authentication = ClientAuthentication(*given, tokens_door)
        token = for_programs(TokenEndpoint(*given, authentication).handle)
        revoke = for_programs(RevocationEndpoint(*given, authentication).handle)
        # Clients ask with and without the path of the resource: both are answered alike.
        return [
            *(
                Route(f"{_WELL_KNOWN}/{name}{suffix}", endpoint, methods=["GET"])
                for name, endpoint in (
                    ("oauth-authorization-server", authorization_server),
                    ("oauth-protected-resource", protected_resource),
                )
                for suffix in ("", RESOURCE_PATH)
            ),
            Route("/register", register, methods=["POST"]),
            *(
                Route("/register/{client_id}", for_programs(handle), methods=[method])
                for method, handle in (
                    ("GET", configuration.read),
                    ("PUT", configuration.update),
                    ("DELETE", configuration.remove),
                )
            ),
            Route("/token", token, methods=["POST"]),
            Route("/revoke", revoke, methods=["POST"]),
        ]

    def _routes_for_humans(self) -> list[Route]:
        consent = ConsentEndpoints(self._database, self._policy)
        authorize = AuthorizationEndpoint(self._database, self._policy, self._documents)
        origins, limits = self._policy.origins, self._policy.limits
        landing = LandingEndpoint(origins)
        asking = Door("authorization_rate", limits.authorizations, self._now_ms)
        ask = behind(asking, authorize.handle, origins)
        decide = behind(self._forms, consent.decide, origins)
        return [
            Route("/", for_humans(landing.handle), methods=["GET"]),
            Route("/authorize", for_humans(ask), methods=["GET"]),
            *self._sign_in,
            Route("/consent", for_humans(consent.show), methods=["GET"]),
            Route("/consent", for_humans(decide), methods=["POST"]),
        ]


def _sign_in_routes(
    database: Database,
    policy: Policy,
    now_ms: Callable[[], int],
    connect: Connect | None,
    forms: Door,
) -> list[Route]:
    """Sign-in at the provider if there is one, else at our own page: never both."""
    if policy.provider is not None:
        provider = IdentityProvider(policy.provider, connect, policy.provider_seconds)
        away = ProviderSignInEndpoints(database, policy, provider)
        return [
            Route(
                "/sign-in", for_humans(behind(forms, away.leave, policy.origins)), methods=["GET"]
            ),
            Route(
                CALLBACK_PATH,
                for_humans(behind(forms, away.come_back, policy.origins)),
                methods=["GET"],
            ),
        ]
    here = SignInEndpoints(
        database,
        policy,
        by_browser=RateLimit(policy.wrong_codes_per_browser, now_ms),
        by_address=RateLimit(policy.wrong_codes_per_address, now_ms),
    )
    return [
        Route("/sign-in", for_humans(here.show), methods=["GET"]),
        Route(
            "/sign-in", for_humans(behind(forms, here.sign_in, policy.origins)), methods=["POST"]
        ),
    ]
