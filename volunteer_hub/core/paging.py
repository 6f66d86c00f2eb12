"""Paging in SQL: one page of rows and the total, in two statements at any size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select

from volunteer_hub.core.db import db

Row = TypeVar("Row")
PER_PAGE = 50
MOST_PER_PAGE = 200
MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """`rows` of page `number` (from 1); `total` counts all rows, or with `more` as many as were counted."""

    rows: list[Row]
    number: int
    per_page: int
    total: int
    more: bool = False

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))


def some_page_of(
    query: Select[*tuple[Any, ...]], number: int, per_page: int = PER_PAGE, *, most: int = MOST_COUNTED
) -> Page[Any]:
    """The same where counting all would take long: counted up to `most`, and these alone have pages.

    A first page that is not full is not counted at all.
    """
    per_page = min(max(per_page, 1), MOST_PER_PAGE)
    number = min(max(number, 1), -(-most // per_page))
    rows = _rows(query, number, per_page)
    if number == 1 and len(rows) < per_page:
        return Page(rows, 1, per_page, len(rows))
    counted = select(func.count()).select_from(query.order_by(None).limit(most + 1).subquery())
    total = db.session.scalar(counted) or 0
    last = max(1, -(-min(total, most) // per_page))
    if number > last:
        number, rows = last, _rows(query, last, per_page)
    return Page(rows, number, per_page, min(total, most), more=total > most)


def _rows(query: Select[*tuple[Any, ...]], number: int, per_page: int) -> list[Any]:
    return list(db.session.execute(query.limit(per_page).offset((number - 1) * per_page)).all())


def page_of(query: Select[*tuple[Any, ...]], number: int, per_page: int = PER_PAGE) -> Page[Any]:
    """The rows of one page of an ordered query. A number past the end gives the last page."""
    per_page = min(max(per_page, 1), MOST_PER_PAGE)
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    last = max(1, -(-total // per_page))
    number = min(max(number, 1), last)
    return Page(_rows(query, number, per_page), number, per_page, total)
