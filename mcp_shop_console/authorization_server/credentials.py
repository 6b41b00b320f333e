"""Secrets: how they are made, stored as hashes, and how one is sealed under another.

May import the standard library and cryptography.
"""

import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


def new_secret() -> str:
    """A secret of 256 bits, fit for URLs, headers and cookies."""
    return secrets.token_urlsafe(32)


def hash_of(secret: str) -> bytes:
    """What is stored of a secret. SHA-256 is enough: no one guesses 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def is_same_hash(one: bytes, other: bytes) -> bool:
    """Whether two hashes are equal, in a time that does not tell how far they are."""
    return hmac.compare_digest(one, other)


def is_same(one: str, other: str) -> bool:
    """Whether two texts are equal, in a time that does not tell how far they are."""
    return is_same_hash(hash_of(one), hash_of(other))


def proof_of(secret: str, *statements: str) -> str:
    """A proof that whoever holds ``secret`` was shown these statements, in this order."""
    return hmac.new(secret.encode(), "\n".join(statements).encode(), hashlib.sha256).hexdigest()


def seal(text: str, secret: str) -> bytes:
    """``text``, readable only to whoever shows ``secret``. Its stored hash does not open it."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(_sealing_key(secret)).encrypt(nonce, text.encode(), None)


def unseal(sealed: bytes, secret: str) -> str | None:
    """What was sealed under ``secret``; None if something else was, or the bytes were changed."""
    nonce, box = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return AESGCM(_sealing_key(secret)).decrypt(nonce, box, None).decode()
    except InvalidTag:
        return None


def _sealing_key(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"sealed in the store", "sha256")
