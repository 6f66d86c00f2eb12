"""Texts: the provider interface, Twilio behind it, and a local recorder that is the default."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import os
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Protocol

from config import Config
from volunteer_hub.messaging.smtp import Never, NotNow, OutOfReach

STOP_WORDS = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "alto", "parar", "baja"})
START_WORDS = frozenset({"start", "unstop", "yes", "alta", "si", "sí"})
HELP_WORDS = frozenset({"help", "info", "ayuda"})
SPANISH_WORDS = frozenset({"alto", "parar", "baja", "alta", "si", "sí", "ayuda"})  # are answered in Spanish


class TextProvider(Protocol):
    """Hands one text over. Raises NotNow or Never when it was not accepted."""

    def hand_over(self, message_id: str, number: str, text: str) -> None: ...


class Recorder:
    """Writes texts to a file instead of sending them: one JSON line each."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "texts.jsonl"

    def hand_over(self, message_id: str, number: str, text: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"id": message_id, "to": number, "text": text}, ensure_ascii=False) + "\n"
        handle = os.open(self.path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            os.write(handle, line.encode())
        finally:
            os.close(handle)


class Twilio:
    """Twilio's Messages resource over HTTPS."""

    def __init__(
        self, account_sid: str, auth_token: str, sender: str, *, base_url: str = "https://api.twilio.com"
    ) -> None:
        self.url = f"{base_url}/2010-04-01/Accounts/{account_sid}/Messages.json"
        self.authorization = base64.b64encode(f"{account_sid}:{auth_token}".encode()).decode()
        self.sender = sender

    def hand_over(self, message_id: str, number: str, text: str) -> None:
        data = urllib.parse.urlencode({"To": number, "From": self.sender, "Body": text}).encode()
        request = urllib.request.Request(  # noqa: S310 - the address is fixed above, https
            self.url,
            data=data,
            headers={"Authorization": f"Basic {self.authorization}", "I-Message-Id": message_id},
        )
        try:
            with urllib.request.urlopen(request, timeout=30):  # noqa: S310 - likewise
                return
        except urllib.error.HTTPError as error:
            said = f"{error.code} {error.read(300).decode(errors='replace')}"
            raise (NotNow(said) if error.code in (429, 503) else Never(said)) from error
        except urllib.error.URLError as error:
            raise OutOfReach(f"the text provider cannot be reached: {error}") from error
        except (OSError, http.client.HTTPException) as error:  # asked, but not answered
            raise Never("The provider was asked and did not answer; a text is never risked twice.") from error


def provider_of(config: Config) -> TextProvider:
    """The provider that the configuration names."""
    if config.sms_provider == "twilio":
        return Twilio(
            config.twilio_account_sid or "", config.twilio_auth_token or "", config.twilio_from or ""
        )
    return Recorder(config.var_dir / "texts")


def twilio_signature(auth_token: str, url: str, fields: dict[str, str]) -> str:
    """What Twilio puts into X-Twilio-Signature: HMAC-SHA1 of the address and the sorted fields."""
    text = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()).decode()
