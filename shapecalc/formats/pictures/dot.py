"""A model as a graph in Graphviz's language. https://graphviz.org/doc/info/lang.html"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from shapecalc.diagnostics import dot as escaped

if TYPE_CHECKING:
    from shapecalc.formats.pictures.drawing import Box, Drawing

_STYLES = {
    "layer": "",
    "input": ', style="rounded"',
    "output": ', style="rounded"',
}


def dot(drawing: Drawing) -> str:
    """The text of a `digraph`; blocks are clusters."""
    lines = [f"digraph {_quote(drawing.name)} {{", '  node [shape=box, fontname="sans-serif", fontsize=10];']
    for box in drawing.boxes:
        lines += _write_box(box, "  ")
    lines += [f"  {start} -> {end};" for start, end in drawing.arrows]
    return "\n".join([*lines, "}"]) + "\n"


def _write_box(box: Box, indent: str) -> Iterator[str]:
    if box.kind != "block":
        yield f"{indent}{box.key} [label={_quote(*box.lines)}{_STYLES[box.kind]}];"
        return
    yield f"{indent}subgraph cluster_{box.key} {{"
    yield f"{indent}  label={_quote(*box.lines)};"
    for part in box.parts:
        yield from _write_box(part, indent + "  ")
    yield f"{indent}}}"


def _quote(*lines: str) -> str:
    r"""A string in quotes; `\n` between lines."""
    return '"' + "\\n".join(map(escaped, lines)) + '"'
