"""Warnings of what is valid but hardly meant: deprecated types, lost masks, declarations that nothing uses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from shapecalc.analysis.layouts import find_channels_first
from shapecalc.diagnostics import Diagnostic, Edit, Fix, shorten, warning
from shapecalc.document.edits import locate, remove_field, replace_pair
from shapecalc.document.fixes import leave_out, set_argument, unwrap
from shapecalc.document.nodes import MappingNode, ScalarNode, list_children
from shapecalc.inference.masks import find_inner_mask, loses_mask
from shapecalc.inference.walk import walk_within

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.document.nodes import Node
    from shapecalc.inference.walk import Walk
    from shapecalc.layers.base import Layer
    from shapecalc.layers.values import Inferred
    from shapecalc.model.graph import GraphNode
    from shapecalc.model.spec import ModelSpec

_READ = r"\$\{?([^\W\d]\w*)"


def list_warnings(report: Report) -> list[Diagnostic]:
    """Every warning of a model that has no errors, each once."""
    return list(dict.fromkeys([*_list_of_report(report), *_list_unused_names(report.spec)]))


def list_deprecations(report: Report) -> list[Diagnostic]:
    """The warnings of deprecated types alone."""
    return [finding for finding in dict.fromkeys(_list_of_report(report)) if finding.code == "SC209"]


def _list_of_report(report: Report) -> Iterator[Diagnostic]:
    return iter(()) if report.walk is None else _list_of_graph(report.walk)


def _list_of_graph(walked: Walk) -> Iterator[Diagnostic]:
    """The warnings of all nodes of a graph, and of the graphs within them."""
    masked = walked.has_masks
    for node, inferred in zip(walked.graph.nodes, walked.results, strict=False):
        layer = node.layer
        if node.entry is None or layer is None or inferred is None:
            continue
        if layer.deprecated:
            message = f"`{layer.type_name}` is deprecated"
            yield _make_warning(walked, node, "SC209", message, _replace_deprecated(walked, node, layer.deprecated))
        if not layer.freezes and node.weights_of == node.name and inferred.trainable_params != 0:
            for inner in _list_unheeded(layer):
                yield _warn_of_frozen(walked, node, inner)
        source = find_channels_first(walked, node)
        if source is not None:
            message = f"normalizes the last axis, and `{source}` puts the channels first"
            help = f"set `axis: 1` on {layer.type_name}: the channels that leave `{source}`"
            edits = set_argument(walked.graph.document, node.entry.key, node.entry.args, "axis", "1")
            yield _make_warning(walked, node, "SC214", message, Fix(help, edits))
        if masked and loses_mask(walked, node):
            yield _warn_of_mask(walked, node, layer)
        if inferred.inner:
            yield from _list_of_inner(walked, node, inferred)


def _list_of_inner(walked: Walk, node: GraphNode, inferred: Inferred) -> Iterator[Diagnostic]:
    """The warnings of what is within a node: a wrapped layer that starts a mask, a graph."""
    maker = find_inner_mask(walked, node)
    if maker is not None:
        message = f"the mask that {maker} starts within a step never leaves it: from here on padded steps count as data"
        help = Fix(_find_mask_help(maker), ())
        if maker == "Masking" and node.entry is not None:
            help = help._replace(edits=unwrap(walked.graph.document, node.entry.key, node.entry.args, "layer"))
        yield _make_warning(walked, node, "SC505", message, help)
    within = walk_within(inferred)
    if within is not None:
        yield from _list_of_graph(within[1])


def _replace_deprecated(walked: Walk, node: GraphNode, written: str) -> str | Fix:
    """What stands in place of a deprecated type: its arguments go to `...`, where they stand on one line."""
    entry, document = node.entry, walked.graph.document
    if entry is None or entry.args is None or document.places:
        return f"write `{written}`"
    place = locate(document, entry.args)
    if place.line != place.end_line or place[:2] < locate(document, entry.key)[:2]:
        return f"write `{written}`"
    args = document.lines[place.line - 1][place.column - 1 : place.end_column - 1]
    text = written.replace("...", args)
    return Fix(f"write `{shorten(text)}`", (replace_pair(document, entry.key, entry.args, text),), safe=True)


def _make_warning(walked: Walk, node: GraphNode, code: str, message: str, help: str | Fix) -> Diagnostic:
    """A warning at the entry of a node that has one."""
    span = walked.graph.document.span(node.entry.key) if node.entry is not None else None
    if isinstance(help, Fix) and walked.graph.document.places:
        help = help.help
    return warning(code, message, span, subject=node.name, help=help)


def _warn_of_mask(walked: Walk, node: GraphNode, layer: Layer) -> Diagnostic:
    """The warning of a layer at which a mask ends without being used."""
    mixed = layer.masking == "pass"
    when = "passes a mask on only where all its inputs have one" if mixed else "does not pass on the mask it is fed"
    message = f"{layer.type_name} {when}: from here on padded steps count as data"
    more = "mask its other inputs too" if mixed else "start no mask"
    return _make_warning(walked, node, "SC505", message, f"put it after the layers that use the mask, or {more}")


def _list_unheeded(layer: Layer) -> Iterator[Layer]:
    """The layer and those within it that have `trainable: false` where Keras trains them all the same."""
    if layer.freezes:
        return
    if not layer.trainable:
        yield layer
    for name, argument in type(layer).args.items():
        if argument.holds_layers:
            value = getattr(layer, name)
            for inner in value if isinstance(value, tuple) else () if value is None else (value,):
                yield from _list_unheeded(inner)


def _warn_of_frozen(walked: Walk, node: GraphNode, layer: Layer) -> Diagnostic:
    """The warning of a `trainable: false` that does nothing."""
    type_name = layer.type_name
    holds = [name for name, argument in type(layer).args.items() if argument.holds_layers and getattr(layer, name)]
    message = f"`trainable: false` does nothing: Keras does not pass it to the layers within {type_name}"
    if holds:
        where = " and ".join(f"`{name}`" for name in holds)
        words = f"set it on the layer in {where} of {type_name}: `trainable: false` among its arguments"
        help = Fix(words, _freeze_within(walked, node, layer, holds))
    else:
        words = f"put {type_name} into a block, and set `trainable: false` on that: it reaches everything within"
        help = Fix(words, ())
    return _make_warning(walked, node, "SC213", message, help)


def _freeze_within(walked: Walk, node: GraphNode, layer: Layer, holds: list[str]) -> tuple[Edit, ...]:
    """Edits that move `trainable: false` from a layer to those that it holds; none where one of these is a list."""
    document = walked.graph.document
    args = None if node.entry is None else node.entry.args
    outer = node.layer
    while outer is not layer and isinstance(args, MappingNode):  # down to the arguments of the layer itself
        inner = args.fields.get("layer")
        only = inner.only() if isinstance(inner, MappingNode) else None
        args, outer = None if only is None else only[1], getattr(outer, "layer", None)
    if not isinstance(args, MappingNode):
        return ()
    edits = list(leave_out(document, args, "trainable"))
    for name in holds:
        held = args.fields.get(name)
        if isinstance(held, ScalarNode):
            edits += set_argument(document, held, None, "trainable", "false")
            continue
        only = held.only() if isinstance(held, MappingNode) else None
        if only is None:
            return ()
        edits += set_argument(document, *only, "trainable", "false")
    return tuple(edits)


def _find_mask_help(maker: str) -> str:
    """The way out where a mask is started within each step."""
    if maker == "Masking":
        return "write `Masking` without `TimeDistributed`: it masks the steps whose every feature is `mask_value`"
    if maker == "Embedding":
        return "write `Embedding` without `TimeDistributed`: it takes ids of any shape, and its mask has their shape"
    return f"let the layers that use the mask stand within `{maker}` too"


def _list_unused_names(spec: ModelSpec) -> Iterator[Diagnostic]:
    """Arguments and blocks that a spec declares and nothing in it names."""
    reads = (name for text in _list_texts(spec.node) if "$" in text for name in re.findall(_READ, text))
    for name in _list_unused(spec.args, reads):
        help = f"read it with `${shorten(name)}`, or delete it"
        yield _warn_of_unused(spec, "args", name, f"the argument `{shorten(name)}` is never read", help)
    calls = (text for user in _list_specs(spec) for text in _list_texts(user.node.fields.get("layers")))
    for name in _list_unused(spec.blocks, calls):
        yield _warn_of_unused(
            spec, "blocks", name, f"the block `{shorten(name)}` is never used", "use it, or delete it"
        )
    for block in spec.blocks.values():
        if block is not None and block.parent is spec:
            yield from _list_unused_names(block)


def _list_unused(declared: Iterable[str], uses: Iterator[str]) -> list[str]:
    """The declared names that are never used. The search ends once each name has a use."""
    waiting = dict.fromkeys(declared)
    while waiting:
        use = next(uses, None)
        if use is None:
            break
        waiting.pop(use, None)
    return list(waiting)


def _warn_of_unused(spec: ModelSpec, key: str, name: str, message: str, help: str) -> Diagnostic:
    """The warning at the key that declares a name."""
    declared = spec.node.fields[key]
    keys = [event for event in declared.keys if event.value == name] if isinstance(declared, MappingNode) else []
    way_out: str | Fix = help
    if isinstance(declared, MappingNode) and keys and not spec.document.places:
        way_out = Fix(help, (remove_field(spec.document, declared, keys[0]),))
    span = spec.document.key_span(declared, name) if isinstance(declared, MappingNode) else spec.document.span(declared)
    return warning("SC506", message, span, help=way_out)


def _list_specs(spec: ModelSpec) -> Iterator[ModelSpec]:
    """A spec and the blocks that stand in it, at any depth."""
    yield spec
    for block in spec.blocks.values():
        if block is not None and block.parent is spec:
            yield from _list_specs(block)


def _list_texts(node: Node | None) -> Iterator[str]:
    """Every key and every value below a node."""
    seen: set[int] = set()
    waiting = [] if node is None else [node]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, ScalarNode):
            yield str(inner.value)
        elif id(inner) not in seen:
            seen.add(id(inner))
            yield from inner.fields if isinstance(inner, MappingNode) else ()
            waiting += list_children(inner)
