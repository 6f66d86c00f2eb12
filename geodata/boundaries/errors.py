"""What can be wrong with a file of boundaries, each with a sentence that says how to mend it."""

from __future__ import annotations

from collections.abc import Sequence


class BadBoundaries(ValueError):
    """The file cannot be used; the sentence says why and how to mend it."""


class MissingCrs(BadBoundaries):
    """The file does not say which coordinate system it uses; give it as crs=."""


class MissingPart(BadBoundaries):
    """A shapefile lacks its .shp, .shx or .dbf."""


class UnsafeArchive(BadBoundaries):
    """A zip that is a bomb, points outside its folder, is encrypted or damaged."""


class SeveralLayers(BadBoundaries):
    """The file holds several layers; `layers` names them, give one as layer=."""

    def __init__(self, layers: Sequence[str], asked: str | None = None):
        self.layers = tuple(layers)
        names = ", ".join(f"“{name}”" for name in self.layers[:20])
        start = f"There is no layer “{asked}”." if asked else "The file holds several layers."
        super().__init__(f"{start} Choose one of them: {names}.")


class EmptyBoundaries(BadBoundaries):
    """The file holds no boundary at all."""


class NotPolygons(BadBoundaries):
    """The file holds points or lines where areas are needed."""
