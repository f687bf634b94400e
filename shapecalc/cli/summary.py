"""`shapecalc summary`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from shapecalc.cli import options

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.cli.desk import Desk


@click.command("summary")
@options.specs
@options.output_format("full", "concise", "json", "markdown", "csv")
@options.depth
@options.columns
@options.values
def command(
    specs: tuple[str, ...],
    output_format: str,
    depth: int,
    columns: tuple[str, ...],
    assignments: tuple[str, ...],
    batch: int | None,
) -> int:
    """Print the layers of models: output shapes, parameters and totals, as Keras 3 does.

    `-` is standard input. JSON holds blocks with all their layers; --columns concerns the other formats.

    \b
    Examples:
      shapecalc summary model.yaml
      shapecalc summary model.yaml --columns macs,weights --depth 2
      shapecalc summary model.yaml --set width=1.5 --output-format json
      cat model.yaml | shapecalc summary -
    """
    from shapecalc.cli.desk import Desk

    desk = Desk(options.settings(assignments, batch))
    if output_format in ("json", "csv"):
        reports = [report for path in specs if (report := desk.report(path)) and report.ok]
        sys.stdout.write(_document(desk, reports, output_format, depth, columns))
        return desk.code
    printed = False
    for path in specs:
        before = len(desk.diagnostics)
        report = desk.report(path)
        if report is not None and report.ok:
            between = "\n" if printed and output_format != "concise" else ""
            sys.stdout.write(between + _section(report, output_format, depth, columns))
            printed = True
        desk.show(desk.diagnostics[before:], "concise" if output_format == "concise" else "full")
    return desk.code


def _document(desk: Desk, reports: list[Report], output_format: str, depth: int, columns: tuple[str, ...]) -> str:
    if output_format == "json":
        from shapecalc.render.as_json import summary_json

        return summary_json(reports, desk.diagnostics)
    from shapecalc.render.as_csv import summary_csv

    desk.show(desk.diagnostics, "concise")
    return summary_csv(reports, depth, columns)


def _section(report: Report, output_format: str, depth: int, columns: tuple[str, ...]) -> str:
    if output_format == "markdown":
        from shapecalc.render.as_markdown import summary_markdown

        return summary_markdown(report, depth, columns)
    if output_format == "concise":
        from shapecalc.render.columns import concise_line

        return concise_line(report)
    from shapecalc.cli.desk import forced
    from shapecalc.render.table import look_of, summary_table

    return summary_table(report, depth, columns, look_of(sys.stdout, forced=forced()))
