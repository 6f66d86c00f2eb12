"""Settings of texts: what may be written, and what the doctor says of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from config import Config, ConfigError
from tests.messaging.twilio_like import ACCOUNT, NUMBER, TOKEN
from volunteer_hub.commands.doctor import _texts
from volunteer_hub.messaging.pace import usual_per_s

SERVICE = "MG" + "0" * 32


def read(tmp_path, **environ):
    twilio = {"SMS_PROVIDER": "twilio", "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN}
    given = {"VAR_DIR": str(tmp_path), "SECRET_KEY": "x" * 40, "TWILIO_FROM": NUMBER} | twilio | environ
    return Config.from_environment(given)


def test_campaigns_may_have_lines_of_their_own(tmp_path):
    config = read(
        tmp_path, TWILIO_FROM_BY_CAMPAIGN=f"north=+13055550101, south={SERVICE}", TEXTS_PER_DAY="2000"
    )
    assert config.twilio_from_by_campaign == (("north", "+13055550101"), ("south", SERVICE))
    assert (config.texts_per_s, config.texts_per_day) == (None, 2000)
    assert TOKEN not in str(config.masked())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TWILIO_FROM", "305-555-0100"),
        ("TWILIO_FROM", "MG12"),
        ("TWILIO_FROM_BY_CAMPAIGN", "+13055550100"),
        ("TWILIO_FROM_BY_CAMPAIGN", "north=somewhere"),
        ("TWILIO_URL", "http://twilio.example.org"),
        ("TEXTS_PER_S", "fast"),
        ("TEXTS_PER_DAY", "0"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(tmp_path, name, value):
    with pytest.raises(ConfigError, match=name):
        read(tmp_path, **{name: value})


def test_a_number_goes_slower_than_a_service():
    assert [usual_per_s(each) for each in (NUMBER, "55501", SERVICE)] == [1.0, 10.0, 10.0]


def said(config, *, ask=False):
    return [(each.verdict, each.about) for each in _texts(config, ask_twilio=ask)]


def test_the_doctor_looks_at_twilio_and_asks_it_only_when_told(tmp_path, twilio):
    config = replace(read(tmp_path), base_url="https://hub.example.org", twilio_url=twilio.url)
    assert said(config) == [("good", "texts")]
    assert twilio.lines_opened == 0
    assert said(config, ask=True) == [("good", "texts"), ("good", "twilio")]
    assert said(replace(config, twilio_auth_token="old"), ask=True)[1] == ("bad", "twilio")
    assert said(replace(config, twilio_url="http://127.0.0.1:9"), ask=True)[1] == ("bad", "twilio")
    assert said(replace(config, base_url="http://10.0.0.1"))[0] == ("bad", "texts")
    assert said(replace(config, twilio_account_sid="nobody"))[0] == ("bad", "texts")
    assert said(replace(config, sms_provider="recorder")) == [("note", "texts")]
