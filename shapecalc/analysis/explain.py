"""Derives the shape, parameters, MACs and kept bytes of a layer: its rule is run on symbols, beside its numbers.

No formula is written by hand. The rule runs once on placeholders, which shows how it names the axes of its inputs; then
on symbols of those names and of the layer's own size arguments. Where these do not give the same numbers, only the
numbers are shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from shapecalc.analysis.reasons import Note, list_reasons
from shapecalc.analysis.report import Row
from shapecalc.diagnostics import Fault
from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import (
    Dim,
    Shape,
    Size,
    add_up,
    bind,
    factor_text,
    prod,
    symbol,
    symbols,
    unknowns,
    watch_assumptions,
    watch_axes,
)
from shapecalc.inference.parts import Parts
from shapecalc.layers.arguments.nested import LayerKind, LayersKind
from shapecalc.layers.arguments.numbers import SizeKind
from shapecalc.layers.base import Feed, Layer
from shapecalc.layers.opaque import UNKNOWN, Opaque
from shapecalc.layers.values import BYTES, Inferred, Tensor

if TYPE_CHECKING:
    from shapecalc.analysis.explain_kept import Piece
    from shapecalc.training.peak import Training


class Product(NamedTuple):
    """A weight's size or a product's MACs as factors, in symbols and in numbers."""

    name: str
    factors: tuple[Size, ...]
    numbers: tuple[Size, ...]

    @property
    def total(self) -> Size:
        return prod(self.numbers)

    @property
    def is_recorded(self) -> bool:
        """Whether it is one of whose factors something is known; a time axis that is open is."""
        return self.name != UNKNOWN


class Explanation:
    """The derivation of one layer's numbers."""

    __slots__ = ("kept", "line", "macs", "name", "notes", "outputs", "row", "type", "values", "weights", "workspace")

    def __init__(self, row: Row) -> None:
        self.row = row
        self.name = row.name
        self.type = row.type
        self.line = row.span.where if row.line is None else f"{row.file}:{row.line}"
        self.outputs: list[tuple[str, Shape, Shape]] = []
        self.weights: list[Product] = []
        self.macs: list[Product] = []
        self.workspace: list[Product] = []
        self.kept: list[Piece] = []
        self.values: dict[str, Size] = {}
        self.notes: list[str] = []

    @property
    def params_formula(self) -> str:
        """All weights together, with their common factor outside."""
        return factor_text(_sum_products(self.weights))

    @property
    def macs_formula(self) -> str:
        return factor_text(_sum_products(self.macs))

    @property
    def workspace_formula(self) -> str:
        return factor_text(_sum_products(self.workspace))

    @property
    def kept_formula(self) -> str:
        """The bytes kept for the backward pass that no layer above keeps."""
        return factor_text(add_up(prod(piece.factors) for piece in self.kept if piece.is_new))

    @property
    def total_kept(self) -> Size:
        return add_up(piece.total for piece in self.kept if piece.is_new)

    @property
    def params(self) -> Size:
        return add_up(product.total for product in self.weights)

    @property
    def total_macs(self) -> Size:
        return add_up(product.total for product in self.macs)

    @property
    def total_workspace(self) -> Size:
        """Bytes that the layer holds while it runs."""
        return add_up(product.total for product in self.workspace)


def explain_row(row: Row, training: Training | None = None, *, renames: bool = False) -> Explanation:
    """The derivation of a row's numbers; in training also of what it keeps for the backward pass.

    Sizes that are symbols keep their names, unless the derivation `renames` them as it names numbers: by axes and
    arguments.
    """
    explanation = Explanation(row)
    layer, concrete = row.node.layer, row.inferred
    symbolic: Inferred | None = None
    values: dict[str, Size] = {}
    named: tuple[Layer, Feed] | None = None
    if layer is not None and row.node.entry is not None:
        symbolic, values, named = _infer_on_symbols(layer, row.walk.feed_of(row.node), concrete, renames)
    symbolic = symbolic or concrete
    explanation.outputs = [
        (port, symbolic.outputs[port].shape if port in symbolic.outputs else tensor.shape, tensor.shape)
        for port, tensor in concrete.outputs.items()
    ]
    explanation.weights = _list_weights(symbolic, concrete)
    calls = () if row.calls == 1 else (row.calls,)
    whole = _Part("", symbolic, concrete, calls, calls)
    explanation.macs = _list_macs(whole)
    explanation.workspace = _list_workspace(whole)
    if training is not None:
        from shapecalc.analysis.explain_kept import list_pieces

        explanation.kept = list_pieces(row, training, named, values)
    shown = _list_symbols(explanation)
    explanation.values = {name: value for name, value in values.items() if name in shown}
    explanation.notes = _write_notes(row)
    if training is not None and isinstance(row.walk.graph, Parts):
        explanation.notes.append(f"what it keeps for the backward pass stands with `{row.path.partition('/')[0]}`")
    return explanation


def _infer_on_symbols(
    layer: Layer, feed: Feed, concrete: Inferred, renames: bool = False
) -> tuple[Inferred | None, dict[str, Size], tuple[Layer, Feed] | None]:
    """The rule's answer on symbols, what these stand for, and what the rule was asked.

    None where it does not come to the same numbers.
    """
    values: dict[str, Size] = {}
    named_layer = _make_symbolic(layer, values, renames)
    placeholders: dict[str, Size] = {}
    marked = _replace_sizes(feed, placeholders, renames)
    names = _map_axis_names(named_layer, marked, placeholders, values)
    named_feed = _map_feed(marked, lambda size: _name_size(size, names, placeholders))
    for mark, name in names.items():
        values[name] = placeholders[mark]
    symbolic = _apply_rule(named_layer, named_feed)
    if symbolic is None or not _has_same_numbers(symbolic, concrete, values):
        return None, {}, None
    return symbolic, values, (named_layer, named_feed)


def _make_symbolic(layer: Layer, values: dict[str, Size], renames: bool = False) -> Layer:
    """The config with a symbol for each size argument, in the layers within it too."""
    replaced: dict[str, Any] = {}
    for name, argument in type(layer).args.items():
        value = getattr(layer, name)
        if isinstance(argument.kind, SizeKind) and _is_named(value, renames) and values.get(name, value) == value:
            values[name] = value
            replaced[name] = symbol(name)
        elif isinstance(argument.kind, LayerKind) and value is not None and type(value).args:
            replaced[name] = _make_symbolic(value, values, renames)
        elif isinstance(argument.kind, LayersKind) and len(value) == 1:
            replaced[name] = (_make_symbolic(value[0], values, renames),)
    return layer.replace(**replaced) if replaced and type(layer).args is not Layer.args else layer


def _is_named(size: object, renames: bool) -> bool:
    """Whether a size gets a name of its own: a number does, and a symbol where that is wanted."""
    return isinstance(size, int) or (renames and isinstance(size, Dim) and not unknowns(size))


def _map_feed(feed: Feed, change: Any) -> Feed:
    """A feed with every size but the batch's changed."""

    def tensor(fed: Tensor) -> Tensor:
        return fed._replace(shape=Shape((*fed.shape[:1], *(change(size) for size in fed.shape[1:]))))

    def item(fed: Tensor | tuple[Tensor, ...] | None) -> Tensor | tuple[Tensor, ...] | None:
        if fed is None or isinstance(fed, Tensor):
            return tensor(fed) if fed is not None else None
        return tuple(map(tensor, fed))

    return tuple(map(item, feed))


def _replace_sizes(feed: Feed, placeholders: dict[str, Size], renames: bool = False) -> Feed:
    """A feed with a placeholder for every size that gets a name."""

    def mark(size: Size) -> Size:
        if not _is_named(size, renames):
            return size
        name = f"axis_{len(placeholders)}"
        placeholders[name] = size
        return symbol(name)

    return _map_feed(feed, mark)


def _map_axis_names(
    layer: Layer, marked: Feed, placeholders: dict[str, Size], taken: dict[str, Size]
) -> dict[str, str]:
    """The name that the rule gives each placeholder's axis; that of the innermost layer tells most."""
    with watch_axes as calls:
        _apply_rule(layer, marked)
    names: dict[str, str] = {}
    for shape, called in calls:
        before = called.index(...) if ... in called else len(called)
        after = len(called) - before - 1
        pairs = [*zip(called[:before], shape, strict=False)]
        if after > 0:
            pairs += [*zip(called[before + 1 :], shape[len(shape) - after :], strict=False)]
        for name, size in pairs:
            if str(size) in placeholders and isinstance(name, str):
                names[str(size)] = name
    used: dict[str, Size] = dict(taken)
    for mark, name in names.items():
        number, unique = 2, name
        while unique in used and used[unique] != placeholders[mark]:
            unique, number = f"{name}_{number}", number + 1
        used[unique] = placeholders[mark]
        names[mark] = unique
    return names


def _name_size(size: Size, names: dict[str, str], placeholders: dict[str, Size]) -> Size:
    """A placeholder as the symbol of its axis, or as the number it was where the rule has no name for it."""
    mark = str(size)
    if mark in names:
        return symbol(names[mark])
    return placeholders.get(mark, size)


def _apply_rule(layer: Layer, feed: Feed) -> Inferred | None:
    """The rule's answer, bare; None where it refuses."""
    with watch_assumptions:
        try:
            return layer.rule(layer, *feed)
        except (ShapeError, Fault):  # a Fault from a block, whose entries may need numbers
            return None


def _has_same_numbers(symbolic: Inferred, concrete: Inferred, values: dict[str, Size]) -> bool:
    """Whether the symbolic answer gives the numbers that were inferred."""
    shapes = zip(symbolic.outputs.values(), concrete.outputs.values(), strict=False)
    return (
        symbolic.outputs.keys() == concrete.outputs.keys()
        and _has_same_parts(symbolic, concrete)
        and all(_bind_all(named.shape, values)[1:] == tuple(numbered.shape)[1:] for named, numbered in shapes)
        and [(p, _bind_all(w.shape, values)) for p, w in symbolic.all_weights()]
        == [(p, tuple(w.shape)) for p, w in concrete.all_weights()]
        and bind(symbolic.total_macs, values) == concrete.total_macs
        and [_bind_all(named.shape, values)[1:] for named in symbolic.workspace.values()]
        == [tuple(named.shape)[1:] for named in concrete.workspace.values()]
    )


def _has_same_parts(symbolic: Inferred, concrete: Inferred) -> bool:
    """Whether both apply as many layers: a loop whose trips are numbered may list them one by one."""
    return len(symbolic.inner) == len(concrete.inner) and all(
        _has_same_parts(named.inferred, numbered.inferred)
        for named, numbered in zip(symbolic.inner, concrete.inner, strict=True)
    )


def _bind_all(sizes: tuple[Size, ...], values: dict[str, Size]) -> tuple[Size, ...]:
    return tuple(bind(size, values) for size in sizes)


def _list_weights(symbolic: Inferred, concrete: Inferred) -> list[Product]:
    pairs = zip(symbolic.all_weights(), concrete.all_weights(), strict=True)
    return [Product(path, tuple(named.shape), tuple(numbered.shape)) for (path, named), (_, numbered) in pairs]


def _list_macs(whole: _Part) -> list[Product]:
    """The products of a layer, then of those within, each times how often it is called."""
    return [
        Product(part.path + name, (*part.calls, *part.symbolic.macs[name]), (*part.numbers, *factors))
        for part in _walk_parts(whole)
        for name, factors in part.concrete.macs.items()
    ]


def _list_workspace(whole: _Part) -> list[Product]:
    """The bytes that a layer, then those within, hold while they run: sizes and the bytes of each number."""
    products = []
    for part in _walk_parts(whole):
        for name, tensor in part.concrete.workspace.items():
            first = 0 if isinstance(tensor.shape[0], int) else 1
            width = BYTES[tensor.dtype or "float32"]
            sizes = tensor.shape[first:]
            named = part.symbolic.workspace[name].shape[first:] if name in part.symbolic.workspace else sizes
            products.append(Product(part.path + name, (*part.calls, *named, width), (*part.numbers, *sizes, width)))
    return products


class _Part(NamedTuple):
    """A layer or one within it: both answers, and how often each layer around it is called, unless once."""

    path: str
    symbolic: Inferred
    concrete: Inferred
    calls: tuple[Size, ...]
    numbers: tuple[Size, ...]


def _walk_parts(part: _Part) -> Iterator[_Part]:
    """The layer, then those within it, outermost first."""
    yield part
    for named, numbered in zip(part.symbolic.inner, part.concrete.inner, strict=True):
        once = named.calls == 1 and numbered.calls == 1
        calls = part.calls if once else (*part.calls, named.calls)
        numbers = part.numbers if once else (*part.numbers, numbered.calls)
        path = f"{part.path}{numbered.name}/"
        yield from _walk_parts(_Part(path, named.inferred, numbered.inferred, calls, numbers))


def _list_symbols(explanation: Explanation) -> set[str]:
    """The symbols that the derivation shows: a block is explained by its rows, and shows those of its outputs alone."""
    products: tuple[Product | Piece, ...] = (
        ()
        if explanation.row.rows
        else (*explanation.weights, *explanation.macs, *explanation.workspace, *explanation.kept)
    )
    sizes = [size for product in products for size in product.factors]
    sizes += [size for _, shape, _ in explanation.outputs for size in shape]
    return {name for size in sizes if not isinstance(size, int) for name in symbols(size)}


def _write_notes(row: Row) -> list[str]:
    """Notes on what a formula does not say: weights that serve many calls, or that are another layer's."""
    opaque = row.node.layer
    code = (
        [f"{opaque.owner} holds code: what is known of it is what the file recorded"]
        if isinstance(opaque, Opaque)
        else []
    )
    reused = [f"its weights are those of `{row.node.weights_of}`, counted there"] if row.reused else []
    shared = [part for part in row.inferred.inner if part.calls != 1 and part.inferred.params != 0]
    words = [
        Note("the same ", part.inferred.params, f" weights of `{part.name}` serve all ", part.calls, " steps")
        for part in shared
    ]
    return code + reused + words + list_reasons(row)


def _sum_products(products: list[Product]) -> Size:
    return add_up(prod(product.factors) for product in products)
