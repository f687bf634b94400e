"""Findings for inputs declared in another form than the language's; what was meant is still read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.diagnostics import Edit, Fix, shorten
from shapecalc.document.edits import locate, replace_node
from shapecalc.document.fixes import write
from shapecalc.document.flow import write_flow
from shapecalc.document.nodes import MappingNode, ScalarNode, SequenceNode, resolve
from shapecalc.model.mistakes.meant import collect_values

if TYPE_CHECKING:
    from shapecalc.document.findings import Findings
    from shapecalc.document.nodes import Document, Node


def read_named_shapes(findings: Findings, key: Node, node: MappingNode) -> dict[str, Node | None] | None:
    """The inputs of `input: {a: [5], b: [5]}`, which is reported; None where `input` has no such form."""
    if not node.fields or "dtype" in node.fields:
        return None
    sizes = [_read_size(value) for value in node.fields.values()]
    if all(size is not None for size in sizes):  # {height: 28, width: 28}
        text = f"[{', '.join(map(str, sizes))}]"
        message = "a shape is a list of sizes, without their names"
        findings.error("SC204", message, node, help=write(findings.document, node, text))
        return {"input": None}
    if not all(_is_shape(value) for value in node.fields.values()):
        return None
    help = f"write `inputs: {shorten(write_flow(collect_values(node)))}`"
    fix = Fix(help, (replace_node(findings.document, key, "inputs"),), safe=True)
    findings.error("SC109", "`input` is one shape; several inputs stand under `inputs`", key, help=fix)
    return dict(node.fields)


def read_list_of_inputs(findings: Findings, key: Node, inputs: SequenceNode) -> dict[str, Node | None]:
    """The inputs of a list that is no list of names, which is reported: one shape, or a mapping in pieces."""
    message = "`inputs` is a mapping from names to shapes"
    pairs = [item.only() if isinstance(item, MappingNode) else None for item in inputs.items]
    if pairs and all(pairs):
        inputs_by_name: dict[str, Node | None] = {str(pair[0].value): pair[1] for pair in pairs if pair is not None}
        text = write_flow({name: collect_values(value) for name, value in inputs_by_name.items()})
        help = f"write `inputs: {shorten(text)}`, without dashes"
        fix = Fix(help, take_dashes_away(findings.document, inputs), safe=True)
        findings.error("SC108", message, inputs, help=fix)
        return inputs_by_name
    if inputs.items and all(isinstance(item, SequenceNode) for item in inputs.items):
        names = [f"input_{number}" for number in range(1, len(inputs.items) + 1)]
        text = write_flow(dict(zip(names, map(collect_values, inputs.items), strict=True)))
        help = f"give each a name, `inputs: {shorten(text)}`, and name them in `from`"
        findings.error("SC108", message, inputs, help=Fix(help, (replace_node(findings.document, inputs, text),)))
        return {"input": None}
    help = f"one input is `input: {shorten(write_flow(collect_values(inputs)))}`"
    fix = Fix(help, (replace_node(findings.document, key, "input"),), safe=True)
    findings.error("SC108", message, inputs, help=fix)
    return {"input": inputs}


def _read_size(node: Node) -> int | None:
    value = resolve(node) if isinstance(node, ScalarNode) else None
    return value if type(value) is int else None


def _is_shape(node: Node) -> bool:
    """Whether a value is a shape, or a mapping that has one."""
    if isinstance(node, MappingNode):
        return bool({"shape", "batch_shape", "dtype"} & set(node.fields))
    return isinstance(node, SequenceNode) or str(node.value).startswith("(")


def take_dashes_away(document: Document, pairs: SequenceNode) -> tuple[Edit, ...]:
    """Edits that make one mapping of a list of mappings with a key each: spaces in place of dashes, if it has lines."""
    if document.lines[pairs.start.line][pairs.start.column] == "[":
        fields = [item.only() for item in pairs.items if isinstance(item, MappingNode)]
        values = {str(pair[0].value): collect_values(pair[1]) for pair in fields if pair is not None}
        return (replace_node(document, pairs, write_flow(values)),)
    edits = []
    for item in pairs.items:
        start = locate(document, item)
        column = document.lines[start.line - 1].rfind("-", 0, start.column - 1) + 1
        if not column:
            return ()
        edits.append(Edit(document.file, start.line, column, start.line, column + 1, " "))
    return tuple(edits)
