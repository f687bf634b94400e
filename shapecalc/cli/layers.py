"""`shapecalc layers`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from shapecalc.cli import options

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from shapecalc.layers.base import Layer
    from shapecalc.render.catalogue import TypePage


def _types(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from shapecalc.layers.catalogue import CATALOGUE

    return [
        CompletionItem(name, help=family)
        for name, family in CATALOGUE.items()
        if name.lower().startswith(incomplete.lower())
    ]


@click.command("layers")
@click.argument("layer_type", required=False, metavar="[TYPE]", shell_complete=_types)
@options.output_format("full", "markdown", "json")
def command(layer_type: str | None, output_format: str) -> int:
    """List the layer types by family, or show one: arguments, defaults, formulas, an example.

    \b
    Examples:
      shapecalc layers
      shapecalc layers LSTM
      shapecalc layers Conv2D --output-format json
    """
    from shapecalc.render import catalogue
    from shapecalc.render.as_json import document

    if layer_type is None:
        families = _families()
        if output_format == "json":
            sys.stdout.write(document(catalogue.listing_data(families), [], "layers"))
        else:
            render = catalogue.listing if output_format == "full" else catalogue.listing_markdown
            sys.stdout.write(render(families))
        return 0
    page = _page(layer_type)
    if output_format == "json":
        sys.stdout.write(document([catalogue.page_data(page)], [], "layers"))
    else:
        sys.stdout.write((catalogue.page_text if output_format == "full" else catalogue.page_markdown)(page))
    return 0


def _families() -> dict[str, list[type[Layer]]]:
    from shapecalc.layers.catalogue import CATALOGUE, find

    families: dict[str, list[type[Layer]]] = {}
    for name, family in CATALOGUE.items():
        found = find(name)
        if found is not None:
            families.setdefault(family, []).append(found)
    return families


def _page(name: str) -> TypePage:
    """All about one type. Raises Fault with SC201 where there is none of that name."""
    from shapecalc.analysis.examples import example
    from shapecalc.analysis.explain import explain_row
    from shapecalc.diagnostics import Diagnostic, Fault, did_you_mean, shorten
    from shapecalc.layers.catalogue import CATALOGUE, find
    from shapecalc.model.configs import FALSE_FRIENDS
    from shapecalc.render.catalogue import TypePage

    layer_type = find(name)
    if layer_type is None:
        guess = FALSE_FRIENDS.get(name) or did_you_mean(name, CATALOGUE)
        help = f"did you mean `{guess}`?" if guess in CATALOGUE else "`shapecalc layers` lists the layer types"
        raise Fault(Diagnostic("SC201", "error", "", f"there is no layer type `{shorten(name)}`", help=help))
    shown = example(name)
    rows = [row for row in shown.report.rows if row.type == name] if shown is not None else []
    return TypePage(CATALOGUE[name], layer_type, shown, explain_row(rows[0]) if rows else None)
