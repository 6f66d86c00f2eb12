"""What can be wrong with a file of streets, each with a sentence that says how to mend it."""

from __future__ import annotations


class BadStreets(ValueError):
    """The file cannot be used; the sentence says why and how to mend it."""
