"""`shapecalc layers`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from shapecalc.cli import options, usage

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from shapecalc.layers.base import Layer
    from shapecalc.render.catalogue import TypePage


def _types(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from shapecalc.layers.catalogue import ALIASES, CATALOGUE, canonical, family_of

    return [
        CompletionItem(name, help=family_of(canonical(name)))
        for name in (*CATALOGUE, *ALIASES)
        if name.lower().startswith(incomplete.lower())
    ]


@usage.command("layers")
@click.argument("layer_type", required=False, metavar="[TYPE]", shell_complete=_types)
@click.option("--coverage", is_flag=True, help="For each type: rule, forward, and cases recorded from Keras.")
@options.output_format("full", "markdown", "json")
def command(layer_type: str | None, coverage: bool, output_format: str) -> int:
    """List the layer types by family, or show one: arguments, defaults, formulas, an example.

    \b
    Examples:
      shapecalc layers
      shapecalc layers LSTM
      shapecalc layers Conv2D --output-format json
      shapecalc layers --coverage
    """
    if coverage and layer_type is not None:
        raise click.UsageError("--coverage is of all types: leave the type out")
    sys.stdout.write(
        _coverage(output_format) if coverage else _listing(output_format) if layer_type is None
        else _type_page(layer_type, output_format)
    )  # fmt: skip
    return 0


def _listing(output_format: str) -> str:
    from shapecalc.render import catalogue
    from shapecalc.render.as_json import document

    families = _families()
    if output_format == "json":
        return document(catalogue.listing_data(families), [], "layers")
    return (catalogue.listing if output_format == "full" else catalogue.listing_markdown)(families)


def _coverage(output_format: str) -> str:
    from shapecalc.analysis.coverage import coverage
    from shapecalc.render import coverage as render
    from shapecalc.render.as_json import document

    found = coverage()
    if output_format == "json":
        return document(render.coverage_data(found), [], "layers")
    return (render.coverage_text if output_format == "full" else render.coverage_markdown)(found)


def _type_page(name: str, output_format: str) -> str:
    from shapecalc.render import catalogue
    from shapecalc.render.as_json import document

    page = _page(name)
    if output_format == "json":
        return document([catalogue.page_data(page)], [], "layers")
    return (catalogue.page_text if output_format == "full" else catalogue.page_markdown)(page)


def _families() -> dict[str, list[type[Layer]]]:
    from shapecalc.layers.catalogue import CATALOGUE, family_of, find

    families: dict[str, list[type[Layer]]] = {}
    for name in CATALOGUE:
        found = find(name)
        if found is not None:
            families.setdefault(family_of(name), []).append(found)
    return families


def _page(name: str) -> TypePage:
    """All about one type. Raises Fault with SC201 where there is none of that name."""
    from shapecalc.analysis.examples import example, refusal
    from shapecalc.analysis.explain import explain_row
    from shapecalc.diagnostics import Diagnostic, Fault, did_you_mean, shorten
    from shapecalc.layers.catalogue import CATALOGUE, canonical, family_of, find
    from shapecalc.render.catalogue import TypePage

    name = canonical(name)
    layer_type = find(name)
    if layer_type is None:
        guess = did_you_mean(name, CATALOGUE)
        help = f"did you mean `{guess}`?" if guess in CATALOGUE else "`shapecalc layers` lists the layer types"
        raise Fault(Diagnostic("SC201", "error", "", f"there is no layer type `{shorten(name)}`", help=help))
    shown = example(name)
    rows = [row for row in shown.report.rows if row.type == name] if shown is not None else []
    explained = explain_row(rows[0]) if rows else None
    return TypePage(family_of(name), layer_type, shown, explained, None if shown else refusal(layer_type))
