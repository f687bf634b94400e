"""Findings for inputs declared in another form than the language's; what was meant is still read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.diagnostics import Edit, shorten
from shapecalc.document.edits import locate, replace_node
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
        edits = (replace_node(findings.document, node, text),)
        findings.error(
            "SC204", "a shape is a list of sizes, without their names", node, help=f"write `{text}`", edits=edits
        )
        return {"input": None}
    if not all(_is_shape(value) for value in node.fields.values()):
        return None
    edits = (replace_node(findings.document, key, "inputs"),)
    help = f"write `inputs: {shorten(write_flow(collect_values(node)))}`"
    findings.error("SC109", "`input` is one shape; several inputs stand under `inputs`", key, help=help, edits=edits)
    return dict(node.fields)


def read_list_of_inputs(findings: Findings, key: Node, inputs: SequenceNode) -> dict[str, Node | None]:
    """The inputs of a list that is no list of names, which is reported: one shape, or a mapping in pieces."""
    message = "`inputs` is a mapping from names to shapes"
    pairs = [item.only() if isinstance(item, MappingNode) else None for item in inputs.items]
    if pairs and all(pairs):
        inputs_by_name: dict[str, Node | None] = {str(pair[0].value): pair[1] for pair in pairs if pair is not None}
        text = write_flow({name: collect_values(value) for name, value in inputs_by_name.items()})
        edits = _replace_list(findings.document, inputs, text)
        findings.error("SC108", message, inputs, help=f"write `inputs: {shorten(text)}`, without dashes", edits=edits)
        return inputs_by_name
    if inputs.items and all(isinstance(item, SequenceNode) for item in inputs.items):
        names = [f"input_{number}" for number in range(1, len(inputs.items) + 1)]
        text = write_flow(dict(zip(names, map(collect_values, inputs.items), strict=True)))
        help = f"give each a name, `inputs: {shorten(text)}`, and name them in `from`"
        findings.error("SC108", message, inputs, help=help)
        return {"input": None}
    edits = (replace_node(findings.document, key, "input"),)
    help = f"one input is `input: {shorten(write_flow(collect_values(inputs)))}`"
    findings.error("SC108", message, inputs, help=help, edits=edits)
    return {"input": inputs}


def _read_size(node: Node) -> int | None:
    value = resolve(node) if isinstance(node, ScalarNode) else None
    return value if type(value) is int else None


def _is_shape(node: Node) -> bool:
    """Whether a value is a shape, or a mapping that has one."""
    if isinstance(node, MappingNode):
        return bool({"shape", "batch_shape", "dtype"} & set(node.fields))
    return isinstance(node, SequenceNode) or str(node.value).startswith("(")


def _replace_list(document: Document, inputs: SequenceNode, text: str) -> tuple[Edit, ...]:
    """Edits that put `text` in place of a list in brackets, or spaces in place of its dashes, if it has lines."""
    if document.lines[inputs.start.line][inputs.start.column] == "[":
        return (replace_node(document, inputs, text),)
    edits = []
    for item in inputs.items:
        start = locate(document, item)
        column = document.lines[start.line - 1].rfind("-", 0, start.column - 1) + 1
        if not column:
            return ()
        edits.append(Edit(document.file, start.line, column, start.line, column + 1, " "))
    return tuple(edits)
