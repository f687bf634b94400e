"""Record which values Keras's arguments accept: `python tests/golden/record_arguments.py [TYPE...]`.

Needs Keras with the TensorFlow backend. Writes `data/arguments.json`, described in README.md.
"""

from __future__ import annotations

import ast
import gc
import inspect
import json
import re
import sys
import textwrap
import warnings
from functools import cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import keras
import tensorflow as tf

from tests.golden.probes import APART, FEW, LOOKED_UP, USUAL, VALUES, bases, variants
from tests.golden.record import Operation, call, eager_inputs, make
from tests.golden.signatures import inherited, parameters

TARGET = Path(__file__).resolve().parent / "data" / "arguments.json"
WORD = re.compile(r"[A-Za-z][\w-]{0,30}")


def tried(type_name: str) -> dict[str, Any]:
    """The arguments of a type with their defaults, those that hold tensors or layers left out."""
    if type_name.startswith("ops."):
        function: Any = keras.ops
        for part in type_name.split(".")[1:]:
            function = getattr(function, part)
        rows = parameters(function)
        fed = {port for case in bases(type_name, "") for port in case["inputs"]}
    else:
        layer = getattr(keras.layers, type_name)
        own = parameters(layer.__init__)
        rows, fed = own + inherited(layer, own), set()
        rows.append(["trainable", True])
    return {
        row[0]: row[1] if len(row) > 1 else None for row in rows if row[0] not in {*APART, *fed} and row[0][0] != "*"
    }


@cache
def literals(source: str) -> tuple[str, ...]:
    """The words that stand between quotes in a source text."""
    nodes = ast.walk(ast.parse(textwrap.dedent(source)))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return tuple(sorted(text for text in texts if WORD.fullmatch(text)))


def words(type_name: str, argument: str) -> list[str]:
    """Words that an argument may take: those in the sources of the type, or the names of what Keras looks up."""
    for table in LOOKED_UP:
        if argument.endswith(table):
            known = getattr(keras.src, f"{table}s").ALL_OBJECTS_DICT
            return names_of(known) if type_name == "Dense" else list(FEW)
    if type_name.startswith("ops."):
        function: Any = keras.ops
        for part in type_name.split(".")[1:]:
            function = getattr(function, part)
        found = set(literals(inspect.getsource(function)))
    else:
        mro = getattr(keras.layers, type_name).__mro__
        own = mro[: mro.index(keras.layers.Layer)]
        found = {word for one in own for word in literals(inspect.getsource(one))}
    return sorted({*found, *USUAL} - {argument, "self"})


def names_of(table: dict[Any, Any]) -> list[str]:
    return sorted(name for name in table if isinstance(name, str))


def made(type_name: str, config: dict[str, Any]) -> Any:
    operation = type_name.startswith("ops.")
    return Operation(type_name.removeprefix("ops."), config) if operation else make({type_name: config})


def accepted(type_name: str, argument: str, value: Any) -> bool:
    """Whether Keras makes a layer with this value and calls it."""
    for case in bases(type_name, argument):
        try:
            call(made(type_name, {**case["config"], argument: value}), eager_inputs(case), case)
        except Exception:  # any class is a refusal
            continue
        return True
    return False


def recorded(type_name: str, argument: str, default: Any) -> dict[str, Any]:
    """`values`: a sign for each of `VALUES`; `words` and `refused`: the words that it takes and those it does not."""
    row: dict[str, Any] = {"values": "".join("-+"[accepted(type_name, argument, value)] for value in VALUES)}
    if isinstance(default, str) or (default is None and row["values"][VALUES.index("nonsense")] == "-"):
        found = words(type_name, argument)
        row["words"] = [word for word in found if accepted(type_name, argument, word)]
        more = dict.fromkeys(form for word in row["words"] for form in variants(word) if form not in found)
        row["words"] += [form for form in more if accepted(type_name, argument, form)]
        row["refused"] = [word for word in found if word not in row["words"]]
        if not row["words"]:
            del row["words"], row["refused"]
    return row


def main(names: list[str]) -> None:
    from shapecalc.layers.catalogue import CATALOGUE

    tf.config.threading.set_intra_op_parallelism_threads(1)
    gc.freeze()
    warnings.simplefilter("ignore")
    known = json.loads(TARGET.read_text(encoding="utf-8"))["types"] if names and TARGET.exists() else {}
    for type_name in names or CATALOGUE:
        if (type_name.startswith("ops.") or hasattr(keras.layers, type_name)) and bases(type_name, ""):
            known[type_name] = {
                argument: recorded(type_name, argument, default) for argument, default in tried(type_name).items()
            }
            print(type_name, flush=True)
            keras.backend.clear_session()
    rows = [f"{json.dumps(name)}:{json.dumps(row, separators=(',', ':'))}" for name, row in sorted(known.items())]
    text = f'{{"keras":{json.dumps(keras.__version__)},"types":{{\n' + ",\n".join(rows) + "\n}}\n"
    TARGET.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
