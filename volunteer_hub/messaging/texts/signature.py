"""Is a request really from Twilio? Its own rule, as its documents and libraries have it.

X-Twilio-Signature is the base64 of an HMAC-SHA1, keyed with the account's token, over the whole public
address (with its query) followed by every field of the form, name and value, sorted by name. A name that
comes several times is written once for each different value, in order. Twilio has signed addresses with
the port and without it, so both are tried.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit, urlunsplit

_PORTS = {"https": 443, "http": 80}
Fields = Mapping[str, str | Iterable[str]]


def signature_of(token: str, url: str, fields: Fields) -> str:
    """The signature of one address and its fields. A field may hold one value or several."""
    parts = [url]
    for name in sorted(fields):
        held = fields[name]
        values = [held] if isinstance(held, str) else sorted(set(held))
        parts += [name + value for value in values]
    mac = hmac.new(token.encode(), "".join(parts).encode(), hashlib.sha1)
    return base64.b64encode(mac.digest()).decode()


def is_signed(token: str, url: str, fields: Fields, given: str) -> bool:
    """Does `given` sign this request, with or without the port? Compared in constant time."""
    if not token or not given:
        return False
    matches = [
        hmac.compare_digest(signature_of(token, each, fields).encode(), given.encode()) for each in _ways(url)
    ]
    return any(matches)


def _ways(url: str) -> Iterator[str]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    port = parts.port or _PORTS.get(parts.scheme)
    yield url
    yield urlunsplit(parts._replace(netloc=host))
    yield urlunsplit(parts._replace(netloc=f"{host}:{port}"))
