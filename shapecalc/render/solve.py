"""The answer of `solve` as text and JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from shapecalc.analysis.costs import MAX_ALTERNATIVES
from shapecalc.analysis.solving.question import limit_text
from shapecalc.diagnostics import Diagnostic, clean, shorten
from shapecalc.dims import binary_text, size_text, to_json
from shapecalc.render.as_json import document
from shapecalc.render.notes import write_notes

if TYPE_CHECKING:
    from shapecalc.analysis.solving.solve import Solution, Verdict
    from shapecalc.model.spec import ModelSpec

_IN_BYTES = ("weights", "memory")


def solve_text(model: str, solution: Solution) -> str:
    """The answer, the counts there and at the next value, the formulas, and how the answer was found."""
    wanted = " and ".join(map(_write_limit, solution.verdicts))
    rows = [(solution.name, *(verdict.quantity for verdict in solution.verdicts))]
    rows.append((str(solution.value), *(f"{verdict.at_value:,}" for verdict in solution.verdicts)))
    if solution.next is not None:
        rows.append((str(solution.next), *(_write_next(verdict) for verdict in solution.verdicts)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    largest = "the largest" if solution.step == 1 else f"the largest multiple of {solution.step:,}"
    lines = [f"{shorten(model, 200)}: {solution.name} = {solution.value} is {largest} with {wanted}", ""]
    lines += ["  " + "  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows]
    lines.append("")
    lines += [f"  {verdict.quantity} = {_write_formula(verdict)}" for verdict in solution.verdicts if verdict.formulas]
    lines.append(f"  {_write_method(solution)}")
    lines += [f"  {line}" for text in _write_footer(solution) for line in text.split("\n ")]
    return clean_lines(lines)


def _write_limit(verdict: Verdict) -> str:
    """`params <= 1,000,000`, `memory <= 25,769,803,776 bytes (24.0 GiB)`."""
    text = f"{verdict.quantity} <= {limit_text(verdict.limit)}"
    if verdict.quantity not in _IN_BYTES:
        return text
    binary = binary_text(int(verdict.limit))
    return f"{text} bytes" if binary.endswith(" B") else f"{text} bytes ({binary})"


def clean_lines(lines: Iterable[str]) -> str:
    """Lines fit for a terminal."""
    return "\n".join(map(clean, lines)) + "\n"


def _write_next(verdict: Verdict) -> str:
    return "" if verdict.at_next is None else f"{verdict.at_next:,}"


def _write_formula(verdict: Verdict) -> str:
    if len(verdict.formulas) > MAX_ALTERNATIVES:
        return f"the greatest of {len(verdict.formulas)} formulas"
    texts = ", ".join(map(size_text, verdict.formulas))
    return texts if len(verdict.formulas) == 1 else f"max({texts})"


def _write_method(solution: Solution) -> str:
    if solution.method == "formula":
        return f"From the formulas: no larger {solution.name} keeps to the limits and to what the model assumes."
    if solution.tried == 0:
        return "By inference, value by value."
    above = "the value above was" if solution.tried == 1 else f"the {solution.tried:,} values above were"
    return f"By inference, value by value: {above} tried too."


_NOTED = {"weights": "weights_bytes"}
"""What notes call a limited quantity, where that is another name."""


def _write_footer(solution: Solution) -> list[str]:
    """The conventions of what is limited."""
    names = {_NOTED.get(verdict.quantity, verdict.quantity) for verdict in solution.verdicts}
    return write_notes(names | ({"training"} if solution.training is not None and "memory" in names else set()))


def solve_json(spec: ModelSpec | None, solution: Solution | None, diagnostics: Iterable[Diagnostic]) -> str:
    """`models` holds the model with its answer: `for`, `value`, `next` (null where there is none), `step`, `method`
    (`formula`, or `inference, neighbours` with the number of values above it that were `tried` too) and `limits`, each
    with `quantity`, `limit`, `count`, `next_count` and `formulas`, of which the greatest counts.
    """
    if spec is None or solution is None:
        return document([], diagnostics)
    return document([{"name": spec.name, "file": spec.document.file, **_list_data(solution)}], diagnostics)


def _list_data(solution: Solution) -> dict[str, Any]:
    return {
        "for": solution.name,
        "value": solution.value,
        "next": solution.next,
        "step": solution.step,
        "method": solution.method,
        "tried": solution.tried,
        "limits": [
            {
                "quantity": verdict.quantity,
                "limit": verdict.limit.numerator if verdict.limit.denominator == 1 else float(verdict.limit),
                "count": verdict.at_value,
                "next_count": verdict.at_next,
                "formulas": [to_json(size) for size in verdict.formulas],
            }
            for verdict in solution.verdicts
        ],
    }
