"""The blueprint of priority; its pages are in views*.py. Its filters write estimates as they deserve."""

from __future__ import annotations

import math

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
