"""A document and a command for every seed: the same ones each time, so that a seed is all that a report needs."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from shapecalc.layers.arguments.argument import Arg
from shapecalc.layers.catalogue import CATALOGUE, find
from tests.robust.mutations import SNIPPETS

SPECS = Path(__file__).parents[3] / "specs"

COMMANDS = (
    "summary",
    "summary --unfold --depth 9 --batch 3",
    "summary --output-format json --depth 3",
    "summary --output-format csv --columns macs,flops,weights,bytes,activations,memory,mask,dtype,formula,line",
    "summary --output-format markdown --columns macs,memory --training adam --kv-cache",
    "summary --set units=2,3 --set T=8,16",
    "explain",
    "explain --output-format markdown",
    "explain --convention torch",
    "check",
    "check --strict --output-format json",
    "check --output-format sarif",
    "check --output-format junit --set T=8",
    "check --output-format gitlab",
    "check --output-format json-lines --output-file -",
    "check --run --max-memory 100MB",
    "run --input random --max-memory 100MB --batch 2",
    "run --input ones --output-format json --max-memory 100MB",
    "run --input [[1.5]] --output-format csv --max-memory 100MB",
    "diff --numeric --max-memory 100MB",
    "diff --output-format markdown",
    "convert --to dot --depth 3",
    "convert --to mermaid",
    "convert --to svg --depth 9",
    "convert --to keras-json",
    "convert --to yaml",
    "solve --for units --max-params 1M",
    "solve --for T --max-macs 1G",
    "sweep --set units=1..9",
    "sweep --set T=1..40:3 --where params<=1M",
)
"""`diff` holds the document against itself with its numbers changed a little."""

_SIZES = (0, 1, 1, 2, 2, 3, 4, 5, 7, 8, 16, 32, 64, 1000, 2**20, 2**31, 2**63, 10**30, -1, None, "T", "...", "B")
_WORDS = ("same", "valid", "relu", "softmax", "channels_last", "channels_first", "float16", "int32", "string", "bool",
          "l2", "zeros", "concat", "auto", "x", "", "$units", "$T // 2", "$units * $units", "1 if $units > 3 else 2",
          ".nan", "1e400", "None", "é", "\u202e", "a\nb", "::x", "=x")  # fmt: skip
_KEYS = ("name", "from", "if", "repeat", "call", "reuse", "input", "inputs", "layers", "outputs", "blocks", "args",
         "expect", "dtype", "batch_size", "file", "trainable", "units", "kernel_size", "layer", "shape")  # fmt: skip
_LETTERS = "abDLT:{}[]-,$*&!#|>'\" \n\t01.e?%@`"


class Document(NamedTuple):
    """A text, the words of a command without its file, and how the file is to be called."""

    text: str
    words: tuple[str, ...]
    name: str = "model.yaml"


@cache
def list_specs() -> tuple[str, ...]:
    found = [path for path in sorted(SPECS.glob("*/*.yaml")) if path.stat().st_size < 4_000]
    return tuple([path.read_text("utf-8") for path in found])


@cache
def _list_models() -> tuple[str, ...]:
    folder = SPECS.parent / "tests" / "formats" / "keras" / "written"
    return tuple([path.read_text("utf-8") for path in sorted(folder.glob("*.json")) if path.stat().st_size < 20_000])


def document(seed: int) -> Document:
    """The document of a seed, and what is done with it."""
    random = Random(seed)
    words = tuple(random.choice(COMMANDS).split())
    kind = seed % 10
    if kind < 4:
        return Document(mutate(random, random.choice(list_specs())), words)
    if kind < 8:
        return Document(generate_spec(random), words)
    if kind == 8:
        return Document(_text(random), words)
    target = random.choice(("yaml", "keras-json", "svg"))
    return Document(mutate(random, random.choice(_list_models())), ("convert", "--to", target), "model.json")


def mutate(random: Random, text: str) -> str:
    """A text with a few pieces cut out, doubled, moved or put in, and numbers that are others."""
    for _ in range(random.randint(1, 5)):
        start = random.randint(0, len(text))
        end = min(len(text), start + random.randint(0, 30))
        way = random.random()
        if way < 0.3:
            piece = random.choice(SNIPPETS)
        elif way < 0.5:
            piece = text[start:end] * 2
        elif way < 0.8:
            start, end = _number(text, start)
            piece = str(random.choice(_SIZES))
        else:
            piece = ""
        text = text[:start] + piece + text[end:]
    return text


def _number(text: str, start: int) -> tuple[int, int]:
    """Where the next number behind a place begins and ends."""
    while start < len(text) and not text[start].isdecimal():
        start += 1
    end = start
    while end < len(text) and text[end].isdecimal():
        end += 1
    return start, end


def generate_spec(random: Random) -> str:
    """A spec whose entries are layers of the catalogue with arguments of all sorts, most of them fit."""
    count = random.randint(1, 6)
    spec: dict[str, Any] = {"args": {"units": random.choice(_SIZES[:12]), "T": 8}}
    spec["input"] = _shape(random)
    if random.random() < 0.3:
        spec["blocks"] = {"Part": {"layers": [_entry(random) for _ in range(random.randint(1, 3))]}}
    spec["layers"] = [_entry(random) for _ in range(count)]
    for _ in range(random.choice((0, 0, 1, 2))):
        spec[random.choice(_KEYS)] = _value(random, 2)
    # JSON is YAML.
    return "{" + ", ".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in spec.items()) + "}\n"


def _shape(random: Random) -> list[Any]:
    if random.random() < 0.8:
        return [random.choice((1, 2, 3, 4, 8, 12, 16, "T", None)) for _ in range(random.randint(1, 4))]
    return [random.choice(_SIZES) for _ in range(random.randint(0, 6))]


def _entry(random: Random) -> Any:
    """A layer with its wiring."""
    if random.random() < 0.1:
        return random.choice(
            ("Part", "Flatten", {"Part": {}}, {"reuse": "dense"}, {"Weight": {"shape": _shape(random)}})
        )
    type_name = random.choice(tuple(CATALOGUE))
    entry: dict[str, Any] = {type_name: _arguments(random, type_name, 2)}
    if random.random() < 0.2:
        entry["from"] = random.choice(("input", "prev", ["prev", "input"], ["input"] * 3, "dense", {"query": "prev"}))
    if random.random() < 0.1:
        entry["repeat"] = random.choice((2, 3, "$T", {"i": 2}, {"units": [1, 2]}, 0, 10**9))
    if random.random() < 0.05:
        entry["if"] = random.choice((True, False, "$units > 3", "$T"))
    if random.random() < 0.03:
        entry[random.choice(_KEYS)] = _value(random, 2)
    return entry


def _arguments(random: Random, type_name: str, depth: int) -> dict[str, Any]:
    layer_type = find(type_name)
    assert layer_type is not None
    given = {}
    for name, argument in layer_type.args.items():
        if argument.required or random.random() < 0.15:
            given[name] = _argument(random, argument, depth)
    return given


def _argument(random: Random, argument: Arg[Any], depth: int) -> Any:
    """A value that an argument may well take, now and then anything."""
    kind = type(argument.kind).__name__
    if random.random() < 0.1:
        return _value(random, depth)
    if "Layer" in kind:
        inner = random.choice(("Dense", "LSTM", "Conv1D", "LSTMCell", "GRU", "Flatten", "Part"))
        return {inner: {} if inner in ("Flatten", "Part") else _arguments(random, inner, depth - 1) if depth else {}}
    if "Flag" in kind or "Bool" in kind:
        return random.random() < 0.5
    if random.random() < 0.6:
        return random.choice((1, 2, 3, 4, 8, "$units", "$T"))
    return random.choice((0.5, 0.1, [1, 2], [2, 2], [1, 1], [[1, 1], [1, 1]], [-1], -1, *_WORDS[:13]))


def _value(random: Random, depth: int) -> Any:
    """Anything."""
    way = random.random()
    if depth > 0 and way < 0.2:
        return [_value(random, depth - 1) for _ in range(random.randint(0, 4))]
    if depth > 0 and way < 0.35:
        return {random.choice(_KEYS): _value(random, depth - 1) for _ in range(random.randint(0, 3))}
    if way < 0.6:
        return random.choice(_SIZES)
    return random.choice((*_WORDS, True, False, 0.5, -0.0, 1e308, *_KEYS))


def _text(random: Random) -> str:
    """Letters that mean something to YAML, alone or where an entry is to stand."""
    text = "".join(random.choice(_LETTERS) for _ in range(random.randint(0, 120)))
    if random.random() < 0.5:
        return text
    return "input: [4]\nlayers:\n  - " + text.replace("\n", "\n    ")
