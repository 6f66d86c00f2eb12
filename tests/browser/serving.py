"""An application on a port of its own."""

from __future__ import annotations

import threading
from contextlib import closing, contextmanager

from werkzeug.serving import make_server


@contextmanager
def served(app):
    """Serve the application on loopback inside the block; gives its address."""
    server = make_server("127.0.0.1", 0, _closing_answers(app), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _closing_answers(app):
    """The application, its answers closed also where the browser hung up in the middle.

    Werkzeug's server leaves an answer open if the connection breaks while it reads what
    is left of the request, and the file behind the answer with it.
    """

    def answer(environ, start_response):
        with closing(app(environ, start_response)) as parts:
            yield from parts

    return answer
