"""The rows of a report by the entry that they were made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.inference.walk import walk_within

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report, Row
    from shapecalc.model.spec import Entry


def index_rows(report: Report) -> dict[Entry, list[Row]]:
    """The rows of every entry of a model and of its blocks: one for each round and for each use of a block.

    A block that is used again in the same way was walked once, and has its rows once.
    """
    rows_by_entry: dict[Entry, list[Row]] = {}
    seen: set[int] = set()
    waiting = [report.rows]
    for rows in waiting:  # grows as blocks are met
        for row in rows:
            if row.node.entry is not None:
                rows_by_entry.setdefault(row.node.entry, []).append(row)
            within = walk_within(row.inferred)
            if within is not None and id(within[1]) not in seen:
                seen.add(id(within[1]))
                waiting.append(row.rows)
    return rows_by_entry
