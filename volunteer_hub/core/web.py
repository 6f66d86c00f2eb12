"""What every page has: security headers, CSRF, rate limits, a request id, refusals shown as pages or JSON."""

from __future__ import annotations

import logging
import time
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode

from flask import (
    Flask,
    Response,
    abort,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_limiter import Limiter
from flask_limiter.errors import RateLimitExceeded
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException

from volunteer_hub.core import display, logs
from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import NO_SUCH_PAGE, Refusal, SignInFirst

log = logging.getLogger(__name__)

csrf = CSRFProtect()
limiter = Limiter(key_func=get_remote_address, strategy="moving-window")

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), payment=(), geolocation=(self)",
}
TITLES: dict[int, Any] = {
    400: _l("That request could not be read"),
    401: _l("Please sign in"),
    403: _l("Not for your role"),
    404: _l("Not found"),
    405: _l("That does not work here"),
    409: _l("Somebody was first"),
    410: _l("No longer there"),
    413: _l("Too large"),
    422: _l("Something needs mending"),
    429: _l("A little slower, please"),
    500: _l("Something went wrong on our side"),
    503: _l("Not available right now"),
}


def set_up(app: Flask) -> None:
    """Attach all of it to the application."""
    csrf.init_app(app)
    limiter.init_app(app)
    app.before_request(_begin)
    app.after_request(_end)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(RateLimitExceeded, _too_many)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _broken)


def wants_json() -> bool:
    """Was the question asked by a program (a phone's outbox, a script)?"""
    return request.is_json or request.accept_mimetypes.best_match(["text/html", "application/json"]) == (
        "application/json"
    )


def _begin() -> None:
    g.started = time.monotonic()
    logs.request_id.set(logs.new_request_id(request.headers.get("X-Request-Id")))
    if "\x00" in unquote_to_bytes(request.query_string).decode("latin-1"):
        abort(400, _l("The address holds a character that no text has. Go back and try again."))


def _end(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static" and "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"  # pages show people's data
    response.headers["X-Request-Id"] = logs.request_id.get()
    log.info(
        "request",
        extra={
            "method": request.method,
            "route": str(request.url_rule or "-"),  # the rule, not the path: paths carry tokens
            "status": response.status_code,
            "ms": round((time.monotonic() - g.get("started", time.monotonic())) * 1000, 1),
        },
    )
    return response


def _refused(refusal: Refusal) -> ResponseReturnValue:
    db.forget()
    if isinstance(refusal, SignInFirst) and not wants_json() and request.method in ("GET", "HEAD"):
        here = request.full_path.rstrip("?")
        return redirect(f"{url_for('people.sign_in')}?{urlencode({'next': here})}")
    return answer(refusal.status, refusal.sentence)


def _stale_form(_error: CSRFError) -> ResponseReturnValue:
    return answer(
        400,
        _l("This form was open for too long or came from elsewhere. Go back, reload the page and try again."),
    )


def _too_many(error: RateLimitExceeded) -> ResponseReturnValue:
    sentence = _l(
        "Too many tries. Wait a moment and try again (the limit is %(limit)s).", limit=error.description
    )
    response = make_response(answer(429, sentence))
    if limiter.current_limit:
        response.headers["Retry-After"] = str(max(1, int(limiter.current_limit.reset_at - time.time())))
    return response


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or (error.code or 500) < 400:
        return error.get_response()
    sentences: dict[int | None, Any] = {
        404: NO_SUCH_PAGE,
        413: _l("What you sent is larger than this page takes."),
    }
    return answer(error.code or 500, sentences.get(error.code, error.description))


def _broken(error: Exception) -> ResponseReturnValue:
    db.forget()
    route = str(request.url_rule or "-")
    is_outage = _is_outage(error)
    if is_outage:  # a line each: thousands of phones ask again, and the database needs the processor now
        log.error("the database does not answer", extra={"route": route, "error": _last_line(error)})
    else:
        log.error("request failed", exc_info=error, extra={"route": route})
    with display.in_language(display.browsers_language()):  # the person's own stands in the database
        if is_outage:
            return answer(
                503, _l("The database does not answer. Nothing you saved is lost; try again in a minute.")
            )
        return answer(
            500,
            _l(
                "The fault is logged under the number below. Try again; "
                "if it stays, tell your admin the number."
            ),
        )


def _last_line(error: Exception) -> str:
    """What the driver said, without the statement and its values."""
    return str(getattr(error, "orig", None) or error).strip().rsplit("\n", 1)[-1][:200]


def _is_outage(error: Exception) -> bool:
    from sqlalchemy.exc import DBAPIError, OperationalError
    from sqlalchemy.exc import TimeoutError as PoolTimeout

    return isinstance(error, (OperationalError, PoolTimeout)) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )


def answer(status: int, sentence: Any) -> ResponseReturnValue:
    """A refusal or an error, as a page for people and as JSON for programs."""
    number = logs.request_id.get()
    if wants_json():
        return jsonify(error=str(sentence), request_id=number), status
    title = TITLES.get(status, TITLES[500 if status >= 500 else 400])
    try:
        page = render_template(
            "errors/error.html", status=status, title=title, sentence=sentence, request_id=number
        )
    except Exception:  # the page itself may need the database that is gone
        log.exception("error page failed")
        with display.in_language(display.browsers_language()):
            return Response(f"{title}\n\n{sentence}\n\n{number}\n", status, mimetype="text/plain")
    return page, status
