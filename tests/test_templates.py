"""Every call of a macro in a template gives what the macro asks for, also in parts that are seldom seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from inspect import Parameter, signature
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from volunteer_hub.core import assets

TEMPLATES = Path(__file__).parent.parent / "templates"
NAMES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.*") if path.is_file())
FUNCTIONS = {"icon": assets.icon}
"""What templates call like a macro, drawn in Python because a page has dozens of it."""
_ENVIRONMENT = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"])


def parsed(name: str) -> nodes.Template:
    return _ENVIRONMENT.parse((TEMPLATES / name).read_text(encoding="utf-8"))


@cache
def macros_known_to(name: str) -> dict[str, nodes.Macro]:
    """The macros that a template may call, by the name it calls them."""
    tree = parsed(name)
    known = {macro.name: macro for macro in tree.find_all(nodes.Macro)}
    known |= {own: _as_macro(FUNCTIONS[own]) for own in _set_to_functions(tree)}
    for whole in tree.find_all(nodes.Import):  # whose macros are passed on under their own names
        assert isinstance(whole.template, nodes.Const)
        known |= macros_known_to(whole.template.value)
    for taken in tree.find_all(nodes.FromImport):
        assert isinstance(taken.template, nodes.Const), f"{name} imports from no fixed name"
        there = macros_known_to(taken.template.value)
        for each in taken.names:
            own, alias = each if isinstance(each, tuple) else (each, each)
            assert own in there, f"{taken.template.value} has no macro {own}, which {name} imports"
            known[alias] = there[own]
    return known


def _set_to_functions(tree: nodes.Template) -> Iterator[str]:
    for each in tree.find_all(nodes.Assign):
        if isinstance(each.target, nodes.Name) and isinstance(each.node, nodes.Name):
            yield from {each.target.name} & FUNCTIONS.keys()


def _as_macro(function: Callable[..., object]) -> nodes.Macro:
    """The macro that takes what this function takes."""
    head = ", ".join(
        str(each.replace(annotation=Parameter.empty)) for each in signature(function).parameters.values()
    )
    drawn = _ENVIRONMENT.parse(f"{{% macro {function.__name__}({head}) %}}{{% endmacro %}}")
    return next(drawn.find_all(nodes.Macro))


def misfits(name: str) -> Iterator[str]:
    tree = parsed(name)
    values = {arg.name for macro in tree.find_all(nodes.Macro) for arg in macro.args}  # may be called, too
    known = {own: macro for own, macro in macros_known_to(name).items() if own not in values}
    for call in tree.find_all(nodes.Call):
        if not isinstance(call.node, nodes.Name) or call.node.name not in known or call.dyn_args:
            continue
        macro = known[call.node.name]
        names = [arg.name for arg in macro.args]
        given = [*names[: len(call.args)], *(keyword.key for keyword in call.kwargs)]
        where = f"{name}:{call.lineno}: {macro.name}"
        if len(call.args) > len(names) and not _takes(macro, "varargs"):
            yield f"{where} takes {len(names)} values, not {len(call.args)}"
        yield from (f"{where} is not given {each}" for each in _required(macro) if each not in given)
        if not _takes(macro, "kwargs"):
            yield from (f"{where} knows no {each}" for each in given if each not in names)


def _takes(macro: nodes.Macro, rest: str) -> bool:
    return any(each.name == rest for each in macro.find_all(nodes.Name))


def _required(macro: nodes.Macro) -> list[str]:
    return [arg.name for arg in macro.args[: len(macro.args) - len(macro.defaults)]]


@pytest.mark.parametrize("name", NAMES)
def test_macros_get_what_they_ask_for(name):
    assert list(misfits(name)) == []


def test_there_are_templates_to_look_at():
    assert sum(len(macros_known_to(name)) for name in NAMES) > 100
