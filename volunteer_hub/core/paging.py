"""Paging in SQL: one page of rows and the total, in two statements at any size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select

from volunteer_hub.core.db import db

Row = TypeVar("Row")
PER_PAGE = 50
MOST_PER_PAGE = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """`rows` of page `number` (from 1); `total` counts all rows."""

    rows: list[Row]
    number: int
    per_page: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))


def page_of(query: Select[*tuple[Any, ...]], number: int, per_page: int = PER_PAGE) -> Page[Any]:
    """The rows of one page of an ordered query. A number past the end gives the last page."""
    per_page = min(max(per_page, 1), MOST_PER_PAGE)
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    last = max(1, -(-total // per_page))
    number = min(max(number, 1), last)
    rows = db.session.execute(query.limit(per_page).offset((number - 1) * per_page)).all()
    return Page(list(rows), number, per_page, total)
