"""Somebody else's site: one page on a host and a port of its own, with headers and styles of its own."""

from __future__ import annotations

from contextlib import contextmanager

from werkzeug import Response

from tests.browser.serving import served

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Oakwood News</title><link rel="icon" href="data:,">{head}</head>
<body><main><h1>Oakwood News</h1>{body}</main></body></html>"""


@contextmanager
def foreign_site(body: str, *, head: str = "", policy: str = ""):
    """Serve one page with this body; gives its address. `policy`: its Content-Security-Policy.

    Pages of ours are asked for at 127.0.0.1, this one at localhost: to a browser two sites.
    """
    headers = {"Content-Security-Policy": policy} if policy else {}
    page = Response(PAGE.format(head=head, body=body), headers=headers, mimetype="text/html")
    with served(page) as address:
        yield f"{address.replace('127.0.0.1', 'localhost')}/"
