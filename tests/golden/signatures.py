"""Record which arguments Keras's layers and operations take: `python tests/golden/signatures.py`.

Needs Keras with the TensorFlow backend. Writes `data/signatures.json`, described in README.md.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
from collections.abc import Callable
from operator import attrgetter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras

from shapecalc.layers.catalogue import CATALOGUE

TARGET = Path(__file__).resolve().parent / "data" / "signatures.json"


def parameters(function: Callable[..., Any]) -> list[list[Any]]:
    """`[name]` of a parameter that must be given, `[name, default]` of another; stars before one that takes more."""
    rows: list[list[Any]] = []
    for one in inspect.signature(function).parameters.values():
        if one.name == "self":
            continue
        stars = "*" if one.kind is one.VAR_POSITIONAL else "**" if one.kind is one.VAR_KEYWORD else ""
        rows.append([stars + one.name] if stars or one.default is one.empty else [one.name, plain(one.default)])
    return rows


def plain(value: Any) -> Any:
    """A default as JSON has it; an object by its class."""
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return f"{value.__name__ if isinstance(value, type) else type(value).__name__}"


def signature(name: str) -> dict[str, Any] | None:
    """What Keras says of a type of the catalogue; None where it has none of that name."""
    if name.startswith("ops."):
        return {"call": parameters(attrgetter(name.removeprefix("ops."))(keras.ops))}
    layer = getattr(keras.layers, name, None)
    if layer is None:
        return None
    own = parameters(layer.__init__)
    return {"init": own, "base": inherited(layer, own), "call": parameters(layer.call)}


def inherited(layer: type, own: list[list[Any]]) -> list[list[Any]]:
    """What else a class that takes `**kwargs` may be given: the arguments of the classes it derives from."""
    known = {row[0] for row in own}
    found: dict[str, list[Any]] = {}
    for one in layer.__mro__[1:]:
        if ["**kwargs"] not in own or one is keras.layers.Layer:
            break
        own = parameters(one.__dict__["__init__"]) if "__init__" in one.__dict__ else own
        found |= {row[0]: row for row in own if row[0] not in known | found.keys() and row[0][0] != "*"}
    return list(found.values())


def document() -> str:
    """The JSON text, a type a line."""
    found = {name: signature(name) for name in CATALOGUE}
    classes = {name: one for name, one in vars(keras.layers).items() if inspect.isclass(one)}
    aliases = {name: one.__name__ for name, one in sorted(classes.items()) if name != one.__name__}
    rows = [f"{json.dumps(name)}:{json.dumps(one)}" for name, one in sorted(found.items()) if one is not None]
    return (
        f'{{"keras":{json.dumps(keras.__version__)},"aliases":{json.dumps(aliases)},"types":{{\n'
        + ",\n".join(rows)
        + "\n}}\n"
    )


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
