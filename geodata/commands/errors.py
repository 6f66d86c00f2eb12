"""What a person can mend in a file, in one sentence."""

from __future__ import annotations


class BadInput(ValueError):
    """A file that cannot be used; the sentence names the file and, where they are to blame, row and column.

    Rows are counted from 1 after the heading.
    """

    def __init__(self, file: str, why: str, *, row: int | None = None, column: str | None = None) -> None:
        place = [file]
        if row is not None:
            place.append(f"row {row:,}")
        if column is not None:
            place.append(f"column {column}")
        super().__init__(f"{', '.join(place)}: {why}")
