"""`shapecalc models`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

import click

from shapecalc.cli import options, usage

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report


@usage.command("models")
@click.argument("model", required=False, metavar="[NAME]")
@options.output_format("full", "json", "csv", "markdown")
def command(model: str | None, output_format: str) -> int:
    """List the published models that come with shapecalc, with their counts, or print the spec of one.

    Every command takes such a name in place of a file, where no file has it.

    \b
    Examples:
      shapecalc models
      shapecalc models gpt2_small > model.yaml
      shapecalc models resnet50 --output-format markdown
      shapecalc models --output-format csv
    """
    from shapecalc.document.shipped import list_models

    if model is None:
        reports = [_analyse(name) for name in list_models()]
        sys.stdout.write(_render_list(reports, output_format))
    else:
        sys.stdout.write(_render_page(_analyse(model), output_format))
    return 0


def _analyse(name: str) -> Report:
    """The report of a model. Raises Fault with SC601 where there is none of that name."""
    from shapecalc.analysis.analyse import analyse
    from shapecalc.document.shipped import locate_model
    from shapecalc.model.load import Library

    path = locate_model(name)
    if path is None:
        _refuse(name)
    return analyse(Library().open(path))


def _refuse(name: str) -> NoReturn:
    from shapecalc.diagnostics import Fault, did_you_mean, error, shorten
    from shapecalc.document.shipped import list_models

    guess = did_you_mean(name, list_models())
    help = f"did you mean `{guess}`?" if guess else "`shapecalc models` lists them"
    raise Fault(error("SC601", f"there is no published model `{shorten(name)}`", help=help))


def _render_list(reports: list[Report], output_format: str) -> str:
    from shapecalc.cli.session import output_terminal
    from shapecalc.formats.huggingface.tables import list_model_types
    from shapecalc.render import published
    from shapecalc.render.as_json import document

    if output_format == "json":
        return document([published.model_data(report) for report in reports], [])
    if output_format == "csv":
        return published.list_csv(reports)
    if output_format == "markdown":
        return published.list_markdown(reports)
    return published.list_text(reports, list_model_types(), output_terminal())


def _render_page(report: Report, output_format: str) -> str:
    import os

    from shapecalc.formats.spec_pieces import inline_blocks
    from shapecalc.render import published
    from shapecalc.render.as_json import document

    text = inline_blocks(report.spec.document.text, os.path.dirname(report.file))
    if output_format == "json":
        return document([published.model_data(report, text)], [])
    if output_format == "csv":
        return published.list_csv([report])
    return text if output_format == "full" else published.page_markdown(report, text)
