"""Plain problems and plans as bytes and back, to the last bit: arrays as numpy keeps them, the rest as JSON.

No pickles: what is unpacked can only be numbers, texts and the dataclasses of the engine and of this feature.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import json
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

KNOWN = ("geodata.matching.", "volunteer_hub.matching.")


def packed(value: Any) -> bytes:
    """Arrays, texts, numbers, None, tuples, lists, sets of text and known dataclasses, as bytes."""
    arrays: list[np.ndarray] = []
    tree = json.dumps(_tree(value, arrays)).encode()
    file = io.BytesIO()
    named = {f"a{number}": array for number, array in enumerate(arrays)}
    np.savez_compressed(file, tree=np.frombuffer(tree, np.uint8), **named)  # type: ignore[arg-type]
    return file.getvalue()


def fingerprint(value: Any) -> str:
    """The same text for the same value, another one for any other."""
    arrays: list[np.ndarray] = []
    found = hashlib.sha256(json.dumps(_tree(value, arrays)).encode())
    for array in arrays:
        found.update(repr((array.dtype.str, array.shape)).encode())
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def unpacked(data: bytes) -> Any:
    """What `packed` was given."""
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        return _value(json.loads(file["tree"].tobytes()), file)


def _tree(value: Any, arrays: list[np.ndarray]) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        if value.dtype == object:  # names
            return {"names": [str(each) for each in value.tolist()]}
        arrays.append(value)
        return {"array": len(arrays) - 1}
    if isinstance(value, (tuple, list)):
        return {type(value).__name__: [_tree(each, arrays) for each in value]}
    if isinstance(value, frozenset):
        return {"set": sorted(value)}
    if is_dataclass(value) and type(value).__module__.startswith(KNOWN):
        columns = {each.name: _tree(getattr(value, each.name), arrays) for each in fields(value)}
        return {"is": [type(value).__module__, type(value).__qualname__], "fields": columns}
    raise TypeError(f"a {type(value).__name__} cannot be packed")


def _value(tree: Any, file: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    if "array" in tree:
        return file[f"a{tree['array']}"]
    if "names" in tree:
        return np.array(tree["names"], dtype=object)
    if "set" in tree:
        return frozenset(tree["set"])
    if "tuple" in tree:
        return tuple(_value(each, file) for each in tree["tuple"])
    if "list" in tree:
        return [_value(each, file) for each in tree["list"]]
    return _class(*tree["is"])(**{name: _value(each, file) for name, each in tree["fields"].items()})


def _class(module: str, name: str) -> Any:
    found = getattr(importlib.import_module(module), name, None) if module.startswith(KNOWN) else None
    if not (isinstance(found, type) and is_dataclass(found)):
        raise TypeError(f"{module}.{name} is nothing that was packed here")
    return found
