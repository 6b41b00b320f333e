"""Asking the provider who somebody is, by its authorization code flow, through authlib.

OpenID Connect Core 1.0 section 3.1, with PKCE (RFC 7636) and the issuer in the answer (RFC 9207).

May import authlib, joserfc, httpx2 and anyio.
"""

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import anyio
import httpx2
from authlib.integrations.starlette_client import (  # pyright: ignore[reportMissingTypeStubs] - none
    OAuth,
    OAuthError,
)
from joserfc.errors import ClaimError, JoseError

from mcp_shop_console.authorization_server.identity_provider.account import ProviderAccount
from mcp_shop_console.authorization_server.identity_provider.discovery import (
    WELL_KNOWN,
    Discovery,
    read_discovery,
)
from mcp_shop_console.authorization_server.identity_provider.faults import Cause, ProviderFault
from mcp_shop_console.authorization_server.identity_provider.id_token import check_header
from mcp_shop_console.authorization_server.identity_provider.identity import (
    Identity,
    identity_of,
    lacks,
)
from mcp_shop_console.authorization_server.identity_provider.transport import (
    Connect,
    ProviderTransport,
)

_DISCOVERY_SECONDS = 300.0
"""How long a discovery document is good for: a hall signs in at once."""
_CLOCK_LEEWAY_SECONDS = 60
_UNSHAPED = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
"""What authlib and joserfc raise, beside their own errors, at JSON of another shape."""


@dataclass(frozen=True, slots=True)
class Question:
    """Where the person goes to sign in, and what the answer is held against."""

    address: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    """The PKCE verifier."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the person's browser brought back, and what was kept of the question."""

    code: str = field(repr=False)
    issuer: str
    """The provider that answers, by its own word; empty if it says nothing."""
    redirect_uri: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


class _Client(Protocol):
    """As much of authlib's client as is used here. It ships no types."""

    async def create_authorization_url(
        self, redirect_uri: str, **parameters: str
    ) -> Mapping[str, object]: ...

    async def fetch_access_token(
        self, redirect_uri: str, **parameters: str
    ) -> Mapping[str, object]: ...

    async def parse_id_token(
        self,
        token: Mapping[str, object],
        nonce: str,
        claims_options: Mapping[str, Mapping[str, object]],
        claims_cls: None,
        leeway: int,
    ) -> Mapping[str, object] | None: ...

    async def userinfo(self, *, token: Mapping[str, object]) -> Mapping[str, object]: ...


class IdentityProvider:
    """The provider, asked anew for each person. None of its tokens outlives the question."""

    def __init__(
        self,
        account: ProviderAccount,
        connect: Connect | None,
        timeout_seconds: float,
    ) -> None:
        self.account = account
        self._transport = ProviderTransport(connect or _dialling())
        self._timeout_seconds = timeout_seconds
        self._discovered: tuple[float, Discovery] | None = None

    async def question(
        self, redirect_uri: str, state: str, *, is_someone_else: bool = False
    ) -> Question:
        """Where a person goes who is to be back at ``redirect_uri`` with ``state``.

        Args:
            redirect_uri: Our callback, as it is registered at the provider.
            state: Hard to guess, and used once.
            is_someone_else: Whether the provider must ask, though it knows the browser.

        Raises:
            ProviderFault: The provider could not be asked how.
        """
        with self._guarded():
            client = self._client(await self._discovery())
            prompt = {"prompt": "login"} if is_someone_else else {}
            asked = await client.create_authorization_url(redirect_uri, state=state, **prompt)
            return Question(
                _text(asked, "url"), _text(asked, "nonce"), _text(asked, "code_verifier")
            )

    async def identify(self, answer: Answer) -> Identity:
        """Who the person is that came back with ``answer``.

        Raises:
            ProviderFault: Nobody who could be believed.
        """
        with self._guarded():
            discovery = await self._discovery()
            if answer.issuer != self.account.issuer and (answer.issuer or discovery.names_itself):
                raise ProviderFault(Cause.WRONG_ISSUER, "answer")
            claims = await self._claims(answer, discovery)
            return identity_of(claims, self.account)

    async def _claims(self, answer: Answer, discovery: Discovery) -> Mapping[str, object]:
        client = self._client(discovery)
        tokens = await client.fetch_access_token(
            answer.redirect_uri, code=answer.code, code_verifier=answer.verifier
        )
        check_header(tokens.get("id_token"))
        claims = await client.parse_id_token(
            tokens,
            answer.nonce,
            claims_options={
                "iss": {"essential": True, "value": self.account.issuer},
                "aud": {"essential": True, "value": self.account.client_id},
            },
            claims_cls=None,
            leeway=_CLOCK_LEEWAY_SECONDS,
        )
        if claims is None:
            raise ProviderFault(Cause.TOKEN_INVALID, "missing")
        if discovery.userinfo_endpoint and lacks(claims, self.account):
            more = await client.userinfo(token=tokens)
            # Core 1.0 section 5.3.2: else one person's claims could be put upon another.
            if more.get("sub") != claims.get("sub"):
                raise ProviderFault(Cause.TOKEN_INVALID, "userinfo sub")
            claims = {**more, **claims}
        return claims

    async def _discovery(self) -> Discovery:
        now = time.monotonic()
        if self._discovered is None or now - self._discovered[0] > _DISCOVERY_SECONDS:
            address = self.account.issuer.rstrip("/") + WELL_KNOWN
            async with httpx2.AsyncClient(transport=self._transport, timeout=None) as http:
                response = await http.get(address)
            if not response.is_success:
                raise ProviderFault(Cause.NONSENSE, f"status {response.status_code}")
            has_secret = bool(self.account.client_secret)
            discovery = read_discovery(response.content, self.account.issuer, has_secret=has_secret)
            self._discovered = now, discovery
        return self._discovered[1]

    def _client(self, discovery: Discovery) -> _Client:
        """A client for one question: its key set is fetched anew, so that new keys are known."""
        register: Callable[..., _Client] = OAuth().register  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - untyped
        return register(
            "provider",
            client_id=self.account.client_id,
            client_secret=self.account.client_secret or None,
            authorize_url=discovery.authorization_endpoint,
            access_token_url=discovery.token_endpoint,
            jwks_uri=discovery.jwks_uri,
            userinfo_endpoint=discovery.userinfo_endpoint,
            id_token_signing_alg_values_supported=list(discovery.algorithms),
            client_kwargs={
                "scope": "openid profile email",
                "code_challenge_method": "S256",
                "token_endpoint_auth_method": discovery.auth_method,
                "transport": self._transport,
                "timeout": None,
            },
        )

    @contextmanager
    def _guarded(self) -> Generator[None, None, None]:
        """Turn whatever goes wrong into a ProviderFault, and forget what was discovered."""
        try:
            with anyio.fail_after(self._timeout_seconds):
                yield
        except Exception as error:
            self._discovered = None
            fault = _fault_of(error)
            if fault is None:
                raise
            raise fault from error


def _fault_of(error: Exception) -> ProviderFault | None:
    """What an error of the conversation means; None if it is one of this program."""
    match error:
        case ProviderFault():
            return error
        case TimeoutError():
            return ProviderFault(Cause.SLOW)
        case ClaimError():
            return ProviderFault(Cause.TOKEN_INVALID, error.claim)
        case JoseError():
            return ProviderFault(Cause.TOKEN_INVALID, error.error)
        case OAuthError():
            return ProviderFault(Cause.REFUSED, str(error.error))
        case httpx2.HTTPError() | httpx2.InvalidURL():
            return ProviderFault(Cause.NONSENSE, type(error).__name__)
        case _ if isinstance(error, _UNSHAPED):
            return ProviderFault(Cause.NONSENSE, type(error).__name__)
        case _:
            return None


def _text(answer: Mapping[str, object], name: str) -> str:
    value = answer[name]
    if not isinstance(value, str):
        raise TypeError(name)
    return value


def _dialling() -> Connect:
    """Real connections. The certificates, which take a while to load, are loaded once."""
    return partial(httpx2.AsyncHTTPTransport, verify=httpx2.create_ssl_context())
