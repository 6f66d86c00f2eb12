"""The application: its blueprints, and AFTER, the table that says which jobs follow which fact.

Read AFTER from top to bottom: it is the plot of the program.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, g, request
from flask_babel import Babel
from flask_login import LoginManager, current_user

from config import Config
from volunteer_hub.core import access, assets, audit, clock, display, jobs, texts, web
from volunteer_hub.core.admission import Admission
from volunteer_hub.core.db import db

TEMPLATES = Path(__file__).parent.parent / "templates"
LOCAL_QUEUE = "redis://127.0.0.1:6379/0"
MOST_CONNECTIONS = 8
"""Of a process to the database, and four more in a rush."""

# Where each feature's pages live; a feature without pages is not listed.
BLUEPRINTS: tuple[str, ...] = (
    "volunteer_hub.core.health:bp",
    "volunteer_hub.people.views:bp",
    "volunteer_hub.messaging.views:bp",
    "volunteer_hub.events.views:bp",
    "volunteer_hub.tasks.views:bp",
    "volunteer_hub.assignments.views:bp",
    "volunteer_hub.matching.views:bp",
    "volunteer_hub.turf.views:bp",
    "volunteer_hub.canvass.views:bp",
    "volunteer_hub.districts.views:bp",
    "volunteer_hub.priority.views:bp",
    "volunteer_hub.dashboard.views:bp",
)

# fact -> the jobs that follow it, started after the commit with the fact's fields as arguments.
AFTER: dict[str, tuple[str, ...]] = {
    "volunteer_hub.districts.facts:ImportQueued": ("volunteer_hub.districts.jobs:run_import",),
    "volunteer_hub.messaging.facts:MessagesPosted": ("volunteer_hub.messaging.jobs:send_messages",),
    "volunteer_hub.messaging.facts:UrgentMessagePosted": ("volunteer_hub.messaging.jobs:send_messages",),
    "volunteer_hub.canvass.facts:LogReceived": ("volunteer_hub.canvass.jobs:apply_reports",),
    "volunteer_hub.canvass.facts:ReportFileUploaded": ("volunteer_hub.canvass.jobs:collect_reports",),
    "volunteer_hub.turf.facts:CutAsked": ("volunteer_hub.turf.jobs:cut_precinct",),
    "volunteer_hub.turf.facts:LeaseEnded": ("volunteer_hub.canvass.jobs:forget_positions",),
    "volunteer_hub.messaging.facts:TextAnswered": ("volunteer_hub.assignments.jobs:answer_text",),
    "volunteer_hub.messaging.facts:OptedOut": ("volunteer_hub.people.jobs:withdraw_consent",),
    "volunteer_hub.messaging.facts:OptedIn": ("volunteer_hub.people.jobs:renew_consent",),
    "volunteer_hub.districts.facts:PlacesImported": (
        "volunteer_hub.priority.jobs:places_imported",
        "volunteer_hub.canvass.jobs:recount_places",
    ),
    "volunteer_hub.priority.facts:RescoreWanted": ("volunteer_hub.priority.jobs:rescore",),
    "volunteer_hub.assignments.facts:AssignmentsOffered": ("volunteer_hub.assignments.jobs:send_offers",),
    "volunteer_hub.assignments.facts:PlacesToPassOn": (
        "volunteer_hub.matching.jobs:pass_on_places",
        "volunteer_hub.matching.jobs:replan",
    ),
    "volunteer_hub.matching.facts:RunWanted": ("volunteer_hub.matching.jobs:propose",),
    "volunteer_hub.matching.facts:PartReady": ("volunteer_hub.matching.jobs:solve_part",),
    "volunteer_hub.matching.facts:PartsSolved": ("volunteer_hub.matching.jobs:join_parts",),
    "volunteer_hub.events.facts:SignedUp": (
        "volunteer_hub.events.jobs:send_notices",
        "volunteer_hub.matching.jobs:replan",
    ),
    "volunteer_hub.events.facts:Promoted": (
        "volunteer_hub.events.jobs:send_notices",
        "volunteer_hub.matching.jobs:replan",
    ),
    "volunteer_hub.events.facts:SignUpCancelled": (
        "volunteer_hub.events.jobs:send_notices",
        "volunteer_hub.matching.jobs:replan",
    ),
    "volunteer_hub.events.facts:ShiftChanged": (
        "volunteer_hub.events.jobs:send_notices_of_shift",
        "volunteer_hub.matching.jobs:replan",
    ),
    "volunteer_hub.events.facts:ShiftCancelled": (
        "volunteer_hub.events.jobs:send_notices_of_shift",
        "volunteer_hub.matching.jobs:replan",
    ),
    "volunteer_hub.events.facts:CoverAsked": ("volunteer_hub.events.jobs:send_cover_asks",),
    "volunteer_hub.people.facts:ListQueued": ("volunteer_hub.people.jobs:work_on_list",),
    "volunteer_hub.people.facts:PersonErased": (
        "volunteer_hub.people.jobs:forget_last_messages",
        "volunteer_hub.events.jobs:free_places_of_person",
        "volunteer_hub.turf.jobs:take_back_turf",
        "volunteer_hub.matching.jobs:replan",
    ),
    "volunteer_hub.people.facts:PersonSetAside": (
        "volunteer_hub.turf.jobs:take_back_turf",
        "volunteer_hub.matching.jobs:replan",
    ),
    "volunteer_hub.assignments.facts:AssignmentAnswered": ("volunteer_hub.matching.jobs:replan",),
    "volunteer_hub.events.facts:PlaceFreed": ("volunteer_hub.matching.jobs:replan",),
    "volunteer_hub.events.facts:PlacesChanged": ("volunteer_hub.matching.jobs:replan",),
    "volunteer_hub.events.facts:ShiftsAdded": ("volunteer_hub.matching.jobs:replan",),
    "volunteer_hub.events.facts:EventPublished": ("volunteer_hub.matching.jobs:replan",),
    "volunteer_hub.people.facts:PersonJoined": ("volunteer_hub.matching.jobs:replan",),
    "volunteer_hub.people.facts:PeopleAdded": ("volunteer_hub.matching.jobs:replan",),
    "volunteer_hub.people.facts:VolunteerChanged": ("volunteer_hub.matching.jobs:replan",),
}

# sweep -> seconds between two turns. The database is the truth: a sweep finds what the queue forgot.
SWEEPS: dict[str, float] = {
    "volunteer_hub.turf.jobs:sweep_leases": 60,
    "volunteer_hub.turf.jobs:sweep_cuts": 60,
    "volunteer_hub.turf.jobs:forget_old_edits": 86_400,
    "volunteer_hub.canvass.jobs:sweep_pending": 3,
    "volunteer_hub.canvass.jobs:sweep_report_files": 60,
    "volunteer_hub.canvass.jobs:sweep_drift": 21_600,
    "volunteer_hub.canvass.jobs:sweep_safety": 30,
    "volunteer_hub.districts.jobs:sweep_imports": 60,
    "volunteer_hub.messaging.jobs:sweep_messages": 10,
    "volunteer_hub.messaging.jobs:ask_for_costs": 3600,
    "volunteer_hub.messaging.jobs:forget_old_texts": 86_400,
    "volunteer_hub.assignments.jobs:sweep_text_answers": 60,
    "volunteer_hub.people.jobs:forget_old_sessions": 86_400,
    "volunteer_hub.people.jobs:keep_retention_rules": 86_400,
    "volunteer_hub.people.jobs:sweep_lists": 60,
    "volunteer_hub.people.jobs:forget_words": 86_400,
    "volunteer_hub.people.jobs:look_for_pairs": 86_400,
    "volunteer_hub.people.jobs:forget_old_merges": 86_400,
    "volunteer_hub.priority.jobs:sweep_rescores": 30,
    "volunteer_hub.priority.jobs:thin_snapshots": 3600,
    "volunteer_hub.assignments.jobs:sweep_assignments": 30,
    "volunteer_hub.assignments.jobs:sweep_reminders": 60,
    "volunteer_hub.matching.jobs:sweep_runs": 60,
    "volunteer_hub.matching.jobs:sweep_replans": 900,
    "volunteer_hub.events.jobs:sweep_notices": 30,
    "volunteer_hub.events.jobs:sweep_unconfirmed": 120,
    "volunteer_hub.events.jobs:sweep_erased": 3600,
    "volunteer_hub.events.jobs:sweep_learning": 3600,
    "volunteer_hub.events.jobs:sweep_showing": 300,
    "volunteer_hub.events.jobs:sweep_after": 300,
}

# What a signed-in person can do next, shown on the start page: functions (viewer, now) -> list of
# volunteer_hub.people.start.NextStep.
NEXT_STEPS: tuple[str, ...] = (
    "volunteer_hub.people.steps:changed_words",
    "volunteer_hub.people.steps:not_erased",
    "volunteer_hub.canvass.steps:own_walk_lists",
    "volunteer_hub.assignments.steps:open_offers",
    "volunteer_hub.events.steps:own_shifts",
    "volunteer_hub.matching.steps:waiting_proposals",
    "volunteer_hub.districts.steps:bring_files",
    "volunteer_hub.priority.steps:set_up_contest",
    "volunteer_hub.turf.steps:cut_turf",
    "volunteer_hub.events.steps:plan_shifts",
    "volunteer_hub.matching.steps:plan_who_goes",
)

# What else stands above a person's own shifts: functions as above.
ABOVE_OWN_SHIFTS: tuple[str, ...] = (
    "volunteer_hub.canvass.steps:own_walk_lists",
    "volunteer_hub.assignments.steps:open_offers",
)

# Why a person was sent to their shifts: functions (person_id, shift_ids) -> {shift id: sentence}.
REASONS_OF_OWN_SHIFTS: tuple[str, ...] = ("volunteer_hub.assignments.steps:reasons",)

# What a person did so far: functions (person_id) -> list of volunteer_hub.events.own_page.Done.
DONE_SO_FAR: tuple[str, ...] = (
    "volunteer_hub.events.own_page:shifts_done",
    "volunteer_hub.canvass.steps:doors_done",
)

# What each feature holds about a person, for their download: name -> function (person_id) -> plain data.
OWN_DATA: dict[str, str] = {
    "shifts": "volunteer_hub.events.held:own_data",
    "knocks": "volunteer_hub.canvass.held:own_knocks",
    "assignments": "volunteer_hub.assignments.steps:own_data",
    "canvassing": "volunteer_hub.canvass.steps:own_data",
    "who_comes": "volunteer_hub.events.showing:own_data",
}

# What merging two people moves in each feature: the module that has merge(kept_id, gone_id) -> plain data of
# what was moved, and undo(kept_id, gone_id, moved).
MERGES: tuple[str, ...] = (
    "volunteer_hub.events.merging",
    "volunteer_hub.tasks.merging",
    "volunteer_hub.turf.merging",
    "volunteer_hub.assignments.merging",
    "volunteer_hub.matching.merging",
    "volunteer_hub.canvass.merging",
)

# What features lock of people before the people themselves, in this order: functions as
# volunteer_hub.people.services.locking.HangsOn.
LOCKS: tuple[str, ...] = (
    "volunteer_hub.events.merging:hangs_on",
    "volunteer_hub.assignments.merging:hangs_on",
    "volunteer_hub.tasks.merging:hangs_on",
    "volunteer_hub.turf.merging:hangs_on",
)

# What each feature adds to a person's timeline: functions as volunteer_hub.people.timeline.Part.
TIMELINE: tuple[str, ...] = (
    "volunteer_hub.events.moments:moments",
    "volunteer_hub.tasks.moments:moments",
    "volunteer_hub.turf.moments:moments",
    "volunteer_hub.assignments.moments:moments",
)

# What else forgets a person in the transaction in which they are erased: name -> function (Leaving, now=).
ERASE_PARTS: dict[str, str] = {
    "lists": "volunteer_hub.people.lists.forgetting:erase",
    "messaging": "volunteer_hub.messaging.forgetting:erase",
    "events": "volunteer_hub.events.erasing:erase",
    "tasks": "volunteer_hub.tasks.erasing:erase",
    "turf": "volunteer_hub.turf.erasing:erase",
    "assignments": "volunteer_hub.assignments.erasing:erase",
    "matching": "volunteer_hub.matching.erasing:erase",
    "canvassing": "volunteer_hub.canvass.erasing:erase",
}

# What features forget by the rules of people/retention.py: rule -> function (campaign, before, now) -> rows.
FORGETS: dict[str, str] = {
    "imports": "volunteer_hub.districts.forgetting:forget_imports",
    "reports": "volunteer_hub.canvass.forgetting:forget_files",
}

# What was achieved on shifts, for the thanks after them: (shift ids) -> {shift id: [(code, number)]}.
ACHIEVED: tuple[str, ...] = ("volunteer_hub.canvass.achieved:doors_and_talks",)

# How many places of a shift are held by standing offers: function (shift id), for a cancellation undone.
PLACES_HELD = "volunteer_hub.assignments.steps:places_held"

# Pages on which staff see personal data of several people: endpoint -> what is written into the audit log.
BULK_VIEWS: dict[str, str] = {
    "canvass.additions_page": "additions",
    "canvass.aside": "set_aside_entries",
    "canvass.index": "canvassing",
    "canvass.live": "canvassing_live",
    "canvass.live_figures": "canvassing_live",
    "canvass.quarantine": "second_looks",
    "canvass.shift": "desk",
    "canvass.shift_live": "desk",
    "events.cover": "cover_list",
    "events.edit_shift": "choice_of_leads",
    "events.new_shifts": "choice_of_leads",
    "events.roster": "roster",
    "matching.changes": "plan",
    "matching.run": "plan",
    "matching.unplaced": "plan",
    "matching.wishes": "wishes",
    "messaging.caught_mail": "caught_mail",
    "messaging.index": "messages",
    "people.area": "roles",
    "people.areas": "roles",
    "people.side_by_side": "duplicates",
    "people.volunteer_list": "list_rows",
    "tasks.manage": "tasks",
    "turf.index": "turf_in_hands",
    "turf.shapes": "turf_in_hands",
}

# Who says which precincts cannot be taken away yet: functions (precinct ids) -> those in use.
PRECINCTS_IN_USE: tuple[str, ...] = ("volunteer_hub.turf.queries:precincts_in_use",)


def create_app(config: Config) -> Flask:
    """Build the application. Opens no connection: the database and Redis are reached when first asked."""
    app = Flask(__name__, template_folder=str(TEMPLATES), static_folder="static")
    app.jinja_environment = texts.Templates
    app.config.update(_settings(config))
    app.extensions["vh_config"] = config
    db.init_app(app)
    for name in ("redis", "redis_health"):
        app.extensions[name] = jobs.connect(config.redis_url or LOCAL_QUEUE, wait_s=config.queue_wait_s)
    app.extensions["follow"] = jobs.follower(_table(AFTER))
    _admit(app, config)
    _trust_proxies(app, config)
    web.set_up(app)
    texts.set_up(app, Babel(app, locale_selector=_language, timezone_selector=_zone))
    _people(app)
    app.extensions["next_steps"] = [_named(place) for place in NEXT_STEPS]
    app.extensions["above_own_shifts"] = [_named(place) for place in ABOVE_OWN_SHIFTS]
    app.extensions["reasons_of_own_shifts"] = [_named(place) for place in REASONS_OF_OWN_SHIFTS]
    app.extensions["done_so_far"] = [_named(place) for place in DONE_SO_FAR]
    app.extensions["own_data"] = {name: _named(place) for name, place in OWN_DATA.items()}
    app.extensions["erase_parts"] = {name: _named(place) for name, place in ERASE_PARTS.items()}
    app.extensions["forgets"] = {name: _named(place) for name, place in FORGETS.items()}
    app.extensions["timeline"] = [_named(place) for place in TIMELINE]
    app.extensions["merges"] = {
        place: (_named(f"{place}:merge"), _named(f"{place}:undo")) for place in MERGES
    }
    app.extensions["locks"] = [_named(place) for place in LOCKS]
    app.extensions["achieved"] = [_named(place) for place in ACHIEVED]
    app.extensions["precincts_in_use"] = [_named(place) for place in PRECINCTS_IN_USE]
    app.extensions["places_held"] = _named(PLACES_HELD)
    for place in BLUEPRINTS:
        app.register_blueprint(_named(place))
    _for_templates(app)
    return app


def sweeps() -> dict[Callable[..., Any], float]:
    """The sweeps as functions, for worker.py."""
    return {_named(place): every_s for place, every_s in SWEEPS.items()}


def _settings(config: Config) -> dict[str, Any]:
    return {
        "SECRET_KEY": config.secret_key,
        "SQLALCHEMY_DATABASE_URI": config.database_url or "postgresql+psycopg://localhost/volunteer_hub",
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_size": min(config.web_threads, MOST_CONNECTIONS),
            "max_overflow": 4,
            "pool_pre_ping": True,
            "pool_timeout": config.database_wait_s + 3,
            "connect_args": {
                "connect_timeout": config.database_wait_s,
                "application_name": "volunteer-hub",
            },
            "hide_parameters": True,  # an error names its statement, never somebody's name or address
        },
        "SESSION_COOKIE_NAME": "vh_form",
        "SESSION_COOKIE_SECURE": config.is_public_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "MAX_CONTENT_LENGTH": config.form_limit_bytes,
        "MAX_FORM_MEMORY_SIZE": config.form_limit_bytes,
        "WTF_CSRF_TIME_LIMIT": 12 * 3600,
        "WTF_CSRF_SSL_STRICT": config.is_public_https,
        "RATELIMIT_STORAGE_URI": config.redis_url or "memory://",
        "RATELIMIT_STORAGE_OPTIONS": jobs.quick(config.queue_wait_s) if config.redis_url else {},
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
        "RATELIMIT_ENABLED": True,
        "BABEL_DEFAULT_LOCALE": "en",
        "BABEL_TRANSLATION_DIRECTORIES": "translations",
        "TESTING": config.environment == "test",
    }


def _admit(app: Flask, config: Config) -> None:
    """Phones' reports may take half of the threads, and four turns at a time: pages find a free one."""
    places = max(1, config.web_threads // 2)
    running = min(4, places)
    app.wsgi_app = Admission(  # type: ignore[method-assign]
        app.wsgi_app, "/canvass/log", running=running, waiting=places - running
    )


def _trust_proxies(app: Flask, config: Config) -> None:
    if config.trusted_proxies:
        from werkzeug.middleware.proxy_fix import ProxyFix

        count = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]


def _people(app: Flask) -> None:
    from volunteer_hub.people import identity

    manager = LoginManager(app)
    manager.session_protection = None  # our sessions are rows that can be revoked
    manager.request_loader(identity.viewer_of)
    manager.anonymous_user = identity.Stranger
    app.before_request(lambda: identity.lead_to_second_factor(current_user))
    app.before_request(lambda: access.enforce(current_user))
    app.after_request(lambda response: audit.note_view(response, current_user, BULK_VIEWS))


def _zone() -> str | None:
    """The zone in which pages tell the time: one the view set (a shift's times are the campaign's), else
    the person's own, else the campaign's, which identity knows."""
    return (g.get("time_zone") or getattr(current_user, "time_zone", None)) if request else None


def _language() -> str:
    """The locale of a page: chosen with the switch, else the person's own, else what the browser asks for."""
    if not request or request.cookies.get("language") in display.LOCALES:
        return display.locale_of(display.browsers_language())
    own = getattr(current_user, "language", None)
    return display.locale_of(own if own in display.LOCALES else display.browsers_language())


def _for_templates(app: Flask) -> None:
    from volunteer_hub import navigation

    assets.set_up(app)
    display.set_up(app)
    app.jinja_env.globals.update(asset=assets.page_asset, sprite_icon=assets.icon)
    app.jinja_env.globals.update(now=clock.now, may=access.may, Role=access.Role)
    app.context_processor(navigation.for_templates)


def _table(after: dict[str, tuple[str, ...]]) -> dict[type, list[Callable[..., Any]]]:
    return {_named(fact): [_named(place) for place in places] for fact, places in after.items()}


def _named(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)
