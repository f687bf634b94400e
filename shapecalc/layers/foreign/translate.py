"""A name or a call of another library as an entry: the type, and its arguments with their values."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from shapecalc.layers.arguments.names import ACTIVATIONS
from shapecalc.layers.catalogue import ALIASES, CATALOGUE, canonical, find
from shapecalc.layers.class_names import snake_case
from shapecalc.layers.foreign import keras, onnx, torch
from shapecalc.layers.foreign.calls import Call, Name, NotACall, bind, read_value

LIBRARIES = {"Keras": keras, "PyTorch": torch, "ONNX": onnx}
"""The libraries whose names are looked up, in this order, unless the module before a name says which."""


class Counterpart(NamedTuple):
    """The entry that stands for a layer of `library`; `left_out` and `notes` say which arguments it cannot hold."""

    library: str
    type_name: str
    args: dict[str, Any]
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """The arguments that must be given and are not."""
        layer_type = find(self.type_name)
        return () if layer_type is None else tuple(name for name in layer_type.required if name not in self.args)


class NoLayer(NamedTuple):
    """A name of `library` for which there is no layer, and the way out."""

    library: str
    way_out: str


class Rule(NamedTuple):
    """A line of a table: the library's parameters, those that need not be said, and the entry."""

    library: str
    parameters: list[str]
    silent: frozenset[str]
    type_name: str
    targets: dict[str, ast.expr]


def translate(call: Call) -> Counterpart | NoLayer | None:
    """What stands for a call of another library, or of Keras; None where the name means nothing."""
    library = _find_library(call.module)
    before, _, operation = f".{call.module}.{call.name}".rpartition(".ops.")
    if f"ops.{operation}" in CATALOGUE and (before or call.module):
        return _translate_operation(call._replace(name=operation))
    if library in (None, "Keras") and canonical(call.name) in CATALOGUE:
        return _translate_keras(call._replace(name=canonical(call.name)))
    order = [library, *LIBRARIES] if library else list(LIBRARIES)
    match = next(((name, entry) for name in order if (entry := read_table(name).get(call.name)) is not None), None)
    if match is None and call.name in ACTIVATIONS:
        return _translate_activation(call)
    if match is None and library in (None, "Keras"):
        same = next((name for name in CATALOGUE if name.lower() == call.name.lower()), None)
        if same is not None:
            return _translate_keras(call._replace(name=same))
    if match is None:
        match = next(((name, entry) for name in order if (entry := _lower_names(name).get(call.name.lower()))), None)
    if match is None:
        return _translate_activation(call)
    name, entry = match
    return _translate(entry, call) if isinstance(entry, Rule) else NoLayer(name, entry)


@cache
def list_other_names() -> dict[str, tuple[str, ...]]:
    """The types of the catalogue by what other libraries call them."""
    names: dict[str, tuple[str, ...]] = {}
    for alias, name in ALIASES.items():
        names[name] = (*names.get(name, ()), alias)
    for library in LIBRARIES:
        for name, entry in read_table(library).items():
            if isinstance(entry, Rule):
                names[entry.type_name] = (*names.get(entry.type_name, ()), name)
    return names


@cache
def read_table(library: str) -> dict[str, Rule | str]:
    """The names of a library: a rule where a layer stands for one, else the way out."""
    without = {name: words for names, words in LIBRARIES[library].NO_LAYER.items() for name in names.split()}
    return without | _read_rules(library)


@cache
def _lower_names(library: str) -> dict[str, Rule | str]:
    return {name.lower(): entry for name, entry in read_table(library).items()}


def _find_library(module: str) -> str | None:
    words = module.lower().split(".")
    if "torch" in words or ("nn" in words and "tf" not in words):
        return "PyTorch"
    if "onnx" in words:
        return "ONNX"
    return "Keras" if {"keras", "layers", "tf", "tfkl", "kl"} & set(words) else None


@cache
def _read_orders() -> dict[str, list[str]]:
    """Keras's types, and the arguments that a call may give without their names."""
    orders: dict[str, list[str]] = {}
    for line in keras.ORDER.strip().split("\n"):
        types, _, arguments = line.partition(":")
        orders |= {name: arguments.split() for name in types.split()}
    return orders


def _read_rules(library: str) -> dict[str, Rule]:
    """The table of a library by name."""
    rules: dict[str, Rule] = {}
    for line in LIBRARIES[library].LAYERS.strip().split("\n"):
        for rank in "123" if "#" in line else " ":
            signature, _, entry_text = line.replace("#", rank).partition(" = ")
            name, _, parameters = signature.rstrip(")").partition("(")
            words = [word.strip() for word in parameters.split(",") if word.strip()]
            entry = ast.parse(entry_text, mode="eval").body
            assert isinstance(entry, ast.Call)
            rules[name] = Rule(
                library,
                [word.lstrip("~") for word in words],
                frozenset(word[1:] for word in words if word[0] == "~"),
                ast.unparse(entry.func),
                {str(keyword.arg): keyword.value for keyword in entry.keywords},
            )
    return rules


def _translate_operation(call: Call) -> Counterpart | None:
    """A function of keras.ops: what it is fed stands in front of its arguments."""
    fed = [value.name for value in call.positional if isinstance(value, Name)]
    if len(fed) < len(call.positional):
        return None
    notes = (
        (f"what it is fed stands below it, `from: {fed[0] if len(fed) == 1 else fed}`".replace("'", ""),) if fed else ()
    )
    return Counterpart("Keras", f"ops.{call.name}", dict(call.keywords), (), notes)


def _translate_keras(call: Call) -> Counterpart | None:
    values = bind(call, _read_orders().get(call.name, []))
    return None if values is None else Counterpart("Keras", call.name, _translate_inner(values))


def _translate_activation(call: Call) -> Counterpart | None:
    """`Tanh` or `relu` as the layer that applies a function."""
    name = snake_case(call.name)
    return Counterpart("Keras", "Activation", {"activation": name}) if name in ACTIVATIONS else None


def _translate(rule: Rule, call: Call) -> Counterpart | None:
    values = bind(call, rule.parameters)
    if values is None:
        return None
    values = _translate_inner(values)
    args: dict[str, Any] = {}
    notes: list[str] = []
    used: set[str] = set(rule.silent)
    for target, expression in rule.targets.items():
        wanted = {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)} - set(_FUNCTIONS)
        used |= wanted
        value = _fill_in(expression, values, notes, rule.type_name)
        if value is not None:
            args[target] = value
    if call.name in ("LSTM", "GRU", "RNN") and values.get("bidirectional") is True:
        used.add("bidirectional")
        inner = {rule.type_name: args}
        return Counterpart(rule.library, "Bidirectional", {"layer": inner}, _take_rest(values, used), tuple(notes))
    known = find(rule.type_name)
    taken = {name: value for name, value in values.items() if known and name in known.args and name not in used}
    args |= taken  # a name of another library may come with Keras's words for its arguments
    used |= set(taken)
    if "name" in values:
        args["name"] = values["name"]
        used.add("name")
    return Counterpart(rule.library, rule.type_name, args, _take_rest(values, used), tuple(notes))


def _take_rest(values: dict[str, Any], used: set[str]) -> tuple[str, ...]:
    return tuple(name for name, value in values.items() if name not in used and value not in (None, False, 0))


def _fill_in(expression: ast.expr, values: dict[str, Any], notes: list[str], type_name: str) -> Any:
    """The right-hand side of an argument with the values of the call; None where they are not given."""
    if isinstance(expression, ast.Name):
        return values.get(expression.id)
    if isinstance(expression, ast.Call) and isinstance(expression.func, ast.Name):
        given = [values.get(item.id) if isinstance(item, ast.Name) else None for item in expression.args]
        return None if given[0] is None else _FUNCTIONS[expression.func.id](notes, type_name, *given)
    names = [node for node in ast.walk(expression) if isinstance(node, ast.Name)]
    if any(not isinstance(values.get(node.id), (int, float, Name)) for node in names):
        return None
    if any(isinstance(values[node.id], Name) for node in names):
        return Name("")
    filled = _Put(values).visit(ast.parse(ast.unparse(expression), mode="eval").body)
    try:
        value = read_value(filled)
    except NotACall:
        return None
    return round(value, 10) if isinstance(value, float) else value


class _Put(ast.NodeTransformer):
    """Numbers in place of names."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Constant(self.values[node.id])


def _pad(
    notes: list[str], type_name: str, padding: Any, window: Any = None, stride: Any = None, dilation: Any = None
) -> Any:
    """`same` where that pads as much as the number says; else None, and a note of the layer to put above."""
    if isinstance(padding, str):
        return padding
    size = [window] if isinstance(window, int) else window
    amount = [padding] * len(size) if isinstance(padding, int) and isinstance(size, list) else padding
    if padding == 0 or not isinstance(amount, list) or not any(amount):
        return None
    step = dilation if isinstance(dilation, int) else 1
    whole = isinstance(size, list) and len(size) == len(amount) and stride in (None, 1, [1] * len(amount))
    is_convolution = "Pooling" not in type_name
    if whole and is_convolution and all(2 * pad == step * (width - 1) for pad, width in zip(amount, size, strict=True)):
        return "same"
    rank = type_name[-2:]
    shown = amount[0] if len(set(amount)) == 1 else amount
    notes.append(f"put `ZeroPadding{rank}: {{padding: {shown}}}` above it for the `padding` of {padding}")
    return None


def _crop(
    notes: list[str], type_name: str, padding: Any, window: Any = None, stride: Any = None, dilation: Any = None
) -> Any:
    """None, and a note of the layer below that crops what `padding` takes off a transposed convolution."""
    if padding in (0, [0], [0, 0], [0, 0, 0]):
        return None
    rank = type_name.removesuffix("Transpose")[-2:]
    notes.append(f"put `Cropping{rank}: {{cropping: {padding}}}` below it for the `padding` of {padding}")
    return None


def _reorder_borders(notes: list[str], type_name: str, padding: Any) -> Any:
    """PyTorch counts from the last axis, both sides of each; Keras from the first, in pairs."""
    if not isinstance(padding, list) or len(padding) % 2:
        return padding
    pairs = [padding[start : start + 2] for start in range(0, len(padding), 2)]
    return pairs[0] if len(pairs) == 1 else pairs[::-1]


_FUNCTIONS: dict[str, Callable[..., Any]] = {"padded": _pad, "cropped": _crop, "borders": _reorder_borders}


def _translate_inner(values: dict[str, Any]) -> dict[str, Any]:
    """Values in which calls are layers, activations by name, or initializers with their arguments."""
    return {name: _translate_value(name, value) for name, value in values.items()}


def _translate_value(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_translate_value(name, item) for item in value]
    if isinstance(value, Call):
        translated = translate(value)
        if isinstance(translated, Counterpart):
            if name.endswith("activation"):
                return translated.args.get("activation", snake_case(translated.type_name))
            return {translated.type_name: translated.args} if translated.args else translated.type_name
        args = dict(value.keywords)
        return {snake_case(value.name): args} if args else snake_case(value.name)
    return value
