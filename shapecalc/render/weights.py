"""What a weight file and a model do not have in common, as a table."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.diagnostics import clean
from shapecalc.render.layout import Heading
from shapecalc.render.table import Terminal, paint, table_text

_HEADERS = ("Weight", "In the model", "In the file", "Array")


def write_leftovers(rows: Sequence[tuple[str, str, str, str]], terminal: Terminal) -> str:
    """A row for each weight that the file lacks, or has in another shape, and for each array that is no weight."""
    headings = [Heading(header, style="cyan" if index == 0 else "green") for index, header in enumerate(_HEADERS)]
    cells = [tuple(clean(cell) for cell in row) for row in rows]
    return f"{paint('Weights that do not match', 'bold', terminal)}\n{table_text(headings, cells, terminal, 1)}\n"
