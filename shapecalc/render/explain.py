"""An explanation as text, Markdown or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics import clean
from shapecalc.diagnostics.text import markdown as escaped
from shapecalc.diagnostics.text import markdown_code as code
from shapecalc.dims import size_text, to_json
from shapecalc.render.columns import model_name

if TYPE_CHECKING:
    from shapecalc.analysis.explain import Explanation, Product
    from shapecalc.analysis.report import Report
    from shapecalc.dims import Size

WIDTH = 80
TIMES = " × "


def factors_text(factors: tuple[Size, ...]) -> str:
    """Factors as they are multiplied; a sum stands in brackets."""
    if not factors:
        return "1"
    texts = [size_text(factor) for factor in factors]
    if len(texts) > 1:
        texts = [f"({text})" if " + " in text or " - " in text else text for text in texts]
    return TIMES.join(texts)


def text(explained: Explanation) -> str:
    """The derivation as it stands in a terminal or a chat."""
    title = f"{explained.name} ({explained.type})"
    gap = max(2, WIDTH - len(title) - len(explained.line))
    lines = [f"{title}{' ' * gap}{explained.line}".rstrip()]
    for port, symbolic, numbers in explained.outputs:
        same = str(symbolic) == str(numbers)
        lines.append(_line(port, str(symbolic) if same else f"{symbolic} = {numbers}"))
    if explained.row.rows:
        lines += _parts(explained)
    else:
        lines += _products("params", explained.weights, explained.params_formula, explained.params)
        lines += _products("macs", explained.macs, explained.macs_formula, explained.total_macs)
        if explained.workspace:
            lines += _products("memory", explained.workspace, explained.workspace_formula, explained.total_workspace)
    if explained.values:
        lines.append(
            _line("where", ", ".join(f"{name} = {size_text(value)}" for name, value in explained.values.items()))
        )
    lines += [_line("note", note) for note in explained.notes]
    return "\n".join(map(clean, lines)) + "\n"


def _line(head: str, rest: str) -> str:
    return f"  {head:<7} {rest}"


def _count(size: Size) -> str:
    return f"{size:,}" if isinstance(size, int) and size < 10**30 else size_text(size)


def _products(head: str, products: list[Product], formula: str, total: Size) -> list[str]:
    """A line for each product in aligned columns, then the total with its common factor outside."""
    if not products:
        return [_line(head, "none")]
    rows = [(one.name, factors_text(one.factors), factors_text(one.numbers), _count(one.total)) for one in products]
    rows = [(name, symbols if symbols != numbers else "", numbers, count) for name, symbols, numbers, count in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    widths[0] = max(widths[0], len("total"))
    counts = max(widths[3], len(_count(total)))
    middle = widths[1] + 2 + widths[2]
    lines = [
        f"{name:<{widths[0]}}  {symbols:<{widths[1]}}  {numbers:<{widths[2]}}  {count:>{counts}}"
        for name, symbols, numbers, count in rows
    ]
    if len(rows) > 1:
        shown = formula if formula != _count(total) and any(row[1] for row in rows) else ""
        lines.append(f"{'total':<{widths[0]}}  {shown:<{middle}}  {_count(total):>{counts}}")
    return [_line(head if index == 0 else "", line) for index, line in enumerate(lines)]


def _parts(explained: Explanation) -> list[str]:
    """The rows of a block: what its parameters and MACs are the sum of."""
    row = explained.row
    rows = [
        (one.name, one.type, " ".join(str(shape) for shape in one.shapes), _count(one.params), _count(one.macs))
        for one in row.rows
        if one.node.entry is not None
    ]
    cells = [("layer", "type", "output", "params", "macs"), *rows]
    cells += [("calls", "", "", "", f"× {_count(part.calls)}") for part in row.inferred.inner if part.calls != 1]
    cells.append(("total", "", "", _count(row.params), _count(row.macs)))
    widths = [max(len(cell[column]) for cell in cells) for column in range(5)]
    lines = [
        f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:<{widths[2]}}  {d:>{widths[3]}}  {e:>{widths[4]}}"
        for a, b, c, d, e in cells
    ]
    return [_line("rows" if index == 0 else "", line) for index, line in enumerate(lines)]


def empty(report: Report) -> str:
    """What stands in place of derivations where every entry of a model is skipped."""
    outputs = ", ".join(f"{name} {tensor.shape}" for name, tensor in report.outputs.items())
    return (
        clean(f"{model_name(report)} has no layer: its entries are skipped, and what it is fed leaves it as {outputs}")
        + "\n"
    )


def markdown(explained: Explanation) -> str:
    """The derivation as a Markdown section."""
    lines = [f"### {code(explained.name)} ({escaped(explained.type)})", "", code(explained.line), ""]
    for port, symbolic, numbers in explained.outputs:
        lines.append(f"- **{escaped(port)}** {code(str(symbolic))} = {code(str(numbers))}")
    for head, products, formula, total in (
        ("Parameters", explained.weights, explained.params_formula, explained.params),
        ("MACs", explained.macs, explained.macs_formula, explained.total_macs),
        ("Workspace bytes", explained.workspace, explained.workspace_formula, explained.total_workspace),
    ):
        if products:
            lines += ["", f"| {head} | formula | numbers | count |", "|---|---|---|---:|"]
            lines += [
                f"| {one.name} | {factors_text(one.factors)} | {factors_text(one.numbers)} | {_count(one.total)} |"
                for one in products
            ]
            lines.append(f"| **total** | {formula} | | **{_count(total)}** |")
    if explained.values:
        lines += [
            "",
            "where " + ", ".join(code(f"{name} = {size_text(value)}") for name, value in explained.values.items()),
        ]
    lines += [f"\n> {note}" for note in explained.notes]
    return "\n".join(lines) + "\n"


def data(explained: Explanation) -> dict[str, Any]:
    """The derivation for scripts; sizes as in a summary's JSON."""

    def product(one: Product) -> dict[str, Any]:
        return {
            "name": one.name,
            "factors": [size_text(factor) for factor in one.factors],
            "numbers": [to_json(factor) for factor in one.numbers],
            "total": to_json(one.total),
        }

    return {
        "name": explained.name,
        "type": explained.type,
        "place": explained.line,
        "outputs": [
            {"port": port, "formula": str(symbolic), "shape": [to_json(size) for size in numbers]}
            for port, symbolic, numbers in explained.outputs
        ],
        "params": {
            "weights": [product(one) for one in explained.weights],
            "formula": explained.params_formula,
            "total": to_json(explained.params),
        },
        "macs": {
            "products": [product(one) for one in explained.macs],
            "formula": explained.macs_formula,
            "total": to_json(explained.total_macs),
        },
        "workspace": {
            "products": [product(one) for one in explained.workspace],
            "formula": explained.workspace_formula,
            "total": to_json(explained.total_workspace),
        },
        "where": {name: to_json(value) for name, value in explained.values.items()},
        "notes": explained.notes,
    }
