"""`shapecalc layers`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from shapecalc.cli import options, usage

if TYPE_CHECKING:
    from shapecalc.layers.base import Layer
    from shapecalc.render.catalogue import TypePage


@usage.command("layers")
@click.argument("layer_type", required=False, metavar="[TYPE]")
@click.option(
    "--coverage",
    is_flag=True,
    help="Show for each type whether it has a rule and a forward, and how many cases from Keras test it.",
)
@options.output_format("full", "markdown", "json")
def command(layer_type: str | None, coverage: bool, output_format: str) -> int:
    """List the layer types by family, or show one: arguments, defaults, formulas, an example.

    Any other word is searched for in the names of the types, in what they do, and in their names in other libraries.

    \b
    Examples:
      shapecalc layers
      shapecalc layers LSTM
      shapecalc layers attention
      shapecalc layers Conv2D --output-format json
      shapecalc layers --coverage
    """
    if coverage and layer_type is not None:
        raise click.UsageError("--coverage is of all types: leave the type out")
    sys.stdout.write(_render_coverage(output_format) if coverage else _answer(layer_type, output_format))
    return 0


def _answer(word: str | None, output_format: str) -> str:
    """All types, the page of one, or those that a word was found in."""
    from shapecalc.layers.catalogue import CATALOGUE, canonical

    if word is None:
        return _render_listing(_group_types(list(CATALOGUE)), output_format)
    types = [word] if canonical(word) in CATALOGUE else _find_types(word)
    if len(types) > 1:
        return _render_listing(_group_types(types), output_format)
    return _render_page(types[0] if types else word, output_format)


def _find_types(word: str) -> list[str]:
    """The types in whose name, summary or other names a word stands, in the order of the catalogue."""
    from shapecalc.layers.catalogue import CATALOGUE, find
    from shapecalc.layers.foreign import list_other_names
    from shapecalc.render.catalogue import summary_of

    wanted = word.lower()
    others = list_other_names()
    same = [name for name in CATALOGUE if word in others.get(name, ())]
    if same:
        return same

    def holds(name: str) -> bool:
        layer_type = find(name)
        texts = [name, *others.get(name, ()), summary_of(layer_type) if layer_type is not None else ""]
        return any(wanted in text.lower() for text in texts)

    in_names = [name for name in CATALOGUE if wanted in name.lower()]
    return [name for name in CATALOGUE if name in in_names or (len(wanted) > 2 and holds(name))] if wanted else []


def _render_listing(families: dict[str, list[type[Layer]]], output_format: str) -> str:
    from shapecalc.render import catalogue
    from shapecalc.render.as_json import document

    if output_format == "json":
        return document(catalogue.listing_data(families), [], "layers")
    if output_format == "markdown":
        return catalogue.listing_markdown(families)
    return catalogue.listing(families, options.terminal_width())


def _render_coverage(output_format: str) -> str:
    from shapecalc.analysis.coverage import count_coverage
    from shapecalc.render import coverage as render
    from shapecalc.render.as_json import document

    covered = count_coverage()
    if output_format == "json":
        return document(render.coverage_data(covered), [], "layers")
    return (render.coverage_text if output_format == "full" else render.coverage_markdown)(covered)


def _render_page(name: str, output_format: str) -> str:
    from shapecalc.render import catalogue
    from shapecalc.render.as_json import document

    page = _make_page(name)
    if output_format == "json":
        return document([catalogue.page_data(page)], [], "layers")
    if output_format == "markdown":
        return catalogue.page_markdown(page)
    return catalogue.page_text(page, options.page_width())


def _group_types(names: list[str]) -> dict[str, list[type[Layer]]]:
    """Types by family."""
    from shapecalc.layers.catalogue import family_of, find

    families: dict[str, list[type[Layer]]] = {}
    for name in names:
        layer_type = find(name)
        if layer_type is not None:
            families.setdefault(family_of(name), []).append(layer_type)
    return families


def _make_page(name: str) -> TypePage:
    """All about one type. Raises Fault with SC201 where there is none of that name."""
    from shapecalc.diagnostics import Fault, did_you_mean, error, shorten
    from shapecalc.layers.catalogue import CATALOGUE, canonical, find
    from shapecalc.layers.foreign import list_other_names
    from shapecalc.render.catalogue import make_page

    name = canonical(name)
    layer_type = find(name)
    if layer_type is None:
        guess = did_you_mean(name, (*CATALOGUE, *(other for names in list_other_names().values() for other in names)))
        help = f"did you mean `{guess}`?" if guess else "`shapecalc layers` lists the layer types"
        raise Fault(error("SC201", f"there is no layer type `{shorten(name)}`", help=help))
    return make_page(layer_type)
