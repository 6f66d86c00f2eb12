"""Many values in one statement whose text never changes: they travel as arrays, so nothing is compiled anew.

An IN list or a VALUES list of a thousand rows is compiled, parsed and planned each time; these are not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, any_, bindparam, func
from sqlalchemy import cast as sql_cast
from sqlalchemy import column as sql_column
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.selectable import TableValuedAlias
from sqlalchemy.types import TypeEngine


def is_one_of(column: Any, values: Collection[Any]) -> ColumnElement[bool]:
    """`column = ANY (values)`: like IN, with one parameter however many values. Numbers and UUIDs only."""
    found: ColumnElement[bool] = column == any_(_array(values, column.type))
    return found


def table_of(names: Sequence[str], rows: Iterable[Sequence[int]]) -> TableValuedAlias:
    """Rows of whole numbers as a table to select from. names: of its columns, in the order of the rows."""
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    named = [sql_column(name, BigInteger()) for name in names]
    arrays = [_array(each, BigInteger()) for each in columns]
    return func.unnest(*arrays).table_valued(*named, name="given").render_derived()


def _array(values: Iterable[Any], kind: TypeEngine[Any]) -> ColumnElement[Any]:
    """As one text that PostgreSQL reads: the driver would look at every value twice."""
    return sql_cast(bindparam(None, "{" + ",".join(map(str, values)) + "}", type_=Text()), ARRAY(kind))
