"""Scripts as JSON files: written, and read back with a sentence for whatever is wrong."""

from __future__ import annotations

import json
from typing import Any

from flask_babel import gettext as _

from volunteer_hub.canvass.scripts.checking import read
from volunteer_hub.canvass.scripts.content import Content, as_document
from volunteer_hub.canvass.scripts.faults import Fault, InvalidScript

MOST_BYTES = 200_000


def write_file(content: Content) -> bytes:
    """A script as a file; reading it gives the same script."""
    return (json.dumps(as_document(content), ensure_ascii=False, indent=2) + "\n").encode()


def read_file(data: bytes) -> Content:
    """The script in a file. Raises InvalidScript."""
    if len(data) > MOST_BYTES:
        raise _refused(
            _(
                "The file is larger than %(most)s kB. Leave out what is not the script.",
                most=MOST_BYTES // 1000,
            )
        )
    try:
        document = json.loads(
            data.decode("utf-8-sig"), object_pairs_hook=_no_double, parse_constant=_no_number
        )
    except UnicodeDecodeError:
        raise _refused(_("The file is not UTF-8 text. Save it as UTF-8 and upload it again.")) from None
    except json.JSONDecodeError as error:
        raise _refused(
            _(
                "This is not JSON at line %(line)s, column %(column)s. Mend it there.",
                line=error.lineno,
                column=error.colno,
            )
        ) from None
    except _Unusable as error:
        raise _refused(str(error)) from None
    except (RecursionError, ValueError):
        raise _refused(
            _("The file is nested too deeply or holds a number without end. A script needs neither.")
        ) from None
    return read(document)


class _Unusable(ValueError):
    pass


def _no_double(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise _Unusable(_("The field “%(name)s” stands twice in one object. Keep one.", name=double[:60]))
    return found


def _no_number(name: str) -> Any:
    raise _Unusable(_("%(name)s is not a number. Write a number.", name=name))


def _refused(sentence: str) -> InvalidScript:
    return InvalidScript([Fault("", sentence)])
