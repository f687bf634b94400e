"""`shapecalc summary`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from shapecalc.cli import options, ranges, usage

if TYPE_CHECKING:
    from shapecalc.analysis.analyse import Settings
    from shapecalc.analysis.devices import Device
    from shapecalc.analysis.report import Report
    from shapecalc.cli.session import Session
    from shapecalc.render.summary_options import SummaryOptions
    from shapecalc.render.values import Point
    from shapecalc.training.peak import Training


@usage.command("summary")
@options.specs
@options.output_format("full", "concise", "json", "markdown", "csv")
@options.depth
@options.unfold
@options.exact
@options.columns
@options.sort
@options.training
@options.kv_cache
@options.device
@options.dtype
@options.assignments
@ranges.batches
@click.option(
    "--plot",
    is_flag=True,
    help="Draw bars: where parameters, MACs and memory sit, or what changes with `--set T=16,32`.",
)
def command(
    specs: tuple[str, ...],
    output_format: str,
    depth: int,
    unfold: bool,
    exact: bool,
    columns: tuple[str, ...],
    sort: str | None,
    training: Training | None,
    kv_cache: bool,
    device: Device | None,
    dtype: str | None,
    assignments: tuple[str, ...],
    batch: tuple[int, ...],
    plot: bool,
) -> int:
    """Print the layers of models: output shapes, parameters and totals, as Keras 3 does.

    SPEC is a file, or `-` for standard input. Equal rounds of a repeat share a line, and so do the calls of a shared
    layer; JSON and CSV list every layer. `--set T=16,32,64` and `--batch 8,16,32` compare the totals for several
    values, a line each.

    The nodes of an ONNX file are shown as the layers that they make; `--exact` shows the nodes.

    KB, MB and GB in the totals are powers of 1024, as in Keras; elsewhere these are written KiB, MiB and GiB.

    \b
    Examples:
      shapecalc summary model.yaml
      shapecalc summary model.yaml --columns macs,activations --depth 2
      shapecalc summary model.yaml --columns params%,macs% --sort params
      shapecalc summary model.yaml --training adam --batch 32
      shapecalc summary model.yaml --training adam --batch 8,16,32
      shapecalc summary model.yaml --device h100-80g --columns time,bound
      shapecalc summary model.yaml --set T=128,256,512 --plot
      cat model.yaml | shapecalc summary -
    """
    from shapecalc.cli.session import Session
    from shapecalc.render.summary_options import SummaryOptions

    summary_options = SummaryOptions(depth, _show_sorted(columns, sort), unfold, training, kv_cache, sort, device)
    _refuse_columns(summary_options)
    if len(batch) > 1 or any("," in assignment for assignment in assignments):
        choices = options.read_alternatives(assignments, batch, dtype)
        if len(choices) > 1:
            session = Session(wants_exact=exact)
            return _compare(session, specs, choices, output_format, summary_options, plot)
    if plot:
        _refuse_plot(output_format)
    session = Session(options.read_settings(assignments, batch[0] if batch else None, dtype), wants_exact=exact)
    if output_format in ("json", "csv"):
        reports = [report for path in specs if (report := session.report(path)) and report.ok]
        for report in reports:
            _report_excess(session, report, summary_options)
        sys.stdout.write(_render_document(session, reports, output_format, summary_options))
        return session.code
    _print_models(session, specs, output_format, summary_options, plot)
    return session.code


def _print_models(
    session: Session, specs: tuple[str, ...], output_format: str, summary_options: SummaryOptions, plot: bool
) -> None:
    """The tables of models, each with the findings of its file."""
    printed = False
    for path in specs:
        before = len(session.diagnostics)
        report = session.report(path)
        if report is not None and report.ok:
            between = "\n" if printed and output_format != "concise" else ""
            with session.guard(path):
                sys.stdout.write(between + _render_model(report, output_format, summary_options, plot))
                printed = True
                _report_excess(session, report, summary_options)
        session.show(session.diagnostics[before:], "concise" if output_format == "concise" else "full")


def _show_sorted(columns: tuple[str, ...], sort: str | None) -> tuple[str, ...]:
    """The columns with that by which lines are sorted."""
    from shapecalc.render.columns import COLUMNS

    return (*columns, sort) if sort in COLUMNS and sort not in columns else columns


def _refuse_columns(summary_options: SummaryOptions) -> None:
    """Raises click.UsageError for columns that need a device where none is named."""
    from shapecalc.render.columns import OF_DEVICES

    for name in summary_options.columns:
        if name in OF_DEVICES and summary_options.device is None:
            raise click.UsageError(f"`{name}` is of a device: name one, `--device h100-80g`")


def _report_excess(session: Session, report: Report, summary_options: SummaryOptions) -> None:
    """Adds the finding of a model that does not fit the device that it is held against."""
    if summary_options.device is None:
        return
    from shapecalc.analysis.fitting import Fit, report_excess

    finding = report_excess(Fit(report, summary_options.device, summary_options.training, summary_options.kv_cache))
    session.diagnostics += [finding] if finding is not None else []


def _render_document(
    session: Session, reports: list[Report], output_format: str, summary_options: SummaryOptions
) -> str:
    from shapecalc.cli.faults import render_sound

    def render_models(places: list[int]) -> str:
        chosen = [reports[at] for at in places]
        if output_format == "json":
            from shapecalc.render.as_json import summary_json

            return summary_json(chosen, session.diagnostics, summary_options)
        from shapecalc.render.as_csv import summary_csv

        return summary_csv(chosen, summary_options)

    text = render_sound([report.file for report in reports], render_models, session.diagnostics)
    if output_format == "csv":
        session.show(session.diagnostics, "concise")
    return text


def _refuse_plot(output_format: str) -> None:
    """Raises click.UsageError where bars cannot stand below a table."""
    if output_format != "full":
        raise click.UsageError("--plot draws beside the table: leave `--output-format` out")


def _render_model(report: Report, output_format: str, summary_options: SummaryOptions, plot: bool) -> str:
    if output_format == "markdown":
        from shapecalc.render.as_markdown import summary_markdown

        return summary_markdown(report, summary_options)
    if output_format == "concise":
        from shapecalc.render.columns import concise_line

        return concise_line(report, summary_options)
    from shapecalc.cli.session import output_terminal
    from shapecalc.render.table import summary_table

    terminal = output_terminal()
    text = summary_table(report, summary_options, terminal)
    if plot:
        from shapecalc.render.bars import draw_model

        text += "\n" + draw_model(report, summary_options, terminal.width, terminal.ascii)
    return text


def _compare(
    session: Session,
    specs: tuple[str, ...],
    choices: list[tuple[dict[str, Any], Settings]],
    output_format: str,
    summary_options: SummaryOptions,
    plot: bool,
) -> int:
    """The totals of each model at each choice of values; a choice that fails is reported and left out."""
    if plot:
        _refuse_plot(output_format)
    from shapecalc.render.values import Point

    groups: list[list[Point]] = []
    for path in specs:
        points = []
        for chosen, settings in choices:
            session.settings = settings
            report = session.report(path)
            if report is None:
                break
            if report.ok:
                points.append(Point(chosen, report, summary_options))
        if points:
            groups.append(points)
    session.diagnostics = list(dict.fromkeys(session.diagnostics))
    sys.stdout.write(_render_comparison(session, groups, output_format, summary_options, plot))
    if output_format != "json":
        session.show(session.diagnostics, "concise" if output_format in ("concise", "csv") else "full")
    return session.code


def _render_comparison(
    session: Session, groups: list[list[Point]], output_format: str, summary_options: SummaryOptions, plot: bool
) -> str:
    from shapecalc.render import values

    if output_format == "json":
        return values.values_json(groups, session.diagnostics)
    if output_format == "csv":
        return values.values_csv(groups, summary_options)
    if output_format == "concise":
        from shapecalc.render.columns import concise_line

        return "".join(
            f"{point.label}: {concise_line(point.report, summary_options)}" for points in groups for point in points
        )
    if output_format == "markdown":
        return "\n".join(values.values_markdown(points, summary_options) for points in groups)
    from shapecalc.cli.session import output_terminal
    from shapecalc.render.table import values_table

    terminal = output_terminal()
    texts = []
    for points in groups:
        text = values_table(points, summary_options, terminal)
        if plot:
            text += "\n" + values.draw_bars(points, summary_options, terminal.width, terminal.ascii)
        texts.append(text)
    return "\n".join(texts)
