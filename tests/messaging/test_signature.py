"""Whether a request is really Twilio's."""

from __future__ import annotations

import base64
import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from volunteer_hub.messaging.texts.signature import is_signed, signature_of

URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
CALL = {
    "CallSid": "CA1234567890ABCDE",
    "From": "+12349013030",
    "To": "+18005551212",
    "Caller": "+12349013030",
    "Digits": "1234",
}
# From Twilio's documents of request validation, with the token 12345.
PUBLISHED = "0/KCTR6DLpKmkAf8muzZqo1nDgQ="
names = st.text(min_size=1, max_size=12)
forms = st.dictionaries(names, st.lists(st.text(max_size=20), min_size=1, max_size=3), max_size=6)


def test_the_signature_is_the_one_that_twilio_publishes():
    assert signature_of("12345", URL, CALL) == PUBLISHED
    assert is_signed("12345", URL, CALL, PUBLISHED)


def test_a_port_in_the_address_may_be_signed_or_not():
    plain, with_port = "https://hub.example.org/texts/incoming", "https://hub.example.org:443/texts/incoming"
    for signed_url in (plain, with_port):
        for seen_url in (plain, with_port):
            assert is_signed("t", seen_url, CALL, signature_of("t", signed_url, CALL))


def test_a_name_that_comes_twice_counts_each_value_once_in_order():
    text = "https://a.example/x" + "Media" + "a" + "Media" + "b" + "To" + "1"
    wanted = base64.b64encode(hmac.new(b"t", text.encode(), hashlib.sha1).digest()).decode()
    assert signature_of("t", "https://a.example/x", {"To": ["1"], "Media": ["b", "a", "b"]}) == wanted


@given(forms, st.text(min_size=1, max_size=30), st.data())
def test_any_change_breaks_a_signature(form, token, data):
    url = "https://hub.example.org/texts/status?message=1"
    good = signature_of(token, url, form)
    assert is_signed(token, url, form, good)
    assert not is_signed(token, url.replace("1", "2"), form, good)
    assert not is_signed(token + "x", url, form, good)
    assert not is_signed(token, url, form | {"Extra": ["x"]}, good)
    assert not is_signed(
        token, url, form, data.draw(st.text(max_size=28).filter(lambda given: given != good))
    )


def test_without_a_token_or_a_signature_nothing_is_signed():
    assert not is_signed("", URL, CALL, signature_of("", URL, CALL))
    assert not is_signed("12345", URL, CALL, "")
