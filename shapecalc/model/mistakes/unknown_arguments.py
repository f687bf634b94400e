"""Findings for arguments of an entry that its type does not have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics import Edit, Fix, did_you_mean, shorten
from shapecalc.document.edits import insert_line, locate, remove_field, replace_node, replace_pair
from shapecalc.document.fixes import suggest
from shapecalc.document.flow import Written, write_flow
from shapecalc.document.nodes import MappingNode, ScalarNode
from shapecalc.layers.base import Layer
from shapecalc.layers.catalogue import CATALOGUE, find
from shapecalc.model.mistakes.meant import (
    OF_THE_INPUT,
    Meant,
    collect_values,
    guess_from_pair,
    guess_from_text,
    write_input_note,
)
from shapecalc.model.references import WIRING

if TYPE_CHECKING:
    from shapecalc.document.nodes import Document, Node
    from shapecalc.layers.arguments.argument import Arg
    from shapecalc.model.values import Values


def refuse_unknown_arguments(
    values: Values, key: ScalarNode, node: MappingNode, unknown: list[ScalarNode], owner: type[Layer]
) -> set[str]:
    """Reports arguments that the type does not have; gives those that were probably meant."""
    args = owner.args
    if any(_is_run_together(event, node) for event in unknown):
        return _run_together(values, key, node, unknown[0], args)
    meant: set[str] = set()
    again = next((event for event in unknown if event.value == "reuse"), None)
    if again is not None:
        value = read_text(values.document, node.fields["reuse"])
        message = f"{shorten(key.value)} has no argument `reuse`: it stands in place of the type"
        edit = replace_pair(values.document, key, node, f"reuse: {value}")
        help = Fix(f"write `- reuse: {shorten(value)}`", (edit,), safe=len(node.keys) == 1)
        values.findings.error("SC202", message, again, help=help)
        return set(args)
    absent = next((name for name in owner.required if args[name].holds_layers and name not in node.fields), None)
    if absent is not None and _report_inner_arguments(values, key, node, unknown, absent):
        return {absent}
    for event in unknown:
        inner = next(
            (name for name, argument in args.items() if argument.holds_layers and name not in node.fields), None
        )
        if inner is not None and inner not in meant and _names_a_layer(values, event):
            _unwrap(values, key, node, event, inner)
            meant.add(inner)
        elif event.value in OF_THE_INPUT:
            _report_input_argument(values, key, node, event)
        else:
            meant.add(_report_unknown_argument(values, event, owner.type_name, args, node))
    return meant


def _report_inner_arguments(
    values: Values, key: ScalarNode, node: MappingNode, unknown: list[ScalarNode], absent: str
) -> bool:
    """Report `RNN: {units: 3}`, where the argument is of the layer within; whether it was one."""
    names = [str(name_node.value) for name_node in unknown]
    types = _HELD.get(str(key.value), ("Dense", "Conv2D", "LSTM"))
    held = next((name for name in types if set(names) <= set(find(name).args)), None)  # type: ignore[union-attr]
    if held is None:
        return False
    inner = {held: {name: collect_values(node.fields[name]) for name in names}}
    others = {name: collect_values(value) for name, value in node.fields.items() if name not in names}
    whole = Meant(str(key.value), {absent: inner, **others})
    message = f"{shorten(key.value)} has no argument `{names[0]}`: it belongs to the layer in `{absent}`"
    help = whole.fix(values.document, key, node, f"name that layer, such as `{whole.text}`")._replace(safe=False)
    values.findings.error("SC202", message, unknown[0], help=help)
    return True


def _is_run_together(event: ScalarNode, node: MappingNode) -> bool:
    value = node.fields[event.value]
    empty = isinstance(value, ScalarNode) and not value.value
    if ":" in event.value:
        return False
    if empty and all(isinstance(argument, ScalarNode) and not argument.value for argument in node.fields.values()):
        return True
    return empty and bool(re.match(r"\w+\s*[=; ]\s*\S", str(event.value)))


def _run_together(
    values: Values, key: ScalarNode, node: MappingNode, event: ScalarNode, args: dict[str, Arg[Any]]
) -> set[str]:
    pair = re.match(r"(\w+)\s*[=; ]", str(event.value))
    name = pair[1] if pair else shorten(event.value)
    message = f"between `{name}` and its value stands `: `" if pair else f"`{name}` has no name, or no value"
    meant = guess_from_pair(str(key.value), node, values.spec)
    if isinstance(meant, Meant):
        values.findings.error("SC202", message, event, help=meant.fix(values.document, key, node))
    else:
        values.findings.error("SC202", message, event, help=f"write `{name}: ...`")
    return set(args)


def _names_a_layer(values: Values, event: ScalarNode) -> bool:
    return (
        event.value in CATALOGUE
        or values.spec.knows_block(str(event.value))
        or isinstance(guess_from_text(str(event.value), values.spec), Meant)
    )


def _unwrap(values: Values, key: ScalarNode, node: MappingNode, event: ScalarNode, inner: str) -> None:
    """Report `TimeDistributed: {Dense: {units: 1}}`: the layer belongs in the argument `layer`."""
    name = str(event.value)
    value = node.fields[name]
    meant = guess_from_pair(name, value, values.spec)
    layer: Any = {name: collect_values(value)}
    if isinstance(meant, Meant):
        layer = {meant.type_name: meant.args} if meant.args else Written(meant.type_name)
    rest = {
        argument_name: collect_values(argument)
        for argument_name, argument in node.fields.items()
        if argument_name != name
    }
    whole = Meant(str(key.value), {inner: layer, **rest})
    message = f"the layer of {shorten(key.value)} stands in `{inner}`"
    values.findings.error("SC202", message, event, help=whole.fix(values.document, key, node))


def _report_input_argument(values: Values, key: ScalarNode, node: MappingNode, event: ScalarNode) -> None:
    """Report `input_shape` on a layer, as Keras 2 had it."""
    name = str(event.value)
    shape = collect_values(node.fields[name])
    values.document.retract("SC107", node.fields[name])
    text = shape[1:-1].strip(", ").split(",") if isinstance(shape, str) and shape[:1] in "([" else None
    sizes = [Written(size.strip().replace("None", "null")) for size in text] if text else shape
    message = f"{shorten(key.value)} has no argument `{name}`: it belongs to the model's input"
    note = write_input_note(name, sizes)
    root = values.spec.root
    drop = remove_field(values.document, node, event)
    written = re.fullmatch(r"write `(\w+: [^`]*)` above `layers`(?:, and `(\w+: [^`]*)`)?", note)
    lines = [line for line in (written[1], written[2]) if line] if written else []
    lines = [line for line in lines if line.partition(":")[0] not in root.node.fields]
    if not lines and name != "batch_size":
        note = "leave it out: `input` says it" if name != "input_length" else f"leave it out: {note}"
    edits: tuple[Edit, ...] = (drop,)
    if lines:
        layers = next((key for key in root.node.keys if key.value == "layers"), None)
        row = locate(values.document, layers).line if layers is not None else 1
        edits = (*(insert_line(values.document, row, line) for line in lines), drop)
    values.findings.error("SC202", message, event, help=Fix(note, edits, safe=bool(lines)))


def _report_unknown_argument(
    values: Values, event: ScalarNode, type_name: str, args: dict[str, Arg[Any]], node: MappingNode
) -> str:
    """Reports an argument the type does not have; gives the one that was probably meant, or nothing."""
    name = str(event.value)
    before, colon, after = name.partition(":")
    guess = did_you_mean(name, args, _RENAMED) or ""
    help: str | Fix
    if colon and before in args:
        guess = before
        edit = replace_node(values.document, event, f"{before}: {after}")
        help = Fix(f"put a space after the colon: `{before}: {shorten(after)}`", (edit,), safe=True)
    elif name in args:
        value = read_text(values.document, node.fields[name])
        words = f"it belongs to the call: write it beside the type, `call: {{{name}: {shorten(value)}}}`"
        help = Fix(words, _move_beside(values, node, event, f"call: {{{name}: {value}}}"))
    elif name in WIRING:
        value = read_text(values.document, node.fields[name])
        words = f"`{name}` stands beside the type, on a line of its own: `{name}: {shorten(value)}`"
        help = Fix(words, _move_beside(values, node, event, f"{name}: {value}"), safe=True)
    elif guess:
        help = suggest(values.document, event, guess, args)
    else:
        takes = [name for name, argument in args.items() if not argument.call]
        help = f"it takes {', '.join(takes)}"
        if len(takes) > _MANY:
            help = f"`shapecalc layers {shorten(type_name)}` lists what it takes"
    values.findings.error("SC202", f"{shorten(type_name)} has no argument `{shorten(name)}`", event, help=help)
    return guess


def _move_beside(values: Values, node: MappingNode, event: ScalarNode, line: str) -> tuple[Edit, ...]:
    """Edits that move an argument to a line below its type, or behind its braces where the entry is in braces too."""
    start = locate(values.document, node)
    before = values.document.lines[start.line - 1][: start.column - 1]
    dash = re.match(r"(\s*-\s+)[\w.]+:\s*\Z", before)
    in_braces = re.search(r"\{\s*(?:[\w.]+|\"[\w.]+\"):\s*\Z", before)
    if dash is None and not in_braces:
        return ()
    below = "\n" + " " * len(dash[1]) + line if dash else f", {line}"
    insert = Edit(values.document.file, start.end_line, start.end_column, start.end_line, start.end_column, below)
    return (remove_field(values.document, node, event), insert)


_HELD = {"RNN": ("LSTMCell",), "StackedRNNCells": ("LSTMCell",), "Bidirectional": ("LSTM",)}
"""Layer types that stand within others, where they are not Dense or Conv2D."""
_MANY = 12
_RENAMED = {
    "hidden_size": "units", "out_features": "units", "output_dim": "units", "nb_filter": "filters",
    "out_channels": "filters", "kernel": "kernel_size", "filter_size": "kernel_size", "stride": "strides",
    "subsample": "strides", "dilation": "dilation_rate", "bias": "use_bias", "p": "rate", "dropout_rate": "rate",
    "prob": "rate", "border_mode": "padding", "eps": "epsilon", "dim": "axis", "num_embeddings": "input_dim",
    "embedding_dim": "output_dim", "pool_length": "pool_size", "kernel_shape": "kernel_size", "alpha": "negative_slope",
    "num_groups": "groups", "inner_activation": "recurrent_activation", "return_seq": "return_sequences",
    "init": "kernel_initializer", "nonlinearity": "activation", "act": "activation", "nb_units": "units",
    "newshape": "target_shape", "new_shape": "target_shape",
    "size": "units", "num_units": "units", "neurons": "units", "n_units": "units", "vocab_size": "input_dim",
    "heads": "num_heads", "n_heads": "num_heads", "head_dim": "key_dim", "shape": "target_shape",
}  # fmt: skip
"""What other libraries, and earlier versions, call an argument."""


def read_text(document: Document, node: Node) -> str:
    """The text of a node that stands on one line, as it is written."""
    start = locate(document, node)
    line = document.lines[start.line - 1]
    return (
        line[start.column - 1 : start.end_column - 1]
        if start.line == start.end_line
        else write_flow(collect_values(node))
    )
