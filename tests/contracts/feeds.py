"""What rules are tried on: the feeds of the worked examples and of the golden cases, their sizes put out of sight."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from shapecalc.analysis.examples import find_example
from shapecalc.dims import Dim, Relation, Shape, Size, bind, symbol
from shapecalc.inference.walk import Walk
from shapecalc.layers.arguments.nested import LayerKind, LayersKind
from shapecalc.layers.arguments.numbers import SizeKind
from shapecalc.layers.base import Feed, Layer
from shapecalc.layers.catalogue import CATALOGUE
from shapecalc.layers.values import Inferred, Tensor
from tests.golden.calls import fed_tensors, made
from tests.golden.cases import families, load
from tests.layering import feed_by_ports

REFUSED = ("InputLayer", "Lambda")
"""Types that no spec may use; their pages say why."""
TYPES = [name for name in CATALOGUE if name not in REFUSED]


class Call(NamedTuple):
    """A layer and what it is fed."""

    layer: Layer
    feed: Feed


@cache
def example_call(type_name: str) -> Call:
    """The first call of a type in its worked example, the batch a symbol."""
    shown = find_example(type_name)
    assert shown is not None
    assert shown.report.walk is not None, [one.sentence for one in shown.report.diagnostics]
    return next(call for call in calls_in(shown.report.walk) if call.layer.type_name == type_name)


def calls_in(walk: Walk) -> Iterator[Call]:
    for node in walk.graph.nodes:
        if node.layer is not None and node.entry is not None:
            yield Call(node.layer, walk.feed_of(node))


@cache
def golden_calls(type_name: str) -> tuple[Call, ...]:
    """The recorded cases of a type that Keras accepts."""
    found = []
    for family in families():
        for case in load(family).CASES.get(type_name, ()):
            if not case.get("error"):
                layer = made(type_name, case)
                found.append(Call(layer, feed_by_ports(layer, fed_tensors(case))))
    return tuple(found)


def map_sizes(feed: Feed, change: Callable[[Size, int], Size]) -> Feed:
    """A feed with every size changed; `change` is told the axis too."""

    def tensor(one: Tensor) -> Tensor:
        shape = Shape(change(size, axis) for axis, size in enumerate(one.shape))
        if one.mask is None:
            return one._replace(shape=shape)
        axes = zip(one.mask, one.shape, shape, strict=False)
        return one._replace(shape=shape, masked=Shape(new if size == old else size for size, old, new in axes))

    return tuple(
        None if item is None else tensor(item) if isinstance(item, Tensor) else tuple(map(tensor, item))
        for item in feed
    )


def symbolic(call: Call) -> tuple[Call, dict[str, int]]:
    """The call with a symbol for every size of its feed and every size argument, and what they stand for.

    The batch is one symbol wherever it stands; no other two axes are known to be equal. A size of 1 stays: it may be
    stretched or dropped, and a symbol is never taken for it.
    """
    values: dict[str, int] = {}

    def name(size: Size, axis: int) -> Size:
        if not isinstance(size, int):
            return symbol("batch") if axis == 0 else size
        if size == 1:
            return size
        label = "batch" if axis == 0 and values.setdefault("batch", size) == size else f"s{len(values)}"
        values[label] = size
        return symbol(label)

    feed = map_sizes(call.feed, name)
    values.setdefault("batch", 2)
    return Call(symbolic_layer(call.layer, values), feed), values


def symbolic_layer(layer: Layer, values: dict[str, int]) -> Layer:
    """The config with a symbol for every size argument, in the layers within it too."""
    replaced: dict[str, Any] = {}
    for name, argument in type(layer).args.items():
        value = getattr(layer, name)
        if isinstance(argument.kind, SizeKind) and isinstance(value, int) and value != 1:
            label = f"{name}{len(values)}"
            values[label] = value
            replaced[name] = symbol(label)
        elif isinstance(argument.kind, LayerKind) and value is not None:
            replaced[name] = symbolic_layer(value, values)
        elif isinstance(argument.kind, LayersKind):
            replaced[name] = tuple(symbolic_layer(one, values) for one in value)
    return layer.replace(**replaced) if replaced else layer


def bound_call(call: Call, values: Mapping[str, int]) -> Call:
    """The call with numbers in place of its symbols."""
    return Call(bound_layer(call.layer, values), map_sizes(call.feed, lambda size, axis: bind(size, values)))


def bound_layer(layer: Layer, values: Mapping[str, int]) -> Layer:
    replaced: dict[str, Any] = {}
    for name in type(layer).args:
        value = getattr(layer, name)
        if isinstance(value, Dim):
            replaced[name] = bind(value, values)
        elif isinstance(value, Layer):
            replaced[name] = bound_layer(value, values)
        elif isinstance(value, tuple) and value and all(isinstance(one, Layer) for one in value):
            replaced[name] = tuple(bound_layer(one, values) for one in value)
    return layer.replace(**replaced) if replaced else layer


def numbers(inferred: Inferred, values: Mapping[str, int]) -> dict[str, Any]:
    """All that is inferred, with numbers in place of symbols."""

    def bound(sizes: tuple[Size, ...]) -> list[Size]:
        return [bind(size, values) for size in sizes]

    return {
        "outputs": {
            port: (bound(one.shape), one.dtype, bound(one.mask or ())) for port, one in inferred.outputs.items()
        },
        "weights": [(path, bound(one.shape), one.trainable, one.dtype) for path, one in inferred.all_weights()],
        "macs": bind(inferred.total_macs, values),
        "params": bind(inferred.params, values),
    }


def assumptions(inferred: Inferred) -> list[Relation]:
    """What had to be taken for granted, by layers within it too."""
    return [*inferred.assumes, *(one for part in inferred.inner for one in assumptions(part.inferred))]
