"""An explanation as text, Markdown or JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from shapecalc.analysis.explain import Product
from shapecalc.diagnostics import clean
from shapecalc.diagnostics.text import markdown as escaped
from shapecalc.diagnostics.text import markdown_code as code
from shapecalc.dims import add_up, prod, size_text, to_json
from shapecalc.layers.opaque import UNKNOWN
from shapecalc.render.as_json import shape_json
from shapecalc.render.columns import model_name
from shapecalc.render.folding import PAGE_WIDTH, fit_column_widths, fold, fold_under, set_row
from shapecalc.render.table import Terminal, paint_groups

if TYPE_CHECKING:
    from shapecalc.analysis.explain import Explanation
    from shapecalc.analysis.report import Report
    from shapecalc.dims import Size

TIMES = " × "


def factors_text(factors: tuple[Size, ...]) -> str:
    """Factors as they are multiplied; a sum stands in brackets."""
    if not factors:
        return "1"
    texts = [size_text(factor) for factor in factors]
    if len(texts) > 1:
        texts = [f"({text})" if " + " in text or " - " in text else text for text in texts]
    return TIMES.join(texts)


def text(explained: Explanation, width: int = PAGE_WIDTH) -> str:
    """The derivation as it stands in a terminal or a chat, folded at `width` columns."""
    lines = [*_write_title(explained, width)]
    for port, symbolic, numbers in explained.outputs:
        lines += _write_output(port, str(symbolic), str(numbers), width)
    if explained.row.rows:
        lines += _write_parts(explained, width)
    else:
        lines += _write_products("params", explained.weights, explained.params_formula, width)
        lines += _write_products("macs", explained.macs, explained.macs_formula, width)
        if explained.workspace:
            lines += _write_products("memory", explained.workspace, explained.workspace_formula, width)
        if explained.kept:
            lines += _write_products("kept", _list_kept(explained), explained.kept_formula, width)
    if explained.values:
        values = ", ".join(f"{name} = {size_text(value)}" for name, value in explained.values.items())
        lines += _fold_head("where", values, width)
    for note in [*explained.notes, *_write_kept_notes(explained)]:
        lines += _fold_head("note", note, width)
    return "\n".join(map(clean, lines)) + "\n"


_COLOURED = (r"(?m)^(?P<bold>\S.*?\))", r"(?m)^  (?P<cyan>\w+) ", r"(?m)^ +total\b.* (?P<green>\S+)$")
"""What is coloured of a derivation: the layer, what a line is about, and its total; groups are named after styles."""


def colour(derivations: str, terminal: Terminal) -> str:
    """Derivations as `text` gives them, coloured where the terminal has colours."""
    return paint_groups(derivations, _COLOURED, terminal)


def _list_kept(explained: Explanation) -> list[Product]:
    """What a layer is the first to keep, as products of sizes and the bytes of each number."""
    return [Product(piece.name, piece.factors, piece.numbers) for piece in explained.kept if piece.is_new]


def _write_kept_notes(explained: Explanation) -> list[str]:
    """What there is to say of the pieces kept: which a layer above keeps, and which are copies."""
    notes: dict[str, list[str]] = {}
    for piece in explained.kept:
        if piece.note:
            notes.setdefault(piece.note, []).append(piece.name)
    return [f"{' and '.join(dict.fromkeys(names))}: {note}" for note, names in notes.items()]


def _write_title(explained: Explanation, width: int) -> list[str]:
    """The layer, and at the end of the line, or below, where it stands in the spec."""
    title = clean(f"{explained.name} ({explained.type})")
    position = clean(explained.line)
    gap = PAGE_WIDTH - len(title) - len(position)
    if max(gap, 2) + len(title) + len(position) <= width or not position:
        return (
            [f"{title}{' ' * max(gap, 2)}{position}".rstrip()] if len(title) <= width else fold(title, width, name=True)
        )
    return [*fold(title, width, name=True), f"{position:>{width}}"]


def _write_output(port: str, symbolic: str, numbers: str, width: int) -> list[str]:
    """An output's shape in symbols and in numbers; the numbers stand below where both have no room side by side."""
    shapes = symbolic if symbolic == numbers else f"{symbolic} = {numbers}"
    if len(_write_line(port, shapes)) <= width or symbolic == numbers:
        return _fold_head(port, shapes, width)
    return [*_fold_head(port, symbolic, width), *_fold_head("", f"= {numbers}", width)]


def _write_line(head: str, rest: str) -> str:
    return f"  {head:<7} {rest}"


def _fold_head(head: str, rest: str, width: int) -> list[str]:
    """A head and its text, folded beside it."""
    return fold_under(_write_line(head, ""), rest, width)


def _stack_lines(head: str, lines: Iterable[str]) -> list[str]:
    """Lines under one another, the first after its head."""
    return [_write_line(head if index == 0 else "", line) for index, line in enumerate(lines)]


def _write_count(size: Size) -> str:
    return f"{size:,}" if isinstance(size, int) and size < 10**30 else size_text(size)


def _write_products(head: str, products: list[Product], formula: str, width: int) -> list[str]:
    """Each product in aligned columns: name, symbols, numbers, count; then the total with its common factor outside."""
    if not products:
        return [_write_line(head, "none")]
    room = width - len(_write_line(head, ""))
    total = _write_count(add_up(product.total for product in products))
    products = [product for product in products if product.is_recorded]
    if not products:
        return [_write_line(head, total)]
    rows = []
    for product in products:
        symbols, numbers = factors_text(product.factors), factors_text(product.numbers)
        rows.append((product.name, symbols if symbols != numbers else "", numbers, _write_count(product.total)))
    widths = fit_column_widths([*rows, ("total", "", "", total)], room)
    right = (False, False, False, True)
    lines = [line for row in rows for line in set_row(row, widths, right)]
    if len(rows) > 1:
        shown = formula if formula != total and any(symbols for _, symbols, _, _ in rows) else ""
        middle = widths[1] + 2 + widths[2]
        if widths[0] + 2 + len(shown) + 2 + widths[3] <= room:  # longer than the columns above, it has the line
            lines.append(f"{'total':<{widths[0]}}  {shown:<{middle}}  {total:>{widths[3]}}")
        else:
            lines += set_row(("total", shown, total), (widths[0], middle, widths[3]), (False, False, True))
    return _stack_lines(head, lines)


def _write_parts(explained: Explanation, width: int) -> list[str]:
    """The rows of a block: what its parameters and MACs are the sum of."""
    row = explained.row
    rows = [
        (part.name, part.type, " ".join(map(str, part.shapes)), _write_count(part.params), _write_count(part.macs))
        for part in row.rows
        if part.node.entry is not None
    ]
    cells = [("layer", "type", "output", "params", "macs"), *rows]
    cells += [("calls", "", "", "", f"× {_write_count(part.calls)}") for part in row.inferred.inner if part.calls != 1]
    cells.append(("total", "", "", _write_count(row.params), _write_count(row.macs)))
    widths = fit_column_widths(cells, width - len(_write_line("rows", "")))
    right = (False, False, False, True, True)
    return _stack_lines("rows", (line for cell in cells for line in set_row(cell, widths, right)))


def write_empty(report: Report) -> str:
    """What stands in place of derivations where every entry of a model is skipped."""
    outputs = ", ".join(f"{name} {tensor.shape}" for name, tensor in report.outputs.items())
    name = model_name(report)
    return clean(f"{name} has no layer: its entries are skipped, and what it is fed leaves it as {outputs}") + "\n"


def markdown(explained: Explanation) -> str:
    """The derivation as a Markdown section."""
    lines = [f"### {code(explained.name)} ({escaped(explained.type)})", "", code(explained.line), ""]
    for port, symbolic, numbers in explained.outputs:
        lines.append(f"- **{escaped(port)}** {code(str(symbolic))} = {code(str(numbers))}")
    for head, products, formula, total in (
        ("Parameters", explained.weights, explained.params_formula, explained.params),
        ("MACs", explained.macs, explained.macs_formula, explained.total_macs),
        ("Workspace bytes", explained.workspace, explained.workspace_formula, explained.total_workspace),
        ("Kept bytes", _list_kept(explained), explained.kept_formula, explained.total_kept),
    ):
        if products:
            lines += ["", f"| {head} | formula | numbers | count |", "|---|---|---|---:|"]
            lines += [
                f"| {name} | {factors_text(factors)} | {factors_text(numbers)} | {_write_count(prod(numbers))} |"
                for name, factors, numbers in products
                if name != UNKNOWN
            ]
            lines.append(f"| **total** | {formula} | | **{_write_count(total)}** |")
    if explained.values:
        lines += [
            "",
            "where " + ", ".join(code(f"{name} = {size_text(value)}") for name, value in explained.values.items()),
        ]
    lines += [f"\n> {escaped(note)}" for note in explained.notes]
    return "\n".join(lines) + "\n"


def data(explained: Explanation) -> dict[str, Any]:
    """The derivation for scripts; sizes as in a summary's JSON."""

    def product_data(product: Product) -> dict[str, Any]:
        return {
            "name": product.name,
            "factors": [size_text(factor) for factor in product.factors],
            "numbers": [to_json(factor) for factor in product.numbers],
            "total": to_json(product.total),
        }

    return {
        "name": explained.name,
        "type": explained.type,
        "place": explained.line,
        "outputs": [
            {"port": port, "formula": str(symbolic), "shape": shape_json(numbers)}
            for port, symbolic, numbers in explained.outputs
        ],
        "params": {
            "weights": [product_data(product) for product in explained.weights if product.is_recorded],
            "formula": explained.params_formula,
            "total": to_json(explained.params),
        },
        "macs": {
            "products": [product_data(product) for product in explained.macs if product.is_recorded],
            "formula": explained.macs_formula,
            "total": to_json(explained.total_macs),
        },
        "workspace": {
            "products": [product_data(product) for product in explained.workspace],
            "formula": explained.workspace_formula,
            "total": to_json(explained.total_workspace),
        },
        "kept": {
            "pieces": [
                product_data(Product(piece.name, piece.factors, piece.numbers))
                | {"note": piece.note, "new": piece.is_new}
                for piece in explained.kept
            ],
            "formula": explained.kept_formula,
            "total": to_json(explained.total_kept),
        },
        "where": {name: to_json(value) for name, value in explained.values.items()},
        "notes": explained.notes,
    }
