"""Tokens and secrets: random tokens kept as hashes, links signed by HMAC, small texts encrypted at rest."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from functools import lru_cache

from cryptography.fernet import Fernet
from flask import current_app


def new_token(bytes_count: int = 24) -> str:
    """A random token for a link or a cookie, URL-safe."""
    return secrets.token_urlsafe(bytes_count)


def digest(token: str) -> bytes:
    """What the database keeps of a token: enough to recognise it, useless to whoever reads the table."""
    return hashlib.sha256(token.encode()).digest()


def signature(purpose: str, *parts: object) -> str:
    """A short HMAC that ties `parts` to a purpose, for links that need no row of their own."""
    text = "\x1f".join([purpose, *map(str, parts)])
    mac = hmac.new(_key("sign"), text.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac[:18]).decode()


def signature_holds(given: str, purpose: str, *parts: object) -> bool:
    """Is `given` the signature of these parts? Compared in constant time."""
    return hmac.compare_digest(given.encode(), signature(purpose, *parts).encode())


def seal(text: str) -> bytes:
    """Encrypt a secret that must be read back later (a TOTP seed, a link waiting to be mailed)."""
    return _fernet().encrypt(text.encode())


def unseal(sealed: bytes) -> str:
    """Read what `seal` wrote; raises cryptography.fernet.InvalidToken for anything else."""
    return _fernet().decrypt(sealed).decode()


def keyed_digest(purpose: str, text: str) -> bytes:
    """A hash of a low-entropy value (an address on the suppression list) that only we can recompute."""
    return hmac.new(_key(purpose), text.encode(), hashlib.sha256).digest()


def _key(purpose: str) -> bytes:
    return _key_of(current_app.config["SECRET_KEY"], purpose)


@lru_cache(maxsize=64)
def _key_of(secret: str, purpose: str) -> bytes:
    return hashlib.sha256(f"{purpose}:{secret}".encode()).digest()


def _fernet() -> Fernet:
    return _fernet_of(_key("seal"))


@lru_cache(maxsize=4)
def _fernet_of(key: bytes) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(key))
