"""Somebody else's site: one page on a host and a port of its own, with headers and styles of its own."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Oakwood News</title><link rel="icon" href="data:,">{head}</head>
<body><main><h1>Oakwood News</h1>{body}</main></body></html>"""


@contextmanager
def foreign_site(body: str, *, head: str = "", policy: str = ""):
    """Serve one page with this body; gives its address. `policy`: its Content-Security-Policy.

    Pages of ours are asked for at 127.0.0.1, this one at localhost: to a browser two sites.
    """
    page = PAGE.format(head=head, body=body).encode()

    class Door(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            if policy:
                self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
