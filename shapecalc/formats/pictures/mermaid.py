"""A model as a Mermaid flowchart, which GitHub draws in Markdown. https://mermaid.js.org/syntax/flowchart.html"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from shapecalc.diagnostics import mermaid as escaped

if TYPE_CHECKING:
    from shapecalc.formats.pictures.drawing import Box, Drawing

_ROUNDED = ("([", "])")


def mermaid(drawing: Drawing) -> str:
    """The text of a flowchart; blocks are subgraphs."""
    lines = ["flowchart TD"]
    for box in drawing.frame.boxes:
        lines += _write_box(box, "  ")
    lines += [f"  {start} --> {end}" for start, end in drawing.arrows]
    return "\n".join(lines) + "\n"


def _write_box(box: Box, indent: str) -> Iterator[str]:
    text = "<br>".join(map(escaped, box.lines))
    if box.inside is None:
        opening, closing = (
            _ROUNDED if box.kind in ("input", "output") else ("[[", "]]") if box.rounds > 1 else ("[", "]")
        )
        yield f'{indent}{box.key}{opening}"{text}"{closing}'
        return
    yield f'{indent}subgraph {box.key}["{text}"]'
    for part in box.inside.boxes:
        yield from _write_box(part, indent + "  ")
    yield f"{indent}end"
