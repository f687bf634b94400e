"""The catalogue of layer types, and the page of one, as text, Markdown and data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from textwrap import dedent, fill
from typing import TYPE_CHECKING, Any, NamedTuple

from shapecalc.diagnostics.text import markdown as escaped
from shapecalc.dims import Dim, size_text
from shapecalc.layers.arguments.argument import REQUIRED
from shapecalc.render.as_markdown import markdown_table
from shapecalc.render.columns import shape_text
from shapecalc.render.explain import factors_text
from shapecalc.render.findings.full import full
from shapecalc.render.folding import PAGE_WIDTH, fit_column_widths, fold, fold_under, set_row

if TYPE_CHECKING:
    from shapecalc.analysis.examples import Example
    from shapecalc.analysis.explain import Explanation, Product
    from shapecalc.diagnostics import Diagnostic
    from shapecalc.layers.arguments.argument import Arg
    from shapecalc.layers.base import Layer

_ROOM_BESIDE = 24  # columns for what an argument means, beside its name, kind and default
_ITEMS = re.compile(r'(?:"[^"]*"|[^",])+,? *|,')
"""The items of a list or mapping in YAML, each with the comma after it."""
_MASKING = {
    "pass": "passed on",
    "stop": "used or dropped here",
    "make": "made here",
    "lose": "lost, with a warning",
}
_PORTS = {"?": "optional", "*": "any number", "+": "one or more"}


class TypePage(NamedTuple):
    """What is shown of one layer type; a type that no model may have has a `refusal` instead of an example."""

    family: str
    layer_type: type[Layer]
    example: Example | None
    explained: Explanation | None
    refusal: Diagnostic | None

    @property
    def name(self) -> str:
        return self.layer_type.type_name


def make_page(layer_type: type[Layer]) -> TypePage:
    """All about one type of the catalogue."""
    from shapecalc.analysis.examples import find_example, find_refusal
    from shapecalc.analysis.explain import explain_row
    from shapecalc.layers.catalogue import family_of

    name = layer_type.type_name
    example = find_example(name)
    rows = [row for row in example.report.rows if row.type == name] if example is not None else []
    explained = explain_row(rows[0]) if rows else None
    is_usable = example is not None or family_of(name) == "onnx"
    return TypePage(family_of(name), layer_type, example, explained, None if is_usable else find_refusal(layer_type))


def doc_of(layer_type: type[Layer]) -> str:
    """Its class's docstring, unindented."""
    first, _, rest = (layer_type.__doc__ or "").strip().partition("\n")
    return f"{first}\n{dedent(rest)}".strip()


def summary_of(layer_type: type[Layer]) -> str:
    """The first sentence of its docstring."""
    line = doc_of(layer_type).split("\n")[0]
    return line.split(". ")[0].rstrip(".") + "."


def default_text(argument: Arg[Any]) -> str:
    """A default as a spec would give it."""
    return "required" if argument.default is REQUIRED else _write_yaml(argument.default)


def _write_yaml(value: Any) -> str:
    if isinstance(value, Dim):
        return size_text(value)
    if isinstance(value, tuple):
        value = list(value)
    return str(value) if isinstance(value, str) else json.dumps(value)


def listing(families: dict[str, list[type[Layer]]], width: int | None = None) -> str:
    """The catalogue by family, a line a type; on a terminal of some width what is longer goes on below."""
    longest = max(len(layer_type.type_name) for types in families.values() for layer_type in types)
    column = longest if width is None else min(longest, max(width // 3, 12))
    parts = []
    for family, types in families.items():
        lines = [_write_row(layer_type, column, width) for layer_type in types]
        parts.append("\n".join([family, *lines]))
    return "\n\n".join(parts) + "\n"


def _write_row(layer_type: type[Layer], column: int, width: int | None) -> str:
    """One type and what it does; a name that is too long for the column stands above."""
    name, words = layer_type.type_name, summary_of(layer_type)
    if width is None:
        return f"  {name:<{column}}  {words}"
    pad = " " * (column + 4)
    text = fill(words, max(width, len(pad) + 20), initial_indent=pad, subsequent_indent=pad, break_on_hyphens=False)
    return f"  {name}\n{text}" if len(name) > column else f"  {name:<{column}}  " + text[len(pad) :]


def listing_markdown(families: dict[str, list[type[Layer]]]) -> str:
    """The catalogue as a table for each family."""
    parts = []
    for family, types in families.items():
        rows = [(layer_type.type_name, summary_of(layer_type)) for layer_type in types]
        parts.append(f"### {family}\n\n{markdown_table(('Type', 'What it does'), (False, False), rows)}")
    return "\n".join(parts)


def listing_data(families: dict[str, list[type[Layer]]]) -> list[dict[str, Any]]:
    """The catalogue for scripts."""
    return [
        {"type": layer_type.type_name, "family": family, "doc": summary_of(layer_type)}
        for family, types in families.items()
        for layer_type in types
    ]


def page_text(page: TypePage, width: int = PAGE_WIDTH) -> str:
    """The page of one type for a terminal, folded at `width` columns."""
    doc = "\n\n".join(
        fill(" ".join(paragraph.split()), width, initial_indent="  ", subsequent_indent="  ")
        for paragraph in doc_of(page.layer_type).split("\n\n")
    )
    parts = [f"{page.name} ({page.family})", doc, _count_lines(_describe_inputs(page.layer_type), width)]
    rows = _list_argument_rows(page.layer_type)
    parts.append(
        "\n".join(["Arguments: name, kind, default" if rows else "Arguments: none", *_list_arguments(rows, width)])
    )
    if page.explained is not None:
        parts.append("\n".join(["Formulas", *_write_formulas(_list_formulas(page.explained), width)]))
    if page.refusal is not None:
        first, *more = full([page.refusal], lambda file: []).split("\n")
        refusal = [*fold_under("  ", first, width), *(line for text in more for line in _indent_finding(text, width))]
        parts.append("\n".join(["Refused", *refusal]))
    if page.example is not None:
        results = [line for text in _write_results(page) for line in fold_under("    ", text, width)]
        parts.append("\n".join(["Example", *example_lines(page.example.text, width), *results]))
    return "\n\n".join(parts) + "\n"


def _indent_finding(text: str, width: int) -> list[str]:
    """A line of a finding, indented; it goes on a little further in."""
    first, *more = fold(text, width - 6)
    return [f"  {first}", *(f"      {line}" for line in more)]


def _count_lines(lines: Iterable[str], width: int) -> str:
    return "\n".join(part for line in lines for part in fold(line, width))


def _list_arguments(rows: list[tuple[str, str, str, str]], width: int) -> list[str]:
    """A line for each argument: name, kind, default, and its meaning, which stands below where there is no room."""
    if not rows:
        return []
    names = [row[:3] for row in rows]
    widths = fit_column_widths(names, width - 2)
    pad = sum(widths) + 8
    beside = width - pad >= _ROOM_BESIDE
    lines = []
    for *cells, meaning in rows:
        head = ["  " + line for line in set_row(cells, widths, (False,) * 3)]
        if beside and meaning:
            first, *more = fill(meaning, width - pad).split("\n")
            lines += [f"{head[0]:<{pad}}{first}", *(" " * pad + line for line in more), *head[1:]]
        else:
            lines += [*head, *(fold_under("      ", meaning, width) if meaning else [])]
    return lines


def example_lines(text: str, width: int) -> Iterator[str]:
    """The lines of a spec, indented; long ones go on below where YAML lets them, so that it can still be copied."""
    for line in text.rstrip().split("\n"):
        begins = "    " + line
        more = " " * (len(begins) - len(begins.lstrip()) + 4)
        if len(begins) <= width:
            yield begins
        elif line.startswith("description: "):
            yield from _fill(begins, width, more)
        elif "#" in line:
            entry, _, comment = begins.partition("#")
            yield entry.rstrip()
            yield from _fill(f"{more}# {comment.strip()}", width, f"{more}# ")
        else:
            yield from _fold_flow(begins, width, more)


def _fill(text: str, width: int, indent: str) -> list[str]:
    return fill(text, width, subsequent_indent=indent, break_on_hyphens=False).split("\n")


def _fold_flow(line: str, width: int, indent: str) -> Iterator[str]:
    """An entry whose list or mapping goes on below, after a comma."""
    begun = ""
    for match in _ITEMS.findall(line):
        if begun.strip() and len(begun + match.rstrip()) > width:
            yield begun.rstrip()
            begun = indent
        begun += match
    yield begun


def page_markdown(page: TypePage) -> str:
    """The page of one type as a Markdown section."""
    words = (doc_of(page.layer_type), "\n".join(_describe_inputs(page.layer_type)))
    parts = [f"### {page.name}", *(escaped(text).replace("<br>", "\n") for text in words)]
    header = ("Argument", "Kind", "Default", "Meaning")
    if page.layer_type.args:
        parts.append(markdown_table(header, (False,) * 4, _list_argument_rows(page.layer_type)).rstrip())
    if page.refusal is not None:
        parts.append(escaped(f"Refused with {page.refusal.code}: {page.refusal.message}. To do: {page.refusal.help}."))
    if page.explained is not None:
        rows = _list_formulas(page.explained)
        parts.append(markdown_table(("Formula", "Of", "Is"), (False,) * 3, rows).rstrip())
    if page.example is not None:
        results = "\n".join(f"- {line.strip()}" for line in _write_results(page))
        parts.append(f"```yaml\n{page.example.text.rstrip()}\n```\n\n{results}")
    return "\n\n".join(parts) + "\n"


def page_data(page: TypePage) -> dict[str, Any]:
    """The page of one type for scripts."""
    explained = page.explained
    return {
        "type": page.name,
        "family": page.family,
        "doc": doc_of(page.layer_type),
        "inputs": list(page.layer_type.ports),
        "masking": page.layer_type.masking,
        "arguments": [
            {
                "name": name,
                "kind": argument.kind_name,
                "required": argument.required,
                "default": None if argument.required else _make_plain(argument.default),
                "call": argument.call,
                "training_only": argument.inert,
                "doc": argument.doc,
            }
            for name, argument in page.layer_type.args.items()
        ],
        "outputs": {} if explained is None else {port: str(symbolic) for port, symbolic, _ in explained.outputs},
        "weights": [] if explained is None else [_list_product(product) for product in explained.weights],
        "params": None if explained is None else explained.params_formula,
        "macs": None if explained is None else explained.macs_formula,
        "refused": None if page.refusal is None else page.refusal.code,
        "example": None if page.example is None else page.example.text,
    }


def _list_product(product: Product) -> dict[str, str]:
    return {"name": product.name, "shape": factors_text(product.factors)}


def _make_plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_make_plain(item) for item in value]
    return size_text(value) if isinstance(value, Dim) else value


def _describe_inputs(layer_type: type[Layer]) -> tuple[str, str]:
    """What a call takes, and what becomes of a mask."""
    needed = getattr(layer_type, "needed", ())  # of an operator of ONNX: fed, or given as an argument
    ports = [
        f"{port[:-1]} (fed or given)"
        if port[:-1] in needed
        else f"{port[:-1]} ({_PORTS[port[-1]]})"
        if port[-1] in _PORTS
        else port
        for port in layer_type.ports
    ]
    takes = f"Takes: {', '.join(ports)}" if ports else "Takes: nothing"
    return takes, f"Mask: {_MASKING[layer_type.masking]}"


def _list_argument_rows(layer_type: type[Layer]) -> list[tuple[str, str, str, str]]:
    return [
        (name, argument.kind_name, default_text(argument), _describe_argument(argument))
        for name, argument in layer_type.args.items()
    ]


def _describe_argument(argument: Arg[Any]) -> str:
    return argument.doc + (" (beside the type, under `call`)" if argument.call else "")


def _list_formulas(explained: Explanation) -> list[tuple[str, str, str]]:
    """Rows of what is derived, the port or weight, and its formula without numbers."""
    rows = [
        ("output" if index == 0 else "", port, str(shape)) for index, (port, shape, _) in enumerate(explained.outputs)
    ]
    for head, products, total in (
        ("params", explained.weights, explained.params_formula),
        ("macs", explained.macs, explained.macs_formula),
    ):
        rows += [
            (head if index == 0 else "", product.name, factors_text(product.factors))
            for index, product in enumerate(products)
        ]
        rows.append(
            ("", "total", total) if len(products) > 1 else (head, "total", total) if not products else ("", "", "")
        )
    return [row for row in rows if any(row)]


def _write_formulas(rows: list[tuple[str, str, str]], width: int) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    lines = []
    for head, name, formula in rows:
        lines += fold_under(f"  {head:<{widths[0]}}  {name:<{widths[1]}}  ", formula, width)
    return [line.rstrip() for line in lines]


def _write_results(page: TypePage) -> list[str]:
    """The shapes and parameters of the example, a line for each layer."""
    rows = page.example.report.rows if page.example is not None else []
    return [
        f"{row.name}: {shape_text(row)}, {size_text(row.params)} params, {size_text(row.macs)} MACs"
        for row in rows
        if row.node.entry is not None
    ]
