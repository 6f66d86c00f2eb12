"""An application on a port of its own."""

from __future__ import annotations

import threading
from contextlib import closing, contextmanager

from werkzeug.serving import make_server

from tests.patience import WAIT_S


@contextmanager
def served(app):
    """Serve the application on loopback; gives its address. No request outlives the block."""
    door = _Door(app)
    server = make_server("127.0.0.1", 0, door.answer, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        door.shut()
        server.server_close()


class _Door:
    """Lets requests in until it is shut; whoever shuts it waits for those inside.

    Werkzeug's server does not wait for its threads: one that is still at work when the test's engine is
    thrown away gives its database connection back to nobody.
    """

    def __init__(self, app):
        self._app = app
        self._inside = 0
        self._is_shut = False
        self._changed = threading.Condition()

    def answer(self, environ, start_response):
        """The application's answer, closed also where the browser hung up in the middle.

        Werkzeug's server leaves an answer open if the connection breaks while it reads what
        is left of the request, and the file behind the answer with it.
        """
        if not self._has_entered():
            start_response("503 Service Unavailable", [])
            return
        try:
            with closing(self._app(environ, start_response)) as parts:
                yield from parts
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def _has_entered(self):
        with self._changed:
            self._inside += not self._is_shut
            return not self._is_shut

    def shut(self):
        """Let nobody in any more, and wait for those inside."""
        with self._changed:
            self._is_shut = True
            assert self._changed.wait_for(lambda: self._inside == 0, WAIT_S), f"{self._inside} still inside"
