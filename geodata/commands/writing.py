"""Result tables as CSV, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as arrow_csv

from geodata.commands.errors import BadInput


def write_csv(path: Path, columns: Mapping[str, Any]) -> None:
    """Write the columns in their order; a file that cannot be written is refused with a sentence."""
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    draft = path.with_name(path.name + ".part")
    try:
        arrow_csv.write_csv(table, draft)
        draft.replace(path)
    except OSError as why:
        raise BadInput(str(path), f"the file cannot be written ({why.strerror}).") from None
