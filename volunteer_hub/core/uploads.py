"""Files that people upload: kept under names of our own, never larger than allowed."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import BinaryIO

from flask_babel import gettext as _

from volunteer_hub.core.refusals import Refusal

_COPY_BYTES = 1024**2


def keep_file(source: BinaryIO, uploads: Path, *, most_bytes: int) -> str:
    """Store an uploaded file under a name of our own and return it. Refuses one that is empty or too
    large.
    """
    uploads.mkdir(parents=True, exist_ok=True)
    name = uuid.uuid4().hex
    size = 0
    with (uploads / name).open("wb") as out:
        while chunk := source.read(_COPY_BYTES):
            size += len(chunk)
            if size > most_bytes:
                break
            out.write(chunk)
    if 0 < size <= most_bytes:
        return name
    (uploads / name).unlink()
    if not size:
        raise Refusal(_("The file is empty. Choose the file again."), field="file")
    most = f"{most_bytes / 1024**2:,.1f}"
    raise Refusal(_("The file is larger than %(most)s MB. Zip it or split it.", most=most), field="file")
