"""Guesses what an entry in the words of another library or notation was meant to be, and writes it anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import yaml

from shapecalc.diagnostics import Fault, Fix, did_you_mean, shorten
from shapecalc.diagnostics.errors import Refusal
from shapecalc.document.builder import Builder
from shapecalc.document.edits import replace_pair
from shapecalc.document.flow import Written, write_flow
from shapecalc.document.nodes import Document, MappingNode, ScalarNode, resolve, resolve_plain
from shapecalc.document.scene import Answer
from shapecalc.layers.catalogue import CATALOGUE, find
from shapecalc.layers.foreign import Call, Counterpart, Name, NoLayer, read_call, translate

if TYPE_CHECKING:
    from shapecalc.document.nodes import Node
    from shapecalc.layers.arguments.argument import Arg
    from shapecalc.layers.base import Layer

OPEN = "..."
"""Stands for a value that the user has to fill in."""

_PAIR = re.compile(r"(\w+)\s*(?:[=:;]|\s)\s*(.+)", re.DOTALL)
_GLUED = re.compile(r"-?\s*([A-Za-z_][\w.]*)\s*:?\s*(\{.*\})\Z", re.DOTALL)
_LONG = 300
_NO_CODE = "a spec runs no Python: write its steps as entries, layers or `ops.NAME`"
OF_THE_INPUT = ("input_shape", "batch_input_shape", "input_dim", "input_length", "batch_size")
"""The arguments by which the first layer of Keras 2 described the model's input."""


class Scope(Protocol):
    """The spec around an entry: its blocks, and the arguments in sight."""

    @property
    def args(self) -> dict[str, Any]: ...
    def find_block(self, name: str) -> Any: ...
    def knows_block(self, name: str) -> bool: ...
    def lineage(self) -> Iterator[Any]: ...


class Meant(NamedTuple):
    """An entry as the language has it: its text, where it comes from, and what has to be said beside it."""

    type_name: str
    args: dict[str, Any]
    library: str = "Keras"
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return f"{self.type_name}: {write_flow(self.args)}" if self.args else self.type_name

    @property
    def complete(self) -> bool:
        """Whether nothing is left to be filled in."""
        return OPEN not in self.text

    def fix(self, document: Document, key: ScalarNode, value: Node | None, help: str | None = None) -> Fix:
        """The help, and the entry in place of a key and its value; no edits where something is left to fill in."""
        edits = (replace_pair(document, key, value, self.text),) if self.complete else ()
        return Fix(help or self.help, edits, self.safe)

    @property
    def safe(self) -> bool:
        """Whether it is the same layer for certain: another library's has other defaults, or the channels first."""
        return not self.notes and self.library not in ("PyTorch", "ONNX")

    @property
    def help(self) -> str:
        return "; ".join((f"write `{self.text}`", *self.notes))


def collect_values(node: Node | None) -> Any:
    """The values of a node as they are to be written again."""
    if node is None:
        return None
    if isinstance(node, ScalarNode):
        value = resolve(node)
        if not isinstance(value, str):
            return Written(node.value) if node.value else None
        whole = "$" in value and not re.search(r"[,\[\]{}#:\"']", value)
        return Written(value) if whole else value
    if isinstance(node, MappingNode):
        return {key: collect_values(value) for key, value in node.fields.items()}
    return [collect_values(item) for item in node.items]


def guess_from_text(text: str, spec: Scope | None) -> Meant | NoLayer | None:
    """What `LSTM(5)`, `Dense {units: 5}`, `-LSTM`, `keras.layers.Dense` or `Linear` was meant to be."""
    text = text.strip()
    if len(text) > _LONG * 10:
        return None
    call = read_call(text)
    call = call or read_call(text.replace(": ", "="))
    if call is not None:
        return _guess_from_call(call, spec, guessing=True)
    begun = re.match(r"([A-Za-z_][\w.]*)\s*\(", text)
    if begun:  # a call that holds what cannot be read without running it
        if begun[1].endswith("Lambda"):
            return NoLayer("", _NO_CODE)
        return _guess_from_call(_guess_from_name(begun[1]), spec)
    glued = _GLUED.match(text)
    if glued:
        node = _read_node(glued[2])
        return None if node is None else guess_from_pair(glued[1], node, spec)
    name = text.lstrip("- ").rstrip(":")
    if not re.fullmatch(r"[A-Za-z_][\w.]*", name):
        words = re.fullmatch(r"([A-Za-z_][\w.]*)(?:\s*=\s*|\s+)(.+)", name)
        return None if words is None else guess_from_pair(words[1], _make_scalar(words[2]), spec)
    if name != text and (name in CATALOGUE or _is_block(name, spec)):
        return _complete(name, {}, "Keras", (), spec)
    return _guess_from_call(_guess_from_name(name), spec)


def answer_call(text: str) -> Answer | None:
    """What to write for a call in Python, `Add()`, that stands in front of its wiring; None where it is of no layer."""
    meant = guess_from_text(text, None)
    if not isinstance(meant, Meant):
        return None
    entry = meant.text if ":" in meant.text else f"{meant.text}:"
    return Answer(meant.help, entry if meant.complete else None, meant.safe)


def guess_from_pair(type_text: str, node: Node | None, spec: Scope | None) -> Meant | NoLayer | None:
    """What a type and the value after its colon were meant to be."""
    call = _guess_from_name(type_text)
    if node is None or (isinstance(node, ScalarNode) and resolve(node) is None):
        return _guess_from_call(call, spec)
    if isinstance(node, ScalarNode):
        return _guess_from_scalar(call, node, spec)
    if isinstance(node, MappingNode):
        if all(_is_lone(key, value) for key, value in node.fields.items()):
            return _guess_from_list(call, [collect_values(_make_scalar(key)) for key in node.fields], spec)
        keywords = _read_keywords(node)
        return None if keywords is None else _guess_from_call(call._replace(keywords=tuple(keywords.items())), spec)
    return _guess_from_list(call, collect_values(node), spec)


def guess_from_values(type_text: str, args: dict[str, Any], spec: Scope | None) -> Meant | NoLayer | None:
    """What a type with arguments by name was meant to be."""
    return _guess_from_call(_guess_from_name(type_text)._replace(keywords=tuple(args.items())), spec)


def _read_node(text: str) -> Node | None:
    """The node that a piece of YAML makes; None where it is none."""
    document = Document("", text)
    try:
        node: Node = Builder(document).build()
    except (Fault, yaml.YAMLError, ValueError, OverflowError):
        return None
    return None if document.diagnostics else node


def _guess_block(name: str, spec: Scope | None) -> Any:
    return None if spec is None else spec.find_block(name)


def _is_block(name: str, spec: Scope | None) -> bool:
    return spec is not None and spec.knows_block(name)


def _make_scalar(text: str) -> Node:
    return _read_node(text) or ScalarNode(text, None, None, None)


def _guess_from_name(dotted: str) -> Call:
    if dotted in CATALOGUE:  # ops.NAME
        return Call("", dotted)
    module, _, name = dotted.rpartition(".")
    return Call(module, name)


def _guess_from_scalar(call: Call, node: ScalarNode, spec: Scope | None) -> Meant | NoLayer | None:
    """One value, `5`, or arguments without braces, `units=5` or `units: 5`."""
    text = str(node.value)
    written = read_call(f"{call.name}({text})") if re.match(r"\w+\s*=", text) or re.search("[,(]", text) else None
    if written is not None:
        only = written.positional[0] if text.startswith("(") and len(written.positional) == 1 else None
        if isinstance(only, list):
            return _guess_from_list(call, only, spec)
        return _guess_from_call(_read_call_of_words(written)._replace(module=call.module), spec)
    named = _PAIR.fullmatch(text)
    if named and _takes(call.name, named[1], spec):
        return _guess_from_call(call._replace(keywords=((named[1], collect_values(_make_scalar(named[2]))),)), spec)
    if _takes(call.name, text, spec):
        return _guess_from_call(call._replace(keywords=((text, Written(OPEN)),)), spec)
    return _guess_from_call(call._replace(positional=(collect_values(node),)), spec)


def _is_lone(key: str, value: Node) -> bool:
    """Whether a key has no value, and is not `units=5`, a key and its value in one."""
    return _is_absent(value) and not _PAIR.fullmatch(key)


def _is_absent(value: Node) -> bool:
    """Whether nothing is written after a key."""
    return isinstance(value, ScalarNode) and not value.value and not value.style


def _read_keywords(node: MappingNode) -> dict[str, Any] | None:
    """The arguments of a mapping; `{units=5}` and `{units 5}` are keys without a value to YAML."""
    keywords: dict[str, Any] = {}
    for key, value in node.fields.items():
        pair = _PAIR.fullmatch(key) if _is_absent(value) else None
        if pair is not None:
            call = read_call(f"f({pair[1]}={pair[2]})")
            keywords[pair[1]] = (
                _read_call_of_words(call).keywords[0][1] if call else collect_values(_make_scalar(pair[2]))
            )
        else:
            keywords[key] = collect_values(value)
    return keywords


def _guess_from_list(call: Call, values: list[Any], spec: Scope | None) -> Meant | NoLayer | None:
    """A list: the arguments in their order, or the only one; `- units: 5` in it is a mapping with too many dashes."""
    if values and all(isinstance(value, dict) for value in values):
        merged = {name: item for value in values for name, item in value.items()}
        return _guess_from_call(call._replace(keywords=tuple(merged.items())), spec)
    in_order = _guess_from_call(call._replace(positional=tuple(values)), spec)
    whole = _guess_from_call(call._replace(positional=(values,)), spec)
    if in_order is None or (isinstance(in_order, Meant) and len(values) == 1 and whole is not None):
        return whole
    return in_order


def _read_call_of_words(call: Call) -> Call:
    """A call in which bare words are text, as they are to YAML."""

    def word(value: Any) -> Any:
        return value.name if isinstance(value, Name) else value

    keywords = tuple((name, word(value)) for name, value in call.keywords)
    return call._replace(positional=tuple(map(word, call.positional)), keywords=keywords)


def _takes(type_text: str, name: str, spec: Scope | None) -> bool:
    layer_type = find(type_text)
    block = _guess_block(type_text, spec)
    return name in (layer_type.args if layer_type is not None else block.args if block is not None else ())


def _guess_from_call(call: Call, spec: Scope | None, *, guessing: bool = False) -> Meant | NoLayer | None:
    """The entry for a call; with `guessing` also for a name that nearly exists. None where there is none."""
    if _is_block(call.name, spec):
        block = _guess_block(call.name, spec)
        names = list(block.args) if block is not None else []
        args = dict(zip(names, call.positional, strict=False)) | dict(call.keywords)
        return _complete(call.name, args, "", (), spec)
    of_input = tuple(
        (name, value) for name, value in call.keywords if name in OF_THE_INPUT and not is_argument(call.name, name)
    )
    call = call._replace(keywords=tuple(pair for pair in call.keywords if pair not in of_input))
    counterpart = translate(call)
    if counterpart is None:
        guess = did_you_mean(call.name, CATALOGUE)
        if guess is None or not guessing:
            return None
        counterpart = translate(call._replace(name=guess, module=""))
    if not isinstance(counterpart, Counterpart):
        return counterpart
    notes = list(counterpart.notes)
    if counterpart.left_out:
        notes.append(f"without a counterpart: {', '.join(f'`{name}`' for name in counterpart.left_out)}")
    notes += [note for name, value in of_input if (note := write_input_note(name, value))]
    if re.fullmatch(r"\[?\w+(, \w+)*\]?", call.fed):
        notes.append(f"and, where `{call.fed}` is not the entry above, `from: {call.fed}` below it")
    args = {name: value for name, value in counterpart.args.items() if value is not None}
    return _complete(counterpart.type_name, args, counterpart.library, tuple(notes), spec, counterpart.missing)


def is_argument(type_name: str, name: str) -> bool:
    """Whether a layer type has an argument of that name."""
    layer_type = find(type_name)
    return layer_type is not None and name in layer_type.args


def _complete(
    type_name: str,
    args: dict[str, Any],
    library: str,
    notes: tuple[str, ...],
    spec: Scope | None,
    missing: tuple[str, ...] = (),
) -> Meant | None:
    """The entry, with values to fill in marked, required ones first; None where a value does not fit."""
    layer_type = find(type_name)
    for name, value in args.items():
        argument = layer_type.args.get(name) if layer_type is not None else None
        if argument is None:
            continue
        if argument.holds_layers and isinstance(value, str):
            inner = _guess_from_call(_guess_from_name(value), spec)
            args = args | {name: {inner.type_name: inner.args}} if isinstance(inner, Meant) and inner.args else args
        elif not argument.holds_layers and not _fits(argument, value, layer_type):
            return None
    shown = {name: Written(OPEN) for name in missing} | {name: _show_value(value, spec) for name, value in args.items()}
    return Meant(type_name, shown, library, notes)


def _fits(argument: Arg[Any], value: Any, owner: type[Layer] | None) -> bool:
    """Whether an argument takes a value, as far as the value is known."""
    if owner is None:
        return True
    if _is_open(value):
        return True
    try:
        argument.read(_resolve_names(value), owner)
    except Refusal:
        return False
    return True


def _is_open(value: Any) -> bool:
    """Whether a value, or one in a list, is not known."""
    if isinstance(value, list):
        return any(map(_is_open, value))
    return isinstance(value, Name) or (isinstance(value, Written) and ("$" in value or value == OPEN))


def _resolve_names(value: Any) -> Any:
    if isinstance(value, list):
        return [_resolve_names(item) for item in value]
    return resolve_plain(str(value)) if isinstance(value, Written) else value


def _show_value(value: Any, spec: Scope | None) -> Any:
    """The value as it is written: a variable as `$name` if the spec has that argument, else to be filled in."""
    if isinstance(value, Name):
        known = spec is not None and any(value.name in outer.args for outer in spec.lineage())
        return Written(f"${value.name}" if known else OPEN)
    if isinstance(value, dict):
        return {key: _show_value(item, spec) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_show_value(item, spec) for item in value]
    if (isinstance(value, float) and value != value) or value in (float("inf"), float("-inf")):
        return Written(OPEN)
    return value


def write_input_note(name: str, value: Any) -> str:
    """The note on what a spec has in place of an argument by which Keras 2 described the input."""
    sizes = value if isinstance(value, list) else [value]
    if name == "batch_input_shape" and len(sizes) > 1:
        batch = f", and `batch_size: {write_flow(sizes[0])}`" if sizes[0] not in (None, "null") else ""
        return f"write `input: {write_flow(sizes[1:])}` above `layers`{batch}"
    if name == "batch_size":
        return f"write `batch_size: {write_flow(value)}` above `layers`"
    if name == "input_length":
        return f"the length of a sequence is the first size of `input`: `input: [{shorten(write_flow(value))}, ...]`"
    return f"write `input: {write_flow(sizes)}` above `layers`"
