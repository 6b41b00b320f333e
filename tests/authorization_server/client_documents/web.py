"""A real web server with a real certificate, and an internet that leads to it."""

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mcp_shop_console.authorization_server.client_documents import Internet

HOST = "agent.example"
PUBLIC = "93.184.216.34"
CLIENT_ID = f"https://{HOST}/client.json"
Respond = Callable[[asyncio.StreamWriter], Awaitable[None]]


def document(**changes: object) -> dict[str, object]:
    """A good metadata document, with changes."""
    usual = {
        "client_id": CLIENT_ID,
        "client_name": "Claude Code",
        "redirect_uris": ["http://localhost/callback", "http://127.0.0.1/callback"],
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
    }
    return usual | changes


def answer(
    body: bytes, *headers: str, status: str = "200 OK", kind: str = "application/json"
) -> Respond:
    """Answer each request with this."""
    lines = (f"HTTP/1.1 {status}", f"Content-Type: {kind}", *headers, "Connection: close", "", "")

    async def respond(writer: asyncio.StreamWriter) -> None:
        writer.write("\r\n".join(lines).encode() + body)
        await writer.drain()

    return respond


def describe(**changes: object) -> Respond:
    """Answer each request with a good document, with changes."""
    return answer(json.dumps(document(**changes)).encode())


async def never(_: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


@dataclass
class Web:
    """What the server does, and what it and the resolver were asked."""

    addresses: list[str] = field(default_factory=lambda: [PUBLIC])
    """What the resolver answers."""
    respond: Respond = field(default_factory=describe)
    requests: list[str] = field(default_factory=list[str])
    """The heads of the requests, as they came."""
    resolved: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    dialled: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    """Where connections would have gone."""
    port: int = 0
    trust: ssl.SSLContext = field(default_factory=lambda: ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))

    @property
    def internet(self) -> Internet:
        return Internet(self._resolve, lambda: _Rerouted(self))

    async def _resolve(self, host: str, port: int) -> list[str]:
        self.resolved.append((host, port))
        return self.addresses

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.requests.append((await reader.readuntil(b"\r\n\r\n")).decode())
            await self.respond(writer)
            writer.close()
            await writer.wait_closed()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()


class _Rerouted(httpx2.AsyncBaseTransport):
    """Goes to the server of the test, wherever it was sent, and to nowhere else."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._transport = httpx2.AsyncHTTPTransport(verify=web.trust)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self._web.dialled.append((request.url.host, request.url.port or 443))
        request.url = request.url.copy_with(host="127.0.0.1", port=self._web.port)
        return await self._transport.handle_async_request(request)

    async def aclose(self) -> None:
        await self._transport.aclose()


@asynccontextmanager
async def open_web(folder: Path, host: str = HOST) -> AsyncGenerator[Web]:
    """A server with a certificate for ``host``."""
    web = Web()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*_certificate(folder, host))
    web.trust.load_verify_locations(folder / "authority.pem")
    server = await asyncio.start_server(web.serve, "127.0.0.1", 0, ssl=tls)
    web.port = server.sockets[0].getsockname()[1]
    try:
        yield web
    finally:
        server.close()


def _certificate(folder: Path, host: str) -> tuple[Path, Path]:
    """A certificate of an authority of its own, and its key."""
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = _signed(
        "Test authority", authority_key, authority_key, "Test authority", is_ca=True
    )
    leaf = _signed(host, key, authority_key, "Test authority", is_ca=False)
    paths = folder / "authority.pem", folder / "leaf.pem", folder / "key.pem"
    paths[0].write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
    paths[2].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths[1], paths[2]


def _signed(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    issuer: str,
    *,
    is_ca: bool,
) -> x509.Certificate:
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        encipher_only=False,
        decipher_only=False,
    )
    names = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    issuers = [x509.NameAttribute(NameOID.COMMON_NAME, issuer)]
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name(names))
        .issuer_name(x509.Name(issuers))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name.replace(" ", "-"))]), False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False
        )
        .sign(signer, hashes.SHA256())
    )
