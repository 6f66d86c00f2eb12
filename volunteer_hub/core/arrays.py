"""Many rows in one statement whose text never changes: columns travel as arrays, so nothing is compiled anew.

A VALUES list of a thousand rows is compiled, parsed and planned each time; these are not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    Integer,
    Text,
    Uuid,
    any_,
    bindparam,
    func,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy import column as sql_column
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.selectable import TableValuedAlias
from sqlalchemy.types import TypeEngine

NUMBER, COUNT, TEXT, YES_NO = BigInteger(), Integer(), Text(), Boolean()
INSTANT, UUID = DateTime(timezone=True), Uuid()


def is_one_of(column: Any, values: Collection[Any]) -> ColumnElement[bool]:
    """`column = ANY (values)`: like IN, with one parameter however many values there are."""
    found: ColumnElement[bool] = column == any_(_array(list(values), column.type))
    return found


def table_of(
    columns: Sequence[tuple[str, TypeEngine[Any]]], rows: Iterable[Sequence[Any]]
) -> TableValuedAlias:
    """Rows as a table to select from. columns: name and type of each; rows: their values in that order."""
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    arrays = [_array(list(each), kind) for each, (_name, kind) in zip(values, columns, strict=True)]
    named = [sql_column(name, kind) for name, kind in columns]
    return func.unnest(*arrays).table_valued(*named, name="given").render_derived()


def _array(values: list[Any], kind: TypeEngine[Any]) -> ColumnElement[Any]:
    return sql_cast(bindparam(None, values, type_=ARRAY(kind)), ARRAY(kind))
