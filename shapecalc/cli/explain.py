"""`shapecalc explain`."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from shapecalc.cli import options, usage

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report, Row
    from shapecalc.cli.session import Session
    from shapecalc.training.peak import Training

_CODE = re.compile(r"sc[0-9]{1,6}\Z", re.IGNORECASE)


@usage.command("explain")
@click.argument("subject", metavar="FILE|CODE")
@click.argument("layers", nargs=-1, metavar="[LAYER]...")
@click.option(
    "--convention",
    type=click.Choice(("keras", "torch")),
    default="keras",
    show_default=True,
    help="Count as Keras does, or compare with what PyTorch counts for each layer, and why.",
)
@options.exact
@options.training
@options.output_format("full", "json", "markdown")
@options.values
def command(
    subject: str,
    layers: tuple[str, ...],
    convention: str,
    exact: bool,
    training: Training | None,
    output_format: str,
    assignments: tuple[str, ...],
    batch: int | None,
) -> int:
    """Explain the numbers of a model's layers, or what a code means.

    Shows how the output shape, parameters and MACs of each layer follow from its sizes. Name layers to explain only
    those; a layer in a block is named by its path (`encoder/lstm`). The nodes of an ONNX file are explained as the
    layers that they make; with `--exact`, and where one that is named is part of a layer, node by node. With
    --training also what the layer keeps for the backward pass.

    \b
    Examples:
      shapecalc explain model.yaml
      shapecalc explain model.yaml lstm encoder/dense
      shapecalc explain model.yaml --convention torch
      shapecalc explain model.yaml lstm --training adam
      shapecalc explain SC412
    """
    if _CODE.match(subject) and not layers and not os.path.exists(subject):
        sys.stdout.write(_render_page(subject.upper(), output_format))
        return 0
    from shapecalc.cli.session import Session

    session = Session(options.read_settings(assignments, batch), wants_exact=exact)
    report = session.report(subject)
    if report is not None and report.ok and session.hides_nodes(report, session.find_names(report, layers)):
        session = Session(session.settings, wants_exact=True)
        report = session.report(subject)
    rows = _select_rows(report, session.find_names(report, layers)) if report is not None and report.ok else []
    render = _compare if convention == "torch" else partial(_explain, training=training)
    printed = ""
    with session.guard(subject):
        printed = render(session, report, rows, output_format)
    sys.stdout.write(printed or render(session, None, [], output_format))
    if output_format != "json":
        session.show(session.diagnostics)
    return session.code


def _select_rows(report: Report, paths: Sequence[str]) -> list[Row]:
    """The rows that are asked for. Raises click.UsageError for a layer that is not there."""
    if not paths:
        return [row for row in report.rows if row.node.entry is not None]
    from shapecalc.analysis.report import find_row
    from shapecalc.diagnostics import did_you_mean, shorten

    rows = []
    for path in paths:
        row = find_row(report.rows, path)
        if row is None:
            names = [row.name for row in report.rows]
            guess = did_you_mean(path, names)
            help = f"did you mean `{guess}`?" if guess else f"the layers are {', '.join(names)}"
            raise click.UsageError(f"there is no layer `{shorten(path)}` in {shorten(report.file)}; {help}")
        rows.append(row)
    return rows


def _explain(
    session: Session, report: Report | None, rows: list[Row], output_format: str, training: Training | None = None
) -> str:
    from shapecalc.analysis.explain import explain_row
    from shapecalc.cli.session import output_terminal
    from shapecalc.render import explain

    if output_format == "json":
        from shapecalc.render.as_json import document

        layers = [explain.data(explain_row(row, training)) for row in rows]
        models = (
            [] if report is None or not report.ok else [{"name": report.name, "file": report.file, "layers": layers}]
        )
        return document(models, session.diagnostics)
    if report is not None and report.ok and not rows:
        return explain.write_empty(report)
    if output_format == "markdown":
        return "\n".join(explain.markdown(explain_row(row, training)) for row in rows)
    width = options.page_width()
    derivations = "\n".join(explain.text(explain_row(row, training), width) for row in rows)
    return explain.colour(derivations, output_terminal())


def _compare(session: Session, report: Report | None, rows: list[Row], output_format: str) -> str:
    """What PyTorch would count of the rows."""
    from shapecalc.analysis.conventions import compare_conventions
    from shapecalc.render import conventions

    sound = report if report is not None and report.ok else None
    if output_format == "json":
        from shapecalc.render.as_json import document

        models = [] if sound is None else [conventions.data(sound, compare_conventions(rows))]
        return document(models, session.diagnostics)
    if sound is None:
        return ""
    if output_format == "markdown":
        return conventions.markdown(sound, compare_conventions(rows))
    return conventions.text(sound, compare_conventions(rows), options.page_width())


def _render_page(code: str, output_format: str) -> str:
    """The page of a diagnostic. Raises click.UsageError where there is none."""
    from shapecalc.diagnostics import did_you_mean
    from shapecalc.diagnostics.codes import CODES

    page = CODES.get(code)
    if page is None:
        guess = did_you_mean(code, CODES)
        raise click.UsageError(f"there is no code {code}" + (f"; did you mean {guess}?" if guess else ""))
    if output_format == "json":
        from shapecalc.render.as_json import document

        return document([{"code": code, **page._asdict()}], [], "codes")
    from shapecalc.render.pages import page_markdown, page_text

    return page_markdown(code, page) if output_format == "markdown" else page_text(code, page, options.page_width())
