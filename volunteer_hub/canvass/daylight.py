"""When the sun sets somewhere, to the few minutes that a rule about the dark needs."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from math import acos, cos, degrees, pi, radians, sin, tan

HORIZON_DEG = 90.833
"""The zenith at sunset: half the sun's width, and what the air bends."""
DUSK = timedelta(minutes=30)
"""After sunset it is still light enough to read a house number."""


def sunset(latitude: float, longitude: float, on: date) -> datetime | None:
    """The instant of sunset on this local day; None where the sun does not set or rise that day.

    Degrees. The low-accuracy solar equations of NOAA's solar calculator (general solar position
    calculations): within a few minutes between the polar circles.
    """
    turn = 2 * pi / (366 if on.year % 4 == 0 else 365) * (on.timetuple().tm_yday - 1 + 0.75)
    declination = (
        0.006918 - 0.399912 * cos(turn) + 0.070257 * sin(turn) - 0.006758 * cos(2 * turn)
        + 0.000907 * sin(2 * turn) - 0.002697 * cos(3 * turn) + 0.00148 * sin(3 * turn)
    )  # fmt: skip
    minutes = 229.18 * (
        0.000075 + 0.001868 * cos(turn) - 0.032077 * sin(turn) - 0.014615 * cos(2 * turn)
        - 0.040849 * sin(2 * turn)
    )  # fmt: skip
    here = radians(latitude)
    cosine = cos(radians(HORIZON_DEG)) / (cos(here) * cos(declination)) - tan(here) * tan(declination)
    if not -1 <= cosine <= 1:
        return None
    after_midnight = 720 - 4 * (longitude - degrees(acos(cosine))) - minutes
    return datetime.combine(on, time(), UTC) + timedelta(minutes=after_midnight)


def is_dark(latitude: float, longitude: float, moment: datetime, on: date) -> bool:
    """Is it dark there at that moment of the local day `on`, in its evening?"""
    ends = sunset(latitude, longitude, on)
    return ends is not None and moment > ends + DUSK
