"""The macros and the frame: what every page that is built from them may rely on."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from flask import Flask, render_template, render_template_string
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect

from volunteer_hub.app import TEMPLATES
from volunteer_hub.core import assets, display, samples

UI = '{% from "components/ui.html" import '


@pytest.fixture
def app():
    app = Flask("macros", template_folder=str(TEMPLATES))
    app.config.update(SECRET_KEY="for the tests only", TESTING=True)
    Babel(app, timezone_selector=lambda: "America/New_York")
    CSRFProtect(app)
    display.set_up(app)
    app.jinja_env.globals.update(asset=assets.asset_url, sprite_icon=assets.icon)
    app.add_url_rule("/list", "a_list", lambda: "")
    return app


@pytest.fixture
def drawn(app):
    def draw(source: str, url: str = "/list", **context) -> str:
        with app.test_request_context(url):
            return render_template_string(source, **context)

    return draw


@pytest.fixture
def style_page(app) -> str:
    with app.test_request_context("/list"):
        urls = {"areas_url": "/areas", "points_url": "/points", "lines_url": "/lines"}
        return render_template("style/index.html", **samples.sample_context(**urls))


class Page(HTMLParser):
    """Tags with their attributes, and what must be unique or paired."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_style_page_keeps_to_the_policy(style_page: str) -> None:
    for tag, attributes in Page(style_page).tags:
        assert "style" not in attributes, (tag, attributes)
        assert not [name for name in attributes if name.startswith("on") and name != "once"], (
            tag,
            attributes,
        )
        assert tag != "style"
        assert tag != "script" or attributes.get("src")


def test_the_style_page_has_one_heading_and_no_doubled_ids(style_page: str) -> None:
    tags = Page(style_page).tags
    assert sum(tag == "h1" for tag, _ in tags) == 1
    ids = Counter(attributes["id"] for _, attributes in tags if attributes.get("id"))
    assert {name: count for name, count in ids.items() if count > 1} == {}


def test_every_icon_the_templates_name_is_in_the_sprite() -> None:
    known = set(samples.icon_names())
    named = set()
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        named |= set(re.findall(r"\bicon\(\s*\"([\w-]+)\"", text))
        named |= set(re.findall(r"icon_name=\"([\w-]+)\"", text))
    assert named - known == set()


def test_the_navigation_uses_icons_of_the_sprite() -> None:
    from volunteer_hub.navigation import ENTRIES

    assert {entry.icon for entry in ENTRIES} - set(samples.icon_names()) == set()


def test_a_wrong_field_points_to_its_error_and_the_summary_to_the_field(app) -> None:
    with app.test_request_context("/list"):
        form = samples.sample_context(areas_url="", points_url="", lines_url="")["wrong_form"]
        html = render_template_string(
            UI + "field, form_errors %}{{ form_errors(form) }}{{ field(form.email) }}", form=form
        )
    assert 'href="#wrong-email"' in html
    assert 'aria-describedby="wrong-email-error"' in html
    assert 'id="wrong-email-error"' in html
    assert 'aria-invalid="true"' in html


def test_a_field_escapes_what_people_wrote(app) -> None:
    with app.test_request_context("/list", method="POST", data={"name": "<script>alert(1)</script>"}):
        form = samples.SampleForm(meta={"csrf": False})
        html = render_template_string(UI + "field %}{{ field(form.name) }}", form=form)
    assert "<script>" not in html


@pytest.mark.parametrize(
    "macro",
    [
        "notice('info', x)",
        "tag('ok', x)",
        "empty_state(x, x)",
        "page_header(x, x)",
        "list_link('/', x, x)",
        "stat(x, 1, note=x)",
        "sparkline([1, 2], x)",
        "progress(1, 2, x)",
        "avatar(x)",
        "confirm_button(x, '/', x)",
        "definitions([(x, x)])",
    ],
)
def test_macros_escape_their_words(drawn, macro: str) -> None:
    name = macro.split("(")[0]
    html = drawn(f"{UI}{name} %}}{{{{ {macro} }}}}", x='<img src=x onerror="y">')
    assert "<img" not in html


def test_a_map_carries_its_words_as_readable_json(drawn) -> None:
    html = drawn(UI + "map_view %}{{ map_view('m', src='/a', popup=[('doors', 'Doors \"left\" <b>')]) }}")
    attributes = next(a for tag, a in Page(html).tags if tag == "figure")
    import json

    assert json.loads(attributes["data-popup"]) == [["doors", 'Doors "left" <b>']]


def test_numbers_are_written_for_the_reader_and_unknown_ones_as_a_dash(drawn) -> None:
    figure = UI + "figure %}"
    assert drawn(figure + "{{ figure(51350) }}") == "51,350"
    assert drawn(figure + "{{ figure(-540.256, 1) }}") == "−540.3"
    assert drawn(figure + "{{ figure(none) }}") == "–"
    assert drawn(figure + "{{ figure(0) }}") == "0"


@pytest.mark.parametrize(("value", "low", "high"), [(0, 0, 0), (-3, -5, -1), (2, 1, 3), (1, 1, 1)])
def test_an_interval_bar_stays_on_its_scale(drawn, value: float, low: float, high: float) -> None:
    html = drawn(UI + "interval_bar %}{{ interval_bar(value, low, high) }}", value=value, low=low, high=high)
    places = [float(n) for n in re.findall(r"[MH]\s*(-?[\d.]+)", html)]
    assert places
    assert all(0 <= place <= 100 for place in places)


@pytest.mark.parametrize(
    ("number", "pages", "shown"), [(1, 1, []), (1, 3, ["1", "2", "3"]), (6, 12, ["1", "5", "6", "7", "12"])]
)
def test_paging_shows_the_ends_and_the_neighbours(drawn, number: int, pages: int, shown: list[str]) -> None:
    html = drawn(UI + "paging %}{{ paging(number, pages) }}", "/list?q=a&page=2", number=number, pages=pages)
    assert re.findall(r'aria-label="Page (\d+)"', html) == shown
    assert all("q=a" in link for link in re.findall(r'<a[^>]* href="([^"]+)"', html))


def test_a_sorted_column_says_so_and_turns_round(drawn) -> None:
    columns = [
        {"key": "name", "label": "Name", "sort": True},
        {"key": "doors", "label": "Doors", "kind": "number", "sort": True},
    ]
    html = drawn(
        UI + "data_table %}{{ data_table(columns, [{'name': 'A', 'doors': 1204}], by='name') }}",
        "/list?page=4",
        columns=columns,
    )
    assert html.count("aria-sort") == 1
    assert 'aria-sort="ascending"' in html
    assert "sort=name&amp;direction=desc" in html
    assert "sort=doors&amp;direction=asc" in html
    assert "page=" not in html
    assert "1,204" in html


def test_the_phone_bar_never_holds_more_than_five(drawn) -> None:
    items = [
        {"label": f"Place {n}", "url": f"/{n}", "icon": "home", "active": n == 7, "on_phone": n < 6}
        for n in range(9)
    ]
    html = drawn(
        '{% from "components/shell.html" import phone_bar with context %}{{ phone_bar(items) }}', items=items
    )
    outer = html.split("phone-bar__more")[0]
    assert len(re.findall(r"<li><a", outer)) == 4
    assert len(set(re.findall(r"Place \d", html))) == 9
    assert 'class="is-here"' in html


def test_errors_show_their_number_and_a_way_on(app) -> None:
    with app.test_request_context("/list"):
        html = render_template(
            "errors/error.html", status=404, title="Not found", sentence="No such page.", request_id="7f3a"
        )
    assert "7f3a" in html
    assert 'href="/"' in html
    assert "<h1>Not found</h1>" in html


def test_an_email_reads_without_its_sheet_and_says_how_to_stop(app) -> None:
    source = '{% extends "messages/base_email.html" %}{% block content %}Hello{% endblock %}'
    with app.test_request_context("/list"):
        html = render_template_string(
            source,
            campaign_name="Harbor",
            subject="Your shift",
            unsubscribe_url="https://hub.example.org/stop/1",
        )
    assert "<title>Your shift</title>" in html
    assert "https://hub.example.org/stop/1" in html
    assert not re.search(r'(src|href)="(?!https://hub\.example\.org)', html)
