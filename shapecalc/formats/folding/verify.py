"""Whether two specs are the same model: totals, the layers as a heap, and call by call."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics import Fault
from shapecalc.formats.flat_model import Call, FlatModel, Source, flatten, unfold_blocks
from shapecalc.formats.folding.arguments import compare_arguments

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.inference.walk import Walk


def is_same_model(report: Report, other: Report) -> bool:
    """Whether totals, outputs and the heap of layers with their shapes, parameters and MACs are equal."""
    return _totals(report) == _totals(other) and _leaves(report.walk) == _leaves(other.walk)


def _totals(report: Report) -> tuple[Any, ...]:
    outputs = [(str(tensor.shape), tensor.dtype) for tensor in report.outputs.values()]
    return str(report.params), str(report.trainable), str(report.macs), _weights(report), outputs


def _weights(report: Report) -> Counter[tuple[str, str, bool | None]]:
    """How often there is a weight of each size and dtype, trained or not: their bytes are equal too then."""
    return Counter(
        (str(weight.dtype), str(weight.params), weight.trainable) for row in report.rows for _, weight in row.weights
    )


def _leaves(walk: Walk | None) -> Counter[tuple[Any, ...]]:
    """How often each layer stands in the model: its type, its shapes, its parameters and its MACs."""
    leaves: Counter[tuple[Any, ...]] = Counter()
    if walk is None:
        return leaves
    for node, inferred in zip(walk.graph.nodes, walk.results, strict=False):
        if inferred is None or node.layer is None or node.entry is None:
            continue
        if inferred.walk is not None:
            leaves.update(_leaves(inferred.walk))
        else:
            shapes = tuple(str(tensor.shape) for tensor in inferred.outputs.values())
            leaves[node.layer.type_name, shapes, str(inferred.params), str(inferred.total_macs)] += 1
    return leaves


def match_names(flat: FlatModel, report: Report) -> dict[str, str] | None:
    """The path of each layer of a flat model, itself named by its path there, in a spec; None where the spec is another
    model. The calls of both must stand in the same order.
    """
    try:
        unfolded = flatten(report)
    except Fault:
        return None
    ordered = unfold_blocks(flat)
    renamed = _match_calls(ordered, unfolded)
    if renamed is None:
        return None
    for title, block in unfolded.blocks.items():  # what stands in other layers
        if title not in flat.blocks or _match_calls(unfold_blocks(_with_blocks(flat, title)), block) is None:
            return None
    weighted = _find_leaves(report)
    names = dict(zip(dict.fromkeys(call.layer for call in ordered.calls), weighted, strict=True))
    if any(
        weighted[path] and _is_frozen(ordered, layer) != _is_frozen(unfolded, renamed[layer])
        for layer, path in names.items()
    ):
        return None
    return names


def _with_blocks(flat: FlatModel, title: str) -> FlatModel:
    """A model within a model, with all the models that it may call."""
    block, alone = flat.blocks[title], FlatModel(title)
    alone.inputs, alone.layers, alone.calls, alone.outputs = block.inputs, block.layers, block.calls, block.outputs
    alone.blocks = flat.blocks
    return alone


def _match_calls(ordered: FlatModel, unfolded: FlatModel) -> dict[str, str] | None:
    """What the inputs and layers of a model are called in another one; None where it is not the same call by call."""
    if len(unfolded.calls) != len(ordered.calls) or len(unfolded.inputs) != len(ordered.inputs):
        return None
    renamed = {old.name: new.name for old, new in zip(ordered.inputs, unfolded.inputs, strict=True)}
    for call, other in zip(ordered.calls, unfolded.calls, strict=True):
        if renamed.setdefault(call.layer, other.layer) != other.layer:
            return None
        if not _is_same_call(ordered, call, unfolded, other, renamed):
            return None
    exits = [_move(source, renamed) for source in ordered.outputs.values()]
    if exits != [*unfolded.outputs.values()][: len(exits)] or len({*renamed.values()}) != len(renamed):
        return None
    return renamed


def _is_frozen(flat: FlatModel, layer: str) -> bool:
    return flat.layers[layer][1].get("trainable") is False


def _is_same_call(flat: FlatModel, call: Call, other: FlatModel, again: Call, renamed: dict[str, str]) -> bool:
    """Whether two calls are of equal layers, fed the same, with the same arguments."""
    type_name, arguments = flat.layers[call.layer]
    other_type, other_arguments = other.layers[again.layer]
    fed = {
        port: [_move(origin, renamed) for origin in source] if isinstance(source, list) else _move(source, renamed)
        for port, source in call.feed.items()
    }
    source = again.first_source()
    known = other.tensors.get(source) if source is not None else None
    rank = None if known is None else len(known[0])
    return (
        type_name == other_type
        and fed == again.feed
        and {**call.arguments} == {**again.arguments}
        and compare_arguments(type_name, arguments, rank=rank)
        == compare_arguments(type_name, other_arguments, rank=rank)
    )


def _move(origin: Source, renamed: dict[str, str]) -> Source:
    return renamed.get(origin[0], ""), origin[1], origin[2]


def _find_leaves(report: Report) -> dict[str, bool]:
    """Whether each layer that is no block has weights, by its path and in the order of the entries; a layer that is
    called again is there once."""
    weighted: dict[str, bool] = {}

    def visit(walk: Walk | None, prefix: str) -> None:
        if walk is None:
            return
        for node, inferred in zip(walk.graph.nodes, walk.results, strict=False):
            if inferred is None or node.layer is None or node.entry is None:
                continue
            path = prefix + node.weights_of
            if inferred.walk is not None:
                visit(inferred.walk, f"{path}/")
            else:
                weighted.setdefault(path, any(True for _ in inferred.all_weights()))

    visit(report.walk, "")
    return weighted
