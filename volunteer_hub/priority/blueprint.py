"""The blueprint of priority; its pages are in views*.py. Its filters write estimates as they deserve."""

from __future__ import annotations

import math
from collections.abc import Sequence

from flask import Blueprint
from flask_babel import format_decimal, format_percent

bp = Blueprint("priority", __name__)


@bp.app_template_filter("significant_number")
def significant_number(value: float, figures: int = 3) -> float:
    """The number rounded to so many figures; large numbers to whole ones."""
    if not value:
        return 0.0
    return round(value, max(figures - 1 - math.floor(math.log10(abs(value))), 0))


@bp.app_template_filter("significant")
def significant(value: float, figures: int = 3) -> str:
    """The same, written in the reader's own way."""
    return str(format_decimal(significant_number(value, figures), "#,##0.########"))


@bp.app_template_filter("percent")
def percent(share: float) -> str:
    """A share of 0 to 1 as whole per cent, with one decimal below 10 %."""
    return str(format_percent(share, "#,##0%" if share >= 0.0995 else "#,##0.#%"))


@bp.app_template_filter("alike")
def alike(values: Sequence[float], signed: bool = False, figures: int = 3) -> list[str]:
    """Numbers that belong together, to the place that so many figures of the largest of them reach."""
    most = max((abs(value) for value in values), default=0.0)
    place = figures - 1 - math.floor(math.log10(most)) if most else 0
    return [_to_place(value, place, signed) for value in values]


def _to_place(value: float, place: int, signed: bool) -> str:
    """Zero is plain, and what is not zero never looks like it."""
    if value and not round(value, place):
        place = -math.floor(math.log10(abs(value)))
    digits = "#,##0" + ("." + "0" * place if place > 0 else "")
    pattern = f"+{digits};−{digits}" if signed and value else digits if value else "0"
    return str(format_decimal(round(value, place), pattern))
