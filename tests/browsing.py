"""The test client as a browser. Each page it fetches must keep the promises that every page makes."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from flask import g, has_app_context
from flask.testing import FlaskClient

from volunteer_hub.core import clock
from volunteer_hub.core.db import transaction


class Browser:
    """Wraps Flask's test client: `sign_in(person)`, `get`, `post` (with the CSRF token of the page)."""

    def __init__(self, app) -> None:
        self.app = app
        self.http = FreshClient(app, app.response_class, use_cookies=True)

    def sign_in(self, person) -> Browser:
        """Give the browser a session of this person, as after a used link."""
        from volunteer_hub.people import identity

        with transaction():
            token = identity.open_session(
                person, way_in="link", browser="test", second_factor=True, now=clock.now()
            )
        self.http.set_cookie(identity.COOKIE, token)
        return self

    def get(self, path: str, *, status: int = 200, **options):
        response = self.http.get(path, **options)
        assert response.status_code == status, f"GET {path}: {response.status_code}\n{response.text[:1500]}"
        if response.mimetype == "text/html":
            check_page(response.text, path)
        return response

    def post(self, path: str, data: dict | None = None, *, status: int = 302, **options):
        """POST a form, with a CSRF token of this browser's session."""
        if "json" not in options:
            data = {"csrf_token": self.token()} | (data or {})
            options["data"] = data
        response = self.http.post(path, **options)
        assert response.status_code == status, f"POST {path}: {response.status_code}\n{response.text[:1500]}"
        if response.mimetype == "text/html" and response.status_code < 300:
            check_page(response.text, path)
        return response

    def token(self) -> str:
        """A CSRF token for this browser's session."""
        from flask_wtf.csrf import generate_csrf

        with self.app.test_request_context():
            from flask import session

            with self.http.session_transaction() as kept:
                session.update(kept)
                g.pop("csrf_token", None)
                token = generate_csrf()
                kept.update(session)
        return token


class FreshClient(FlaskClient):
    """Each request finds an empty `g`: the test's open application context would lend it the last one's."""

    def open(self, *args, **kwargs):
        if has_app_context():
            for name in list(g):
                g.pop(name)
        return super().open(*args, **kwargs)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.problems: list[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        found = dict(attrs)
        if "id" in found:
            self.ids.append(found["id"])
        if "style" in found:
            self.problems.append(f"<{tag}> has a style attribute, which the CSP forbids")
        self.problems += [f"<{tag}> has {name}" for name in found if name.startswith("on")]
        if tag == "style" or (
            tag == "script"
            and "src" not in found
            and found.get("type") not in ("application/json", "application/ld+json")
        ):
            self.problems.append(f"inline <{tag}>")
        if tag == "form" and (found.get("method") or "get").lower() not in ("get", "post"):
            self.problems.append("a form with an unknown method")
        if tag == "img" and "alt" not in found:
            self.problems.append("an image without alt")


def check_page(html: str, path: str) -> None:
    """Every page: a language, a title, one h1, unique ids, nothing inline, a token in each POST form."""
    page = _Page()
    page.feed(html)
    twice = {each for each in page.ids if page.ids.count(each) > 1}
    problems = page.problems + [f"id {each!r} twice" for each in sorted(twice)]
    if not re.search(r"<html[^>]* lang=", html):
        problems.append("no language")
    if not re.search(r"<title>\s*\S", html):
        problems.append("no title")
    if len(re.findall(r"<h1[ >]", html)) != 1:
        problems.append(f"{len(re.findall(r'<h1[ >]', html))} h1 headings")
    for form in re.findall(r"<form\b.*?</form>", html, re.S | re.I):
        if re.search(r"method=[\"']?post", form, re.I) and "csrf_token" not in form:
            problems.append("a POST form without a CSRF token")
    assert not problems, f"{path}: " + "; ".join(problems)
