"""An entry in other words is answered with the entry in the language: a law over the whole catalogue.

Each type's own example is written as Python, as other tools and as a hasty user would have it, the help is typed, and
the layer that comes out is the example's.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.examples import find_example
from shapecalc.analysis.report import Report
from shapecalc.diagnostics import apply_edits
from shapecalc.document.flow import write_flow
from shapecalc.layers.catalogue import CATALOGUE
from shapecalc.layers.foreign import keras as keras_words
from shapecalc.model.load import Library
from shapecalc.model.values import Values
from tests.contracts.signatures import SIGNATURES
from tests.first_hour.cases import findings

Args = Mapping[str, Any]

ORDER = {
    name: words.split()
    for line in keras_words.ORDER.strip().split("\n")
    for types, _, words in [line.partition(":")]
    for name in types.split()
}


def python(value: Any) -> str:
    """A value as Python writes it; a layer as a call."""
    if isinstance(value, dict):
        ((name, args),) = value.items()
        return call(name, args or {})
    if isinstance(value, list):
        return "[" + ", ".join(map(python, value)) + "]"
    return repr(value)


def call(name: str, args: Args) -> str:
    return f"{name}({', '.join(f'{key}={python(value)}' for key, value in args.items())})"


def positional(name: str, args: Args) -> str | None:
    """The arguments without their names, as far as they stand first; None where there is no difference."""
    first = []
    for key in ORDER.get(name, []):
        if key not in args:
            break
        first.append(key)
    if not first:
        return None
    rest = [f"{key}={python(value)}" for key, value in args.items() if key not in first]
    return f"{name}({', '.join([*(python(args[key]) for key in first), *rest])})"


def in_module(name: str, args: Args) -> str | None:
    return None if name.startswith("ops.") else "keras.layers." + call(name, args)


def type_as_key(name: str, args: Args) -> str:
    return f"type: {name}\n    " + "\n    ".join(f"{key}: {write_flow(value)}" for key, value in args.items())


def class_and_config(name: str, args: Args) -> str:
    return f"class_name: {name}\n    config: {write_flow(dict(args))}"


def with_equals(name: str, args: Args) -> str | None:
    if not args or not all(re.fullmatch(r"[\w.+-]+", str(value)) for value in args.values()):
        return None
    return f"{name}: {{{', '.join(f'{key}={value}' for key, value in args.items())}}}"


def beside(name: str, args: Args) -> str | None:
    return (
        f"{name}:\n    " + "\n    ".join(f"{key}: {write_flow(value)}" for key, value in args.items()) if args else None
    )


def without_space(name: str, args: Args) -> str | None:
    return f"{name}:{write_flow(dict(args))}" if args else None


def without_colon(name: str, args: Args) -> str | None:
    return f"{name} {write_flow(dict(args))}" if args else None


def as_a_list(name: str, args: Args) -> str | None:
    return (
        f"{name}:\n" + "\n".join(f"      - {key}: {write_flow(value)}" for key, value in args.items()) if args else None
    )


WAYS: list[Callable[[str, Args], str | None]] = [
    call, positional, in_module, type_as_key, class_and_config, with_equals, beside, without_space, without_colon,
    as_a_list,
]  # fmt: skip


@functools.cache
def models() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """For each type an example whose entry takes one line: its text, that line and its arguments."""
    found = {}
    for name in CATALOGUE:
        shown = find_example(name)
        if shown is None:
            continue
        lines = [line for line in shown.text.split("\n") if line.lstrip().startswith(f"- {name}:")]
        if len(lines) != 1 or "$" in lines[0] or not lines[0].rstrip().endswith("}"):
            continue
        report = shown.report
        entry = next(one for one in report.spec.entries if one.key.value == name)
        found[name] = (shown.text, lines[0], _values(entry.args))
    return found


def _values(node: Any) -> dict[str, Any]:
    spec = Library().parse("input: [1]\nlayers: [Flatten]\n", "x.yaml")
    value: dict[str, Any] = Values(spec, {}, []).evaluate(node)
    return value


def read(text: str) -> Report:
    return analyse(Library().parse(text, "x.yaml"))


@pytest.mark.parametrize("way", WAYS, ids=[way.__name__ for way in WAYS])
def test_typing_the_help_gives_the_same_layer(way: Callable[[str, Args], str | None]) -> None:
    tried = 0
    for name, (text, line, args) in models().items():
        written = way(name, args)
        if written is None:
            continue
        tried += 1
        indent = line[: len(line) - len(line.lstrip())]
        wrong = text.replace(line, f"{indent}- {written}".replace("\n    ", f"\n{indent}  "))
        edits = next((one.edits for one in findings(wrong) if one.edits), ())
        assert edits, wrong
        mended, right = read(apply_edits(wrong, edits)), read(text)
        assert [str(row.inferred.outputs) for row in mended.rows] == [str(row.inferred.outputs) for row in right.rows]
        assert [row.params for row in mended.rows] == [row.params for row in right.rows]
    assert tried >= 40


def test_the_order_of_arguments_is_known_for_most_types() -> None:
    assert len(ORDER) >= 90
    assert set(ORDER) <= set(SIGNATURES)


@pytest.mark.parametrize(
    ("layer", "code", "message"),
    [
        ("5", "SC108", "`5` is no layer type"),
        ("$part", "SC204", "a layer cannot be read from an argument"),
    ],
)
def test_what_is_no_layer_where_one_is_held(layer: str, code: str, message: str) -> None:
    text = f"args: {{part: 1}}\ninput: [5, 1]\nlayers:\n  - Bidirectional: {{layer: {layer}}}\n"
    report = analyse(Library().parse(text, "model.yaml"))
    assert [(finding.code, finding.message) for finding in report.diagnostics] == [(code, message)]


@pytest.mark.parametrize(
    ("line", "help"),
    [
        ("batch_sise: 4", "did you mean `batch_size`?"),
        ("dtyp: float16", "did you mean `dtype`?"),
        ("blocs: {A: {layers: [Flatten]}}", "did you mean `blocks`?"),
        ("outputz: flatten", "did you mean `outputs`?"),
    ],
)
def test_a_misspelt_key_is_one_finding_that_names_it(line: str, help: str) -> None:
    report = analyse(Library().parse(f"input: [4]\n{line}\nlayers: [Flatten]\n", "model.yaml"))
    assert [finding.help for finding in report.diagnostics] == [help]


def test_a_misspelt_input_is_one_finding() -> None:
    report = analyse(Library().parse("inputt: [4]\nlayers: [{Dense: {units: 2}}]\n", "model.yaml"))
    assert [finding.code for finding in report.diagnostics] == ["SC109"]
