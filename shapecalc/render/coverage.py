"""The coverage of the catalogue as text, Markdown and data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecalc.render.as_markdown import markdown_table
from shapecalc.render.folding import set_row

if TYPE_CHECKING:
    from shapecalc.analysis.coverage import Coverage

_HEADER = ("Type", "Family", "Rule", "Forward", "Golden cases", "Chains")
_RIGHT = (False, False, False, False, True, True)


def coverage_text(coverage: Coverage) -> str:
    """A line for each type, and the totals."""
    rows = [_HEADER, *_list_rows(coverage)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    lines = [line for row in rows for line in set_row(row, widths, _RIGHT)]
    return "\n".join(lines) + f"\n\n{_write_totals(coverage)}\n"


def coverage_markdown(coverage: Coverage) -> str:
    """The same as a table."""
    return f"{markdown_table(_HEADER, _RIGHT, _list_rows(coverage))}\n{_write_totals(coverage)}\n"


def coverage_data(coverage: Coverage) -> list[dict[str, Any]]:
    """The same for scripts."""
    return [
        {
            "type": row.type_name,
            "family": row.family,
            "rule": row.rule,
            "forward": row.forward,
            "golden_cases": row.cases,
            "chains": row.chains,
        }
        for row in coverage.rows
    ]


def _list_rows(coverage: Coverage) -> list[tuple[str, ...]]:
    return [
        (row.type_name, row.family, _write_yes(row.rule), _write_yes(row.forward), str(row.cases), str(row.chains))
        for row in coverage.rows
    ]


def _write_yes(is_there: bool) -> str:
    return "yes" if is_there else "no"


def _write_totals(coverage: Coverage) -> str:
    rows = coverage.rows
    return (
        f"{len(rows)} types: {sum(row.rule for row in rows)} rules, {sum(row.forward for row in rows)} forwards, "
        f"{sum(row.cases for row in rows):,} golden cases and {coverage.chains} chains recorded from Keras"
    )
