"""The usual ways out of a shape that does not fit, each tried on the rule before it is offered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from shapecalc.diagnostics import Edit, Fix
from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, is_unknown
from shapecalc.document.edits import replace_node
from shapecalc.document.fixes import put_above, replace_type, set_argument, unwrap, write
from shapecalc.document.nodes import MappingNode, SequenceNode
from shapecalc.layers.arguments.words import FlagKind
from shapecalc.layers.base import Feed, Layer, port_name
from shapecalc.layers.catalogue import find
from shapecalc.layers.infer import infer
from shapecalc.layers.values import Inferred, Tensor
from shapecalc.model.feeds import flatten
from shapecalc.model.references import Reference

if TYPE_CHECKING:
    from shapecalc.inference.walk import Walk
    from shapecalc.model.graph import GraphNode

MOST_CHANNELS = 4
"""Images have up to so many: grey, two, three colours, and transparency."""


class Question(NamedTuple):
    """A question about how an input was meant."""

    node: GraphNode
    help: Fix


def set_on(walked: Walk, node: GraphNode, name: str, value: str, help: str = "set `{}` on `{name}`") -> Fix:
    """The way out that gives an argument of a layer another value; a reused layer's stands where it is first called."""
    words = help.replace("{}", f"{name}: {value}").replace("{name}", node.name)
    owner = next((other for other in walked.graph.nodes if other.name == node.weights_of), node)
    entry = owner.entry
    if entry is None:
        return Fix(words, ())
    return Fix(words, set_argument(walked.graph.document, entry.key, entry.args, name, value))


def list_flips(layer: Layer) -> Iterator[tuple[str, Layer]]:
    """Each flag that says what a layer gives, with the layer that has it the other way round."""
    for name, argument in type(layer).args.items():
        if isinstance(argument.kind, FlagKind) and not (argument.inert or argument.call) and name != "trainable":
            yield name, layer.replace(**{name: not getattr(layer, name)})


def find_rank_help(walked: Walk, node: GraphNode, error: ShapeError, feed: Feed, taken: int) -> str | Fix | None:
    """The way out where no layer above lost an axis: what is fed has never had the right number of them.

    `taken` axes are taken away by wrappers before the layer is fed.
    """
    if error.wanted_rank is None:
        return None
    first = feed[0] if feed else None
    ndim = first.shape.ndim - taken if isinstance(first, Tensor) else 0
    if ndim > error.wanted_rank:
        help = "take axes away with `Flatten`, `Reshape` or pooling, or apply it to each step by `TimeDistributed`"
        batch = ask_for_batch(walked, node) if ndim == error.wanted_rank + 1 and not taken else None
        return batch._replace(help=f"{batch.help}; or {help}") if batch else help
    if taken and isinstance(first, Tensor):
        return _find_step_help(walked, node, first)
    if error.code == "SC412":
        return "feed it (batch, time, features): a time axis is made by `RepeatVector` or `Reshape`"
    return "declare the input with all its axes, or put a `Reshape` in front"


def _find_step_help(walked: Walk, node: GraphNode, tensor: Tensor) -> str | Fix:
    """The ways out for a layer that is applied to each step and needs more axes than a step has."""
    layer = getattr(node.layer, "layer", None)
    step = Shape((tensor.shape[0], *tensor.shape[2:]))
    ways = []
    edits: tuple[Edit, ...] = ()
    document, entry = walked.graph.document, node.entry
    if isinstance(layer, Layer) and _try_rule(layer, (tensor,)) is not None:
        ways.append(f"leave `TimeDistributed` out, and `{layer.type_name}` runs along the steps")
        edits = () if entry is None else unwrap(document, entry.key, entry.args, "layer")
    longer = tensor._replace(shape=Shape((*tensor.shape, 1)))
    if node.layer is not None and _try_rule(node.layer, (longer,)) is not None:
        sizes = ", ".join(map(_find_target_size, longer.shape[1:]))
        reshape = f"Reshape: {{target_shape: [{sizes}]}}"
        ways.append(f"give a step one more axis by `{reshape}` in front")
        if not edits and entry is not None and (entry.wiring is None or "from" not in entry.wiring.fields):
            edits = put_above(document, entry.key, reshape)
    if not ways:
        return f"one step is {step}: declare the input with all its axes, or put a `Reshape` in front"
    return Fix(f"one step is {step}: " + ", or ".join(ways), edits)


def _find_target_size(size: object) -> str:
    return str(size) if isinstance(size, int) else "-1" if is_unknown(size) else f"${size}"  # type: ignore[arg-type]


def _try_rule(layer: Layer, feed: Feed) -> Inferred | None:
    """What a layer's rule says of a feed; None where it refuses."""
    try:
        return infer(layer, feed)
    except ShapeError:
        return None


def _find_input(walked: Walk, node: GraphNode) -> GraphNode | None:
    """The input at the top of the chain that ends in a node; None where its shape is not written as a list."""
    while node.entry is not None:
        refs = flatten(node.feed, Reference)
        if not refs or (node.layer is not None and node.layer.is_source):
            return None
        node = walked.graph.nodes[refs[0].node]
    return node if isinstance(walked.graph.spec.inputs.get(node.name), SequenceNode) else None


def _write_in_brackets(shape: tuple[object, ...]) -> str:
    return f"[{', '.join('null' if is_unknown(size) else str(size) for size in shape)}]"  # type: ignore[arg-type]


def _write_input(walked: Walk, source: GraphNode, shape: str, help: str) -> Fix:
    """A shape in place of that of an input, which stands as a list in the spec."""
    declared = walked.graph.spec.inputs[source.name]
    assert declared is not None
    return write(walked.graph.document, declared, shape, help, safe=False)


def ask_for_batch(walked: Walk, node: GraphNode) -> Fix | None:
    """The question whether the first size of an input is the batch, which a list leaves out; None where it is not."""
    source = _find_input(walked, node)
    if source is None:
        return None
    sizes = walked.graph.inputs[source.index].shape[1:]
    if len(sizes) < 2 or not isinstance(sizes[0], int):
        return None
    help = f"is {sizes[0]} the batch? It is left out in brackets: write `{{}}`"
    return _write_input(walked, source, _write_in_brackets(tuple(sizes[1:])), help)


def ask_for_channels(walked: Walk, node: GraphNode) -> Question | None:
    """The question whether an image's channels stand first, where a window does not fit what is read as its height."""
    source = _find_input(walked, node)
    if source is None or getattr(node.layer, "data_format", "") == "channels_first":
        return None
    sizes = walked.graph.inputs[source.index].shape[1:]
    if len(sizes) not in (3, 4) or not all(isinstance(size, int) for size in sizes):
        return None
    first, rest = sizes[0], tuple(sizes[1:])
    if first not in range(1, MOST_CHANNELS + 1) or any(size in range(MOST_CHANNELS + 1) for size in rest):
        return None
    moved = _write_in_brackets((*rest, first))
    help = "do the channels stand first? Write `{}`, or set `data_format: channels_first` on its layers"
    return Question(source, _write_input(walked, source, moved, f"{help}; or use `padding: same`"))


def find_unknown_help(walked: Walk, node: GraphNode, feed: Feed) -> Fix | None:
    """The way out where Flatten made one unknown axis of several: a mean over them does not need their sizes."""
    refs = flatten(node.feed, Reference)
    source = walked.graph.nodes[refs[0].node] if refs else node
    if source.layer is None or source.layer.type_name not in ("Flatten", "Reshape") or source.entry is None:
        return None
    fed = walked.feed_of(source)
    first = fed[0] if fed else None
    if not isinstance(first, Tensor) or first.shape.ndim not in (3, 4, 5):
        return None
    name = f"GlobalAveragePooling{first.shape.ndim - 2}D"
    pool = find(name)
    pooled = None if pool is None else _try_rule(pool(), (first,))
    if pooled is None or node.layer is None or _try_rule(node.layer, (pooled.output, *feed[1:])) is None:
        return None
    size = "a number, or a name such as `C`, in the input's shape"
    help = f"write `{name}` in place of `{source.name}`, or give the axis {size}"
    return Fix(help, replace_type(walked.graph.document, source.entry.key, source.entry.args, name))


def find_states_help(
    walked: Walk, node: GraphNode, error: ShapeError, refs: list[Reference], feed: Feed
) -> str | Fix | None:
    """Which states to feed in place of those that do not fit: the ones that a layer fed here keeps."""
    for ref in refs:
        source = walked.graph.nodes[ref.node]
        names = _list_state_ports(walked, source)
        if names and _takes_states(walked, node, error, source, names, feed):
            listed = ", ".join(f"{source.name}.{name}" for name in names)
            edits = _feed_states(walked, node, str(error.input), listed)
            if getattr(source.layer, "return_state", False):
                return Fix(f"feed `{error.input}: [{listed}]`", edits)
            flag = set_on(walked, source, "return_state", "true")
            both = (*flag.edits, *edits) if flag.edits and edits else ()
            return Fix(f"{flag.help}, and feed `{error.input}: [{listed}]`", both)
    return None if not refs or error.item is None else _find_sizes_help(walked, node, refs[0])


def _feed_states(walked: Walk, node: GraphNode, port: str, listed: str) -> tuple[Edit, ...]:
    """Edits that feed states to a port: in place of what is fed to it, by its name or behind the first of a list."""
    wiring = None if node.entry is None else node.entry.wiring
    fed = wiring.fields.get("from") if wiring is not None else None
    document = walked.graph.document
    if isinstance(fed, MappingNode) and port in fed.fields:
        return (replace_node(document, fed.fields[port], f"[{listed}]"),)
    if isinstance(fed, SequenceNode) and len(fed.items) > 1 and document.lines[fed.start.line][fed.start.column] == "[":
        return (replace_node(document, fed.items[1], listed, last=fed.items[-1]),)
    return ()


def _find_sizes_help(walked: Walk, node: GraphNode, ref: Reference) -> str | Fix | None:
    """How to give a state the size that the layer keeps, or the layer the size of the state."""
    source, units = walked.graph.nodes[ref.node], getattr(node.layer, "units", None)
    if units is None or node.layer is None:
        return None
    given = walked.tensor(walked.resolve(ref)[0]).shape
    ways: list[Fix] = []
    declared = walked.graph.spec.inputs.get(source.name)
    if source.entry is None:
        help = f"declare `{source.name}` as `[{units}]`"
        is_list = isinstance(declared, SequenceNode)
        ways.append(_write_input(walked, source, f"[{units}]", help) if is_list else Fix(help, ()))
    elif given.ndim == 2 and hasattr(source.layer, "units"):
        ways.append(set_on(walked, source, "units", str(units)))
    fed = walked.feed_of(node)
    if (
        given.ndim == 2
        and isinstance(given[-1], int)
        and _try_rule(node.layer.replace(units=given[-1]), fed) is not None
    ):
        ways.append(set_on(walked, node, "units", str(given[-1])))
    if not ways:
        return f"a state is (batch, units): feed `{source.name}` through `Flatten` and `Dense`"
    return ways[0]._replace(help=", or ".join(way.help for way in ways))


def _list_state_ports(walked: Walk, source: GraphNode) -> list[str]:
    """The names of the states that a recurrent layer gives, or would with `return_state`."""
    if source.layer is None or source.entry is None or "return_state" not in type(source.layer).args:
        return []
    inferred = _try_rule(source.layer.replace(return_state=True), walked.feed_of(source))
    return [name for name in inferred.outputs if "state" in name] if inferred is not None else []


def _takes_states(
    walked: Walk, node: GraphNode, error: ShapeError, source: GraphNode, names: list[str], feed: Feed
) -> bool:
    """Whether a node's rule takes the states that a layer above keeps."""
    layer = source.layer
    inferred = None if layer is None else _try_rule(layer.replace(return_state=True), walked.feed_of(source))
    if inferred is None or node.layer is None:
        return False
    ports = [port_name(port) for port in node.layer.ports]
    port = ports.index(str(error.input))
    states = tuple(inferred.outputs[name] for name in names)
    return _try_rule(node.layer, (*feed[:port], states, *feed[port + 1 :])) is not None
