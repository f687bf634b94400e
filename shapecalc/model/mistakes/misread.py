"""Findings for an entry whose type is not one of the language, or whose arguments have no names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shapecalc.diagnostics import Fix, did_you_mean, shorten
from shapecalc.document.edits import locate, replace_pair
from shapecalc.document.fixes import move_above_layers, suggest
from shapecalc.document.flow import write_flow
from shapecalc.document.nodes import MappingNode, ScalarNode, SequenceNode, resolve
from shapecalc.layers.base import takes_many
from shapecalc.layers.catalogue import CATALOGUE, find
from shapecalc.layers.foreign import NoLayer, read_call
from shapecalc.model.mistakes.meant import (
    Meant,
    collect_values,
    guess_from_pair,
    guess_from_text,
)
from shapecalc.model.mistakes.misplaced import TYPE_KEYS
from shapecalc.model.references import name_fault

if TYPE_CHECKING:
    from shapecalc.document.nodes import Node
    from shapecalc.model.values import Values


_TYPE = re.compile(r"[A-Za-z_][\w.]*\Z")
_CATALOGUE_HELP = "`shapecalc layers` lists the layer types; blocks stand under `blocks`"


def refuse_unknown_type(values: Values, key: ScalarNode, args: MappingNode | None) -> None:
    """Reports a name that is neither a layer type nor a block, or an entry in other words."""
    name = str(key.value)
    message = f"there is no layer type `{shorten(name)}`" if _TYPE.match(name) else _describe_form(name)
    code = "SC201" if _TYPE.match(name) else "SC108"
    blocks = [block for spec in values.spec.lineage() for block in spec.blocks]
    guess = did_you_mean(name, (*blocks, *CATALOGUE))
    if guess is not None and _fits(values, guess, name, args):
        _guess_type(values, code, message, key, guess)
        return
    meant = guess_from_text(name, values.spec) if args is None else guess_from_pair(name, args, values.spec)
    if code == "SC108":
        values.document.retract("SC107", key)
    if isinstance(meant, NoLayer) and name.rpartition(".")[2].partition("(")[0] == "Input":
        _report_input_entry(values, key, args, message, code)
    elif isinstance(meant, NoLayer):
        values.findings.error(code, message, key, help=_lead(meant, name))
    elif meant is not None:
        values.findings.error(code, message, key, help=meant.fix(values.document, key, args, _lead(meant, name)))
    elif (named := _find_named_by_key(values, key, args)) is not None:
        message = f"an entry has its type as its key; its name, `{shorten(name)}`, stands among the arguments"
        values.findings.error("SC108", message, key, help=named.fix(values.document, key, args))
    elif guess is not None:
        _guess_type(values, code, message, key, guess)
    elif "blocks" not in values.spec.root.misspelt:  # else it may be a block that could not be read
        values.findings.error(code, message, key, help=_CATALOGUE_HELP)


def _find_named_by_key(values: Values, key: ScalarNode, args: Node | None) -> Meant | None:
    """The layer in `a: {Dense: {units: 5}}` or `a: Dense(5)`, which stands under its name; None where there is none."""
    only = args.only() if isinstance(args, MappingNode) else None
    if only is not None and find(str(only[0].value)) is not None:
        meant = guess_from_pair(str(only[0].value), only[1], values.spec)
    elif isinstance(args, ScalarNode) and re.match(r"[\w.]+(\(|\Z)", str(args.value)):
        meant = guess_from_text(str(args.value), values.spec)
    else:
        return None
    if not isinstance(meant, Meant) or name_fault(str(key.value)):
        return None
    return meant._replace(args={**meant.args, "name": str(key.value)})


def _report_input_entry(values: Values, key: ScalarNode, args: MappingNode | None, message: str, code: str) -> None:
    """Report `Input` among the layers, as Keras has it."""
    call = read_call(str(key.value))
    given = dict(call.keywords) if call is not None else collect_values(args) or {}
    first = call.positional[0] if call is not None and call.positional else None
    shape = given.get("shape", given.get("batch_shape", first))
    line = f"input: {write_flow(shape[1:] if 'batch_shape' in given else shape)}" if isinstance(shape, list) else ""
    help = f"a model's input stands above its layers: `{line or 'input: [5]'}`, or several under `inputs`"
    edits = move_above_layers(values.document, values.spec.root.node, key, args, line) if line else ()
    values.findings.error(code, message, key, help=Fix(help, edits, safe=bool(line)))


def _guess_type(values: Values, code: str, message: str, key: ScalarNode, guess: str) -> None:
    values.findings.error(code, message, key, help=suggest(values.document, key, guess, CATALOGUE))


def _lead(meant: Meant | NoLayer, name: str) -> str:
    """The way out, after the name of the library whose word it is."""
    named = meant.library in ("PyTorch", "ONNX") and _TYPE.match(name)
    if isinstance(meant, NoLayer):
        return f"the name is {meant.library}'s: {meant.way_out}" if named else meant.way_out
    return f"{meant.library}'s `{name}` is `{meant.type_name}`: {meant.help}" if named else meant.help


def _fits(values: Values, guess: str, name: str, args: MappingNode | None) -> bool:
    """Whether a guess is the same word in other letters' case, or a block, and takes the arguments that are given."""
    if "." in name and guess not in values.spec.blocks:
        return False
    if guess not in CATALOGUE:
        return True
    layer_type = find(guess)
    same = guess.lower() == re.sub(r"[-_ ]", "", name).lower()
    if layer_type is None or not same:
        return False
    return name.islower() or not set(args.fields if args else ()) - {*layer_type.args, "name"}


def _describe_form(text: str) -> str:
    """What is wrong with a text that stands where a type is named."""
    shown = shorten(text)
    if re.match(r"-\s*\w", text):
        return f"a space is missing between `-` and `{shorten(text.lstrip('- '))}`"
    glued = re.match(r"([\w.]+)(\s*)(:?)\s*\{", text)
    if glued:
        missing = "a space is missing after" if glued[3] else "a colon is missing after"
        return f"{missing} `{glued[1]}{glued[3]}`"
    if re.match(r"[\w.= ]*\(", text):
        return f"`{shown}` is a call in Python, not an entry"
    return f"`{shown}` is no layer type"


def refuse_unnamed_arguments(values: Values, key: ScalarNode, args: Node) -> None:
    """Reports `LSTM: 5`, where `LSTM: {units: 5}` is meant."""
    name = str(key.value)
    if not _TYPE.match(name) and isinstance(args, ScalarNode):  # `Dense:{units: 1}` is two pieces to YAML
        _split_entry(values, key, args)
        return
    if name in TYPE_KEYS and isinstance(args, ScalarNode):
        _report_type_as_value(values, key, args)
        return
    is_type = find(name) is not None or values.spec.knows_block(name)
    if not is_type:
        _report_unknown_type(values, key, args)
        return
    message = f"{shorten(name)} takes its arguments by their names, in braces"
    if isinstance(args, SequenceNode) and (fed := _names_of(args)) and _takes_a_list(name):
        pad = " " * (locate(values.document, key).column - 1)
        edit = replace_pair(values.document, key, args, f"{name}:\n{pad}from: [{', '.join(fed)}]")
        help = f"its inputs stand beside it, on a line of their own: `from: [{', '.join(fed)}]`"
        values.findings.error("SC204", message, args, help=Fix(help, (edit,), safe=True))
        return
    meant = guess_from_pair(name, args, values.spec)
    if isinstance(meant, Meant):
        values.findings.error("SC204", message, args, help=meant.fix(values.document, key, args))
    else:
        values.findings.error("SC204", message, args, help=f"`shapecalc layers {shorten(name)}` shows them")


def _report_unknown_type(values: Values, key: ScalarNode, args: Node) -> None:
    name = str(key.value)
    message = f"there is no layer type `{shorten(name)}`"
    meant = guess_from_pair(name, args, values.spec)
    guess = did_you_mean(name, CATALOGUE)
    if isinstance(meant, Meant):
        values.findings.error("SC201", message, key, help=meant.fix(values.document, key, args, _lead(meant, name)))
    elif isinstance(meant, NoLayer):
        values.findings.error("SC201", message, key, help=_lead(meant, name))
    elif (named := _find_named_by_key(values, key, args)) is not None:
        message = f"an entry has its type as its key; its name, `{shorten(name)}`, stands among the arguments"
        values.findings.error("SC108", message, key, help=named.fix(values.document, key, args))
    elif guess is not None:
        _guess_type(values, "SC201", message, key, guess)
    else:
        values.findings.error("SC201", message, key, help=_CATALOGUE_HELP)


def _report_type_as_value(values: Values, key: ScalarNode, args: ScalarNode) -> None:
    """Report `type: Flatten`, as other notations have it."""
    meant = guess_from_text(str(args.value), values.spec)
    message = f"an entry has its type as its key: `{shorten(args.value)}`"
    if isinstance(meant, Meant):
        values.findings.error("SC108", message, key, help=meant.fix(values.document, key, args))
    else:
        values.findings.error("SC108", message, key, help=meant.way_out if meant is not None else _CATALOGUE_HELP)


def _split_entry(values: Values, key: ScalarNode, value: ScalarNode) -> None:
    start = locate(values.document, key)
    end = locate(values.document, value)
    text = values.document.lines[start.line - 1][start.column - 1 : end.end_column - 1]
    meant = guess_from_text(text, values.spec) if start.line == end.end_line else None
    if isinstance(meant, Meant):
        values.findings.error("SC108", _describe_form(text), key, help=meant.fix(values.document, key, value))
    else:
        way_out = meant.way_out if meant is not None else _CATALOGUE_HELP
        values.findings.error("SC108", _describe_form(text), key, help=way_out)


def _names_of(args: SequenceNode) -> list[str]:
    names = [str(item.value) for item in args.items if isinstance(item, ScalarNode) and isinstance(resolve(item), str)]
    return names if len(names) == len(args.items) else []


def _takes_a_list(name: str) -> bool:
    layer_type = find(name)
    return layer_type is not None and any(map(takes_many, layer_type.ports))
