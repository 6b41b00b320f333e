"""An OpenID provider in this process, which does whatever a test wants it to do wrong."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import anyio
import httpx2
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

ISSUER = "https://login.example"
CLIENT_ID = "the-shop"
CLIENT_SECRET = "a-secret-of-the-shop"
ADA = {"sub": "ada-1", "name": "Ada Lovelace", "email": "Ada@Example.com", "email_verified": True}


def new_key(kid: str = "key-1") -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})


@dataclass(frozen=True)
class Asked:
    """What the provider was asked at its authorization endpoint."""

    parameters: dict[str, str]

    @property
    def state(self) -> str:
        return self.parameters["state"]


def asked_of(response: httpx2.Response) -> Asked:
    """What a redirect to the provider asks, each parameter once."""
    assert response.status_code == 303, response.text
    address = urlsplit(response.headers["location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{ISSUER}/authorize"
    pairs = parse_qs(address.query, strict_parsing=True)
    assert all(len(values) == 1 for values in pairs.values())
    return Asked({name: values[0] for name, values in pairs.items()})


@dataclass
class FakeProvider:
    """It signs with its own key and believes every code."""

    claims: dict[str, object] = field(default_factory=lambda: dict[str, object](ADA))
    """Of whoever signs in."""
    key: ECKey = field(default_factory=new_key)
    published: ECKey | None = None
    """The key that it shows, if another than it signs with."""
    header: dict[str, object] = field(
        default_factory=lambda: dict[str, object]({"alg": "ES256", "kid": "key-1"})
    )
    metadata: dict[str, object] = field(default_factory=dict[str, object])
    userinfo: dict[str, object] | None = None
    forge: Callable[[str], object] = str
    """Makes of a good id token what is sent."""
    instead: dict[str, Response] = field(default_factory=dict[str, Response])
    """What is answered at a path instead of what is right."""
    silent: set[str] = field(default_factory=set[str])
    """The paths that never answer."""
    is_down: bool = False
    nonce: str = ""
    redeemed: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    """The token requests that came, with the Authorization header."""
    asked_paths: list[str] = field(default_factory=list[str])

    def connect(self) -> httpx2.AsyncBaseTransport:
        if self.is_down:
            return httpx2.AsyncHTTPTransport(uds="/nowhere/at/all", verify=False)
        routes = {
            "/.well-known/openid-configuration": self._discovery,
            "/token": self._token,
            "/jwks": self._jwks,
            "/userinfo": self._userinfo,
        }
        return httpx2.ASGITransport(
            Starlette(
                routes=[
                    Route(path, self._answering(answer), methods=["GET", "POST"])
                    for path, answer in routes.items()
                ]
            )
        )

    def accept(self, asked: Asked, **changes: str | None) -> str:
        """Sign the person in, and say where the browser goes back to."""
        self.nonce = asked.parameters["nonce"]
        answer: dict[str, str | None] = {"code": "good-code", "state": asked.state} | changes
        query = httpx2.QueryParams({k: v for k, v in answer.items() if v is not None})
        return f"{asked.parameters['redirect_uri']}?{query}"

    def _answering(
        self, answer: Callable[[dict[str, str]], Response]
    ) -> Callable[[Request], object]:
        async def endpoint(request: Request) -> Response:
            path = request.url.path
            self.asked_paths.append(path)
            if path in self.silent:
                await anyio.sleep_forever()
            if path in self.instead:
                return self.instead[path]
            form = {name: str(value) for name, value in (await request.form()).items()}
            return answer(form | {"authorization": request.headers.get("authorization", "")})

        return endpoint

    def _discovery(self, _: dict[str, str]) -> Response:
        endpoints = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/jwks",
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
        }
        more = {"userinfo_endpoint": f"{ISSUER}/userinfo"} if self.userinfo is not None else {}
        return JSONResponse(endpoints | more | self.metadata)

    def _token(self, form: dict[str, str]) -> Response:
        self.redeemed.append(form)
        now = int(time.time())  # noqa: TID251 - a real provider's clock is the real one
        usual = {"iss": ISSUER, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": self.nonce}
        claims = {k: v for k, v in (usual | self.claims).items() if v is not None}
        signed = jwt.encode(self.header, claims, self.key, algorithms=["ES256"])
        tokens = {"access_token": "provider-access-token", "token_type": "Bearer"}
        return JSONResponse(
            tokens | {"refresh_token": "provider-refresh-token", "id_token": self.forge(signed)}
        )

    def _jwks(self, _: dict[str, str]) -> Response:
        return JSONResponse(KeySet([self.published or self.key]).as_dict(private=False))

    def _userinfo(self, form: dict[str, str]) -> Response:
        assert form["authorization"] == "Bearer provider-access-token"
        return JSONResponse(self.userinfo)
