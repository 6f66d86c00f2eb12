"""Texts: the provider interface, Twilio behind it, and a local recorder that is the default.

provider: what any provider must do. recorder, twilio: the two there are. segments: what a text costs
before it leaves. words: what people answer. codes: Twilio's reasons in plain words. signature: is it
really Twilio?
"""

from __future__ import annotations

from config import Config
from volunteer_hub.messaging.texts.provider import Accepted, Text, TextProvider
from volunteer_hub.messaging.texts.recorder import Recorder
from volunteer_hub.messaging.texts.signature import signature_of
from volunteer_hub.messaging.texts.twilio import Twilio

__all__ = ["Accepted", "Recorder", "Text", "TextProvider", "Twilio", "provider_of", "signature_of"]


def provider_of(config: Config) -> TextProvider:
    """The provider that the configuration names."""
    if config.sms_provider == "twilio":
        return Twilio(
            config.twilio_account_sid or "", config.twilio_auth_token or "", base_url=config.twilio_url
        )
    return Recorder(config.var_dir / "texts")
