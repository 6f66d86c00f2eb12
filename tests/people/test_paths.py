"""After signing in one stays on this site."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer_hub.people.paths import safe_path

HOSTILE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "evil.example",
    " /x",
    "/x y",
    "",
    None,
    "/" + "a" * 600,
    "/%0d%0aSet-Cookie:x=1\r\n",
    "http:///evil.example",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_could_lead_away_is_refused(text):
    assert safe_path(text) is None


@pytest.mark.parametrize(
    "text", ["/", "/people?q=ana&page=2", "/c/ohio/shifts#top", "/a//b", "/x?next=https://e.example"]
)
def test_our_own_pages_pass(text):
    assert safe_path(text) == text


@given(st.text(alphabet="/\\:.?#@ \t\r\nabc%", max_size=12))
def test_whatever_passes_starts_with_one_slash_and_names_no_host(text):
    from urllib.parse import urljoin, urlsplit

    passed = safe_path(text)
    if passed is not None:
        browsers_view = passed.replace("\\", "/")
        assert urlsplit(urljoin("https://hub.example/", browsers_view)).netloc == "hub.example"


@pytest.mark.parametrize("text", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_a_hostile_next_leads_home(client, make, text):
    from tests.people.letters import last_link

    person = make.person()
    client.post("/sign-in", {"email": person.email, "next": text})
    assert client.post(last_link(person.email)).location == "/"


@pytest.mark.parametrize("text", ["//evil.example", "https://evil.example"])
def test_the_language_switch_stays_here(client, make, text):
    make.campaign()
    response = client.post("/language", {"language": "es", "next": text})
    assert response.location == "/"
    assert 'lang="es"' in client.get("/").text
