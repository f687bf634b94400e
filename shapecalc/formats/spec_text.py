"""A flat model as a model spec in YAML."""

from __future__ import annotations

import math
import re
from typing import Any

from shapecalc.diagnostics import shorten
from shapecalc.document.flow import Written, write_flow
from shapecalc.formats.flat_model import FlatModel, Input, refusal, show_inputs
from shapecalc.formats.folding.body import Body, body_of, name_inputs
from shapecalc.formats.folding.facts import Facts, no_facts
from shapecalc.formats.folding.listing import Entry, Expression, Infinity, Listing
from shapecalc.layers.base import port_name
from shapecalc.layers.catalogue import find
from shapecalc.model.references import name_fault

WIDTH = 100

_BREAK = re.compile(r'"(?:[^"\\]|\\.)*"|, ')


def spec_text(
    flat: FlatModel, facts: Facts | None = None, *, first_only: bool = False, every_name: bool = False
) -> str:
    """The text of the spec, an entry for each call. Raises Fault with SC609 for what the language has no words for.

    `facts` let it leave out more: an axis that is the last one. With `first_only`, the sole output is written as the
    first of a layer that has several. With `every_name`, layers give themselves the names that Keras made up too.
    """
    facts = facts or no_facts(flat)
    listing = model_listing(flat, facts, every_name=every_name)
    blocks = block_listings(flat, facts, every_name=every_name)
    return document_text(flat, listing, blocks, first_only=first_only)


def model_listing(flat: FlatModel, facts: Facts, *, every_name: bool = False) -> Listing:
    """The listing of a flat model itself, an entry for each call."""
    return plain_listing([given.name for given in show_inputs(flat)], body_of(flat, facts), every_name=every_name)


def block_listings(flat: FlatModel, facts: Facts, *, every_name: bool = False) -> dict[str, Listing]:
    """The listings of the models within a flat model, by the names of their blocks."""
    listings = {}
    for name, block in flat.blocks.items():
        body = body_of(block, facts.blocks.get(name) or no_facts(block))
        listings[name] = plain_listing(name_inputs(block), body, every_name=every_name)
        listings[name].outputs = [*block.outputs]
    return listings


def plain_listing(inputs: list[str], body: Body, *, every_name: bool = False) -> Listing:
    """The entries of a body that has nothing but leaves, and inputs of these names."""
    entries = []
    for slot in body.slots:
        (leaf,) = slot.rows
        entry = Entry(slot.type_name, leaf.arguments, slot.feed)
        entry.call, entry.again, entry.wish = slot.call, slot.again, "" if slot.again is not None else leaf.name
        entries.append(entry)
    return Listing(inputs, entries, body.exits, keeps_names=True, every=every_name)


def document_text(flat: FlatModel, model: Listing, blocks: dict[str, Listing], *, first_only: bool = False) -> str:
    """A whole spec. Raises Fault."""
    lines = [f"name: {flow(flat.name)}", *_input_lines(flat)]
    if blocks:
        lines.append("blocks:")
        for name, block in blocks.items():
            lines.append(f"  {name}:")
            lines += _block_lines(block)
    lines.append("layers:")
    lines += _entry_lines(model, "  ")
    lines += _output_lines([*flat.outputs], model, ".0" if first_only else "")
    return "\n".join(lines) + "\n"


def _block_lines(block: Listing) -> list[str]:
    lines = []
    if block.arguments:
        lines += wrap("    args: ", flow(block.arguments))
    for key, value in list_block_inputs(block).items():
        lines.append(f"    {key}: {flow(value)}")
    lines += ["    layers:", *_entry_lines(block, "      ")] if block.entries else ["    layers: []"]
    return [*lines, *(f"    {line}" for line in _output_lines(block.outputs, block, ""))]


def list_block_inputs(block: Listing) -> dict[str, Any]:
    """What a block says of its inputs, by its keys."""
    if [*block.shapes] == ["input"]:
        return block.shapes
    if block.shapes:
        return {"inputs": block.shapes}
    return {} if block.inputs == ["input"] else {"inputs": block.inputs}


def _declare_input(given: Input, *, say_batch: bool) -> Any:
    """An input as a spec declares it; inputs of different batches say all their axes."""
    if given.axes is not None:
        return {"batch_shape": given.axes, "dtype": given.dtype}
    if say_batch:
        return {"batch_shape": [given.batch, *given.shape], "dtype": given.dtype}
    return given.shape if given.dtype == "float32" else {"shape": given.shape, "dtype": given.dtype}


def list_inputs(flat: FlatModel) -> dict[str, Any]:
    """What a spec says of its inputs and their batch, by its keys; a sole input that is called `input` needs no name.

    Raises Fault.
    """
    batches = {given.batch for given in flat.inputs}
    declared = {given.name: _declare_input(given, say_batch=len(batches) > 1) for given in show_inputs(flat)}
    if [*declared] == ["input"]:
        fields: dict[str, Any] = {"input": declared["input"]}
    else:
        fields = {"inputs": {_check_name(name): value for name, value in declared.items()}}
    firsts = {given.axes[0] for given in flat.inputs if given.axes}
    if len(firsts) == 1 and isinstance(first := next(iter(firsts)), str):
        fields["batch_size"] = first
    elif batches != {None} and len(batches) == 1 and not firsts:
        fields["batch_size"] = batches.pop()
    return fields


def _input_lines(flat: FlatModel) -> list[str]:
    """The lines of the inputs. Raises Fault."""
    lines = []
    for key, value in list_inputs(flat).items():
        if key == "inputs" and value:
            lines += ["inputs:", *(f"  {name}: {flow(declared)}" for name, declared in value.items())]
        else:
            lines.append(f"{key}: {flow(value)}")
    return lines


def _check_name(name: str) -> str:
    """A name, which must be one that a spec can hold; an input may be called `input`. Raises Fault."""
    fault = name_fault(name) if name != "input" else None
    if fault:
        raise refusal(fault, name, "rename it before it is exported")
    return name


def _entry_lines(listing: Listing, indent: str) -> list[str]:
    lines = []
    for position, entry in enumerate(listing.entries):
        lines += entry_lines(listing, position, entry, indent)
    return lines


def entry_lines(listing: Listing, position: int, entry: Entry, indent: str) -> list[str]:
    """The lines of one entry. Raises Fault."""
    subject = entry.wish or listing.names[position]
    head, inside = list_fields(listing, position, entry)
    value = flow(inside, subject) if inside else ""
    beside = []
    for key, item in list_wiring(listing, position, entry).items():
        beside += wrap(f"{indent}  {key}: ", flow(item, subject))
    first = f"{indent}- {head}: {value}".rstrip() if inside or beside else f"{indent}- {head}"
    lines = [first] if len(first) <= WIDTH else wrap(f"{indent}- {head}: ", value, "    ")
    if len(lines) <= 2 and max(map(len, lines)) <= WIDTH:
        return [*lines, *beside]
    if not isinstance(inside, dict):
        return [*lines, *beside]
    lines = [f"{indent}- {head}:"]
    for key, item in inside.items():
        lines += wrap(f"{indent}    {key}: ", flow(item, subject))
    return [*lines, *beside]


def list_fields(listing: Listing, position: int, entry: Entry) -> tuple[str, Any]:
    """The key of an entry, and what stands inside it. Raises Fault."""
    given = listing.given[position]
    if entry.again is not None:
        layer = listing.names[entry.again]
        return "reuse", {"layer": layer, "name": given} if given else layer
    if entry.wish and not given:
        _check_name(entry.wish)  # a name with a fault is not left out in silence
    return entry.head, {**entry.arguments, **({"name": given} if given else {})}


def list_wiring(listing: Listing, position: int, entry: Entry) -> dict[str, Any]:
    """What stands beside an entry, by its keys."""
    beside = {
        "from": _source(listing, position, entry),
        "call": entry.call or None,
        "if": entry.condition,
        "repeat": entry.repeat,
    }
    return {key: value for key, value in beside.items() if value is not None}


def _source(listing: Listing, position: int, entry: Entry) -> Any:
    """What stands in `from`: a reference, several in the order of Keras's call, or by the names of its inputs; None
    where it is the entry above."""
    layer_type = find(entry.layer_type)
    ports = [port_name(port) for port in layer_type.ports] if layer_type is not None else [*entry.feed]
    if not entry.feed:
        return None
    shown = {
        port: [listing.refer(ref, position) for ref in fed] if isinstance(fed, list) else listing.refer(fed, position)
        for port, fed in entry.feed.items()
    }
    single = all(isinstance(fed, str) for fed in shown.values())
    if [*shown] != ports[: len(shown)] or not (single or len(shown) == 1):
        return shown
    listed = [ref for fed in shown.values() for ref in ([fed] if isinstance(fed, str) else fed)]
    if len(listed) == 1 and not (layer_type is not None and layer_type.lists):
        return None if listed == ["prev"] else listed[0]
    return listed


def list_outputs(names: list[str], model: Listing, port: str) -> Any:
    """What a spec says of its outputs; None where it is the last entry that leaves it."""
    end = len(model.entries)
    if model.exits == [(end - 1, 0)] and not port:
        return None
    # `prev` is only a reference of entries: the outputs name theirs.
    references = [model.refer(ref, end + 1) for ref in model.exits]
    if len(references) == 1:
        ((number, named),) = model.exits
        return references[0] + ("" if named or number < 0 else port)
    if any(name_fault(name) for name in names):
        return references
    return dict(zip(names, references, strict=True))


def find_port(flat: FlatModel) -> str:
    """What a reference to a sole output ends with where it is only the first of a layer that has several."""
    return ".0" if len(flat.outputs) == 1 else ""


def _output_lines(names: list[str], model: Listing, port: str) -> list[str]:
    """The lines of what leaves the model, if there need be any."""
    outputs = list_outputs(names, model, port)
    return [] if outputs is None else wrap("outputs: ", flow(outputs))


def wrap(head: str, text: str, deeper: str = "  ") -> list[str]:
    """A line, or several of at most WIDTH where the text has commas to break at."""
    lines, line, indent = [], head, " " * (len(head) - len(head.lstrip())) + deeper
    start = 0
    for mark in [*_BREAK.finditer(text), None]:
        if mark is not None and mark.group() != ", ":
            continue
        end = mark.end() if mark is not None else len(text)
        piece = text[start:end]
        if len((line + piece).rstrip()) > WIDTH and line.strip() and start:
            lines.append(line.rstrip())
            line = indent
        line, start = line + piece, end
    return [*lines, line.rstrip()]


def flow(value: Any, subject: str = "") -> str:
    """A value on one line of YAML. Raises Fault for what a spec cannot hold."""
    return write_flow(_as_written(value, subject))


def _as_written(value: Any, subject: str) -> Any:
    """A value as a spec holds it: expressions in quotes where YAML needs them. Raises Fault."""
    if isinstance(value, Expression):
        return Written(_quote(value) if needs_quotes(value) else value)
    if isinstance(value, dict):
        return {_as_written(key, ""): _as_written(item, subject) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_written(item, subject) for item in value]
    return require_scalar(value, subject)


def _quote(expression: str) -> str:
    import json

    return json.dumps(expression)


def needs_quotes(expression: str) -> bool:
    """Whether YAML would take an expression apart."""
    return bool(set(expression) & set(",[]{}:#\"'"))


def require_scalar(value: Any, subject: str) -> Any:
    """A text, a number, true, false or null as a spec can hold it. Raises Fault where it cannot."""
    if isinstance(value, str):
        if "$" in value:
            raise refusal(f"a spec would take the `$` in {shorten(value)!r} for an expression", subject)
        return value
    number = value if value is None or isinstance(value, (int, float)) else float(value)
    if isinstance(number, float) and not math.isfinite(number) and not isinstance(number, Infinity):
        raise refusal(f"{number} is no number that a spec can hold", subject)
    return number
