"""Which columns of a streets file say class, name and who may not enter, and what their values mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from geodata.streets.classes import CLOSED, MOTOR_ONLY, NUMBER, OSM_KIND, mtfcc_kind, osm_kind

# Well-known names of columns, best first; case and underscores do not count.
_KIND = (
    "highway", "mtfcc", "fclass", "majorroad", "roadclass", "funcclass", "functionalclass", "fclasscd",
    "classname", "streetclass", "functionclass", "stclass", "class", "roadtype", "type",
)  # fmt: skip
_NAME = (
    "name", "fullname", "street", "streetname", "stname", "fullstreet", "fullstreetname", "fullstname",
    "lstname", "roadname", "rdname", "stfullname", "lfullname", "strname", "label", "fename",
)  # fmt: skip
_ALIAS = ("alias", "altname", "aliasname", "alias1", "altstname", "officialname")
# Roads' classes by the Federal Highway Administration's functional classification, 1 to 7.
_FUNCTIONAL = {1: "motorway", 2: "motorway", 3: "primary", 4: "secondary", 5: "tertiary", 6: "tertiary"}
_WORDS = (
    (r"(?<![a-z])(rail(road|way)?(?!.*trail)|ferry|paper|proposed|vacated|unbuilt)(?![a-z])", "no street"),
    (r"interstate|freeway|motorway|expressway|limited|ramp|controlled", "motorway"),
    (r"principal|major art|primary", "primary"),
    (r"arterial|major|highway|secondary", "secondary"),
    (r"collector|tertiary|connector", "tertiary"),
    (r"stair|step", "steps"),
    (r"sidewalk|footway|pedestrian|walk", "footway"),
    (r"trail|path|bike|cycle|greenway", "path"),
    (r"alley|service|driveway|parking|lane way|laneway", "service"),
)
_SHUT_WORDS = frozenset(("no", "private", "n", "restricted", "closed"))


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of columns in a streets file; None where there is none."""

    kind: str | None = None
    name: str | None = None
    alias: str | None = None
    access: str | None = None
    foot: str | None = None

    def sentence(self) -> str:
        """Which column is taken for what, for a summary."""
        said = {f.name: getattr(self, f.name) for f in fields(self)}
        return ", ".join(f"{what}: {column}" for what, column in said.items() if column) or "none known"


def guess_columns(names: Sequence[str], given: Columns | None = None) -> Columns:
    """The columns by their well-known names; those given stay as they are."""
    plain = {re.sub(r"[^a-z0-9]", "", name.casefold()): name for name in reversed(names)}
    given = given or Columns()

    def pick(mine: str | None, known: Sequence[str]) -> str | None:
        return mine or next((plain[each] for each in known if each in plain), None)

    return Columns(
        pick(given.kind, _KIND),
        pick(given.name, _NAME),
        pick(given.alias, _ALIAS),
        pick(given.access, ("access",)),
        pick(given.foot, ("foot",)),
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """What a line says besides its class, as texts; empty where it says nothing."""

    foot: str = ""
    access: str = ""
    service: str = ""


def reader_of(column: str | None, values: Sequence[Any]) -> Callable[[Any, Entry], tuple[int, str]]:
    """What tells the kind from the class of a line: number, and why not where it is CLOSED.

    values: all that occur, by which the manner of writing classes is known.
    """
    said = {str(v).strip() for v in values if v is not None and v == v and str(v).strip()}
    if column is None or not said:
        return _all_alike
    if sum(v.lower() in OSM_KIND or v.lower() in MOTOR_ONLY for v in said) * 2 >= len(said):
        return _by_highway
    if all(re.fullmatch(r"[A-Z]\d{4}", v) for v in said):
        return _by_mtfcc
    if all(re.fullmatch(r"\d+(\.0)?", v) for v in said):
        return _by_function if re.search(r"func|fclass", column.casefold()) else _by_rank
    return _by_words


def _all_alike(_value: Any, entry: Entry) -> tuple[int, str]:
    return _open("residential", entry)


def _by_highway(value: Any, entry: Entry) -> tuple[int, str]:
    return osm_kind(_text(value).lower(), entry.foot, entry.access, entry.service)


def _by_mtfcc(value: Any, _entry: Entry) -> tuple[int, str]:
    return mtfcc_kind(_text(value))


def _by_function(value: Any, entry: Entry) -> tuple[int, str]:
    return _open(_FUNCTIONAL.get(_number(value), "residential"), entry)


def _by_rank(value: Any, entry: Entry) -> tuple[int, str]:
    """A column that numbers the major roads: 1 the first of them, 2 the second, blank or 0 all others."""
    return _open({1: "secondary", 2: "tertiary"}.get(_number(value), "residential"), entry)


def _by_words(value: Any, entry: Entry) -> tuple[int, str]:
    plain = _text(value).casefold()
    kind = next((kind for pattern, kind in _WORDS if re.search(pattern, plain)), "residential")
    return _open(kind, entry)


def _open(kind: str, entry: Entry) -> tuple[int, str]:
    """The number of a kind; of the closed ones motorways alone part what lies on their sides."""
    if kind not in NUMBER:
        return CLOSED, "motorway" if kind == "motorway" else "not a street"
    if entry.access.casefold() in _SHUT_WORDS:
        return CLOSED, "no access"
    return NUMBER[kind], ""


def _number(value: Any) -> int:
    text = _text(value)
    return int(float(text)) if text else 0


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value).strip()
