"""The answer of `solve` as text and JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from shapecalc.analysis.costs import MAX_ALTERNATIVES
from shapecalc.analysis.solving.question import limit_text
from shapecalc.diagnostics import Diagnostic, clean, shorten
from shapecalc.dims import size_text, to_json
from shapecalc.render.as_json import document
from shapecalc.render.columns import TRAINING, conventions, needed_conventions

if TYPE_CHECKING:
    from shapecalc.analysis.solving.solve import Solution, Verdict
    from shapecalc.model.spec import ModelSpec

_UNITS = {"weights": " bytes", "memory": " bytes"}


def solve_text(model: str, found: Solution) -> str:
    """The answer, the counts there and at the next value, the formulas, and how the answer was found."""
    wanted = " and ".join(
        f"{one.quantity} <= {limit_text(one.limit)}{_UNITS.get(one.quantity, '')}" for one in found.verdicts
    )
    rows = [(found.name, *(one.quantity for one in found.verdicts))]
    rows.append((str(found.value), *(f"{one.at_value:,}" for one in found.verdicts)))
    if found.next is not None:
        rows.append((str(found.next), *(_next(one) for one in found.verdicts)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [f"{shorten(model, 200)}: {found.name} = {found.value} is the largest with {wanted}", ""]
    lines += ["  " + "  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows]
    lines.append("")
    lines += [f"  {one.quantity} = {_formula(one)}" for one in found.verdicts if one.formulas]
    lines.append(f"  {_method(found)}")
    lines += [f"  {line}" for text in _footer(found) for line in text.split("\n ")]
    return clean_lines(lines)


def clean_lines(lines: Iterable[str]) -> str:
    """Lines fit for a terminal."""
    return "\n".join(map(clean, lines)) + "\n"


def _next(one: Verdict) -> str:
    return "" if one.at_next is None else f"{one.at_next:,}"


def _formula(one: Verdict) -> str:
    if len(one.formulas) > MAX_ALTERNATIVES:
        return f"the greatest of {len(one.formulas)} formulas"
    texts = ", ".join(map(size_text, one.formulas))
    return texts if len(one.formulas) == 1 else f"max({texts})"


def _method(found: Solution) -> str:
    if found.method == "formula":
        return f"From the formulas: no larger {found.name} keeps to the limits and to what the model assumes."
    if found.tried == 0:
        return "By inference, value by value."
    above = "the value above was" if found.tried == 1 else f"the {found.tried:,} values above were"
    return f"By inference, value by value: {above} tried too."


_CONVENTIONS = {"macs": {"macs"}, "weights": {"bytes"}, "memory": {"activations", "memory"}}


def _footer(found: Solution) -> list[str]:
    """The conventions of what is limited."""
    names = {name for one in found.verdicts for name in _CONVENTIONS.get(one.quantity, ())}
    more = [TRAINING] if found.training is not None and "memory" in names else []
    return [*conventions(needed_conventions(names)), *more]


def solve_json(spec: ModelSpec | None, found: Solution | None, diagnostics: Iterable[Diagnostic]) -> str:
    """`models` holds the model with its answer: `for`, `value`, `next` (null where there is none), `method` (`formula`,
    or `inference, neighbours` with the number of values above it that were `tried` too) and `limits`, each with
    `quantity`, `limit`, `count`, `next_count` and `formulas`, of which the greatest counts.
    """
    if spec is None or found is None:
        return document([], diagnostics)
    return document([{"name": spec.name, "file": spec.document.file, **_data(found)}], diagnostics)


def _data(found: Solution) -> dict[str, Any]:
    return {
        "for": found.name,
        "value": found.value,
        "next": found.next,
        "method": found.method,
        "tried": found.tried,
        "limits": [
            {
                "quantity": one.quantity,
                "limit": one.limit.numerator if one.limit.denominator == 1 else float(one.limit),
                "count": one.at_value,
                "next_count": one.at_next,
                "formulas": [to_json(size) for size in one.formulas],
            }
            for one in found.verdicts
        ],
    }
