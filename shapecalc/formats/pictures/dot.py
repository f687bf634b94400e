"""A model as a graph in Graphviz's language. https://graphviz.org/doc/info/lang.html"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from shapecalc.diagnostics import dot as escaped

if TYPE_CHECKING:
    from shapecalc.formats.pictures.drawing import Box, Drawing

_ROUNDED = ', style="rounded"'


def dot(drawing: Drawing) -> str:
    """The text of a `digraph`; blocks are clusters."""
    lines = [f"digraph {_quote(drawing.name)} {{", '  node [shape=box, fontname="sans-serif", fontsize=10];']
    for box in drawing.frame.boxes:
        lines += _write_box(box, "  ")
    lines += [f"  {start} -> {end};" for start, end in drawing.arrows]
    return "\n".join([*lines, "}"]) + "\n"


def _write_box(box: Box, indent: str) -> Iterator[str]:
    if box.inside is None:
        style = _ROUNDED if box.kind in ("input", "output") else ""
        several = ", peripheries=2" if box.rounds > 1 else ""
        yield f"{indent}{box.key} [label={_quote(*box.lines)}{style}{several}];"
        return
    yield f"{indent}subgraph cluster_{box.key} {{"
    yield f"{indent}  label={_quote(*box.lines)};"
    for part in box.inside.boxes:
        yield from _write_box(part, indent + "  ")
    yield f"{indent}}}"


def _quote(*lines: str) -> str:
    r"""A string in quotes; `\n` between lines."""
    return '"' + "\\n".join(map(escaped, lines)) + '"'
