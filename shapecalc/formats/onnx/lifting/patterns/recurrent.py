"""Recurrent layers: their steps stand first in ONNX, and the samples in Keras."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shapecalc.formats.flat_model import Held, Source
from shapecalc.formats.onnx.lifting.net import Net, Node
from shapecalc.formats.onnx.lifting.pattern import (
    TURNED,
    Candidate,
    Taken,
    find_taken,
    given_numbers,
    given_shape,
    pattern,
)
from shapecalc.layers.class_names import snake_case

_LAYERS = {"RNN": "SimpleRNN", "GRU": "GRU", "LSTM": "LSTM"}
_FUNCTIONS = {"RNN": ["Tanh"], "GRU": ["Sigmoid", "Tanh"], "LSTM": ["Sigmoid", "Tanh", "Tanh"]}
"""The functions of the gates where a node does not say them."""
_NAMES = {"Tanh": "tanh", "Sigmoid": "sigmoid", "Relu": "relu", "Softsign": "softsign", "Softplus": "softplus"}
_REFUSED = ("sequence_lens", "P")
_ZEROS_OF = {"Slice": "data", "Expand": "input", "Squeeze": "data", "Unsqueeze": "data", "Transpose": "data"}
"""Operators that give zeros of zeros, and the port of those."""


@pattern(*_LAYERS)
def find_recurrent(net: Net, node: Node) -> Iterator[Candidate]:
    """SimpleRNN, GRU and LSTM that begin at zeros, in one direction or both, of which one output is used."""
    fed = _find_sequences(net, node)
    layer = None if fed is None else _read_layer(net, node)
    if fed is None or layer is None:
        return
    source, more = fed
    type_name, arguments, more["surplus"] = layer
    used = [port for port in range(len(node.outputs)) if net.is_used((node.name, 0, port))]
    way = node.arguments.get("direction", "forward")
    if used == [0] and way != "reverse":
        nodes = _list_last(net, node, way)
        if nodes is not None:
            yield _make({type_name: arguments}, source, nodes, way, **more)
        nodes = _list_joining(net, node, way)
        if nodes is not None:
            every = {type_name: arguments | {"return_sequences": True}}
            yield _make(every, source, nodes, way, after=TURNED, **more)
    elif used == [1] and way != "bidirectional":
        arguments = arguments | ({"go_backwards": True} if way == "reverse" else {})
        state = node.name, 0, 1
        taken = net.only_user(state)
        if taken is not None and _takes_first(taken):
            yield _make({type_name: arguments}, source, (node, taken), way, **more)
        after = ("onnx.Unsqueeze", {"axes": [0]})
        yield _make({type_name: arguments}, source, (node,), way, port=1, after=after, **more)


def _make(layer: dict[str, Any], source: Source, nodes: tuple[Node, ...], way: str, **more: Any) -> Candidate:
    ((type_name, arguments),) = layer.items()
    node = nodes[0]
    has_two = type_name == "GRU" and arguments.get("reset_after", True)
    ports = {"kernel": ("W", "kernel"), "recurrent_kernel": ("R", "kernel")}
    if "B" in node.arguments:
        ports["bias"] = "B", "biases" if has_two else "bias"
    sides = [""] if way != "bidirectional" else [f"{side}_{snake_case(type_name)}/" for side in ("forward", "backward")]
    weights = {
        side + name: Held(node.name, port, f"{node.operator} {part}", number)
        for number, side in enumerate(sides)
        for name, (port, part) in ports.items()
    }
    if way != "bidirectional":
        return Candidate(type_name, arguments, {"sequences": source}, nodes, weights, **more)
    return Candidate("Bidirectional", {"layer": layer}, {"sequences": source}, nodes, weights, **more)


def _find_sequences(net: Net, node: Node) -> tuple[Source, dict[str, Any]] | None:
    """What gives the sequences, and what makes them begin with the samples; None where there are none.

    The node is fed the steps first: where it is not a transposed tensor, the layer has to be fed one.
    """
    fed = node.source("X")
    turned = net.node_of(fed)
    if turned is not None and turned.operator == "Transpose" and given_numbers(turned, "perm") == [1, 0, 2]:
        source = turned.source("data")
        if source is not None and net.has_batch(source):
            return source, {}
    if fed is None or turned is None or not net.has_batch(fed, 1):
        return None
    return fed, {"before": TURNED}


def _read_layer(net: Net, node: Node) -> tuple[str, dict[str, Any], int] | None:
    """The layer type with its arguments, and how many numbers more the node holds; None where Keras has no such."""
    given, directions = node.arguments, 2 if node.arguments.get("direction") == "bidirectional" else 1
    kernel, bias = given_shape(node, "R"), given_shape(node, "B")
    if kernel is None or given_shape(node, "W") is None or "B" in node.feed or given.get("layout"):
        return None
    if bias is not None and len(bias) != 2:
        return None
    if any(port in given or port in node.feed for port in _REFUSED) or given.get("clip") or given.get("input_forget"):
        return None
    if not all(_is_zero(net, node, port) for port in ("initial_h", "initial_c")):
        return None
    functions = given.get("activations") or _FUNCTIONS[node.operator] * directions
    count = len(functions) // directions
    names = [_NAMES.get(str(function).capitalize(), "") for function in functions]
    if names[:count] * directions != names or "" in names or given.get("activation_alpha"):
        return None
    arguments: dict[str, Any] = {"units": kernel[-1]}
    if count == 3 and names[1] != names[2]:
        return None
    if count > 1 and names[0] != "sigmoid":
        arguments["recurrent_activation"] = names[0]
    if (function := names[min(count - 1, 1)]) != "tanh":
        arguments["activation"] = function
    if bias is None:
        arguments["use_bias"] = False
    if node.operator == "GRU" and not given.get("linear_before_reset"):
        arguments["reset_after"] = False
    has_two = node.operator == "GRU" and "reset_after" not in arguments
    surplus = 0 if bias is None or has_two else bias[0] * bias[1] // 2
    return _LAYERS[node.operator], arguments, surplus


def _is_zero(net: Net, node: Node, port: str) -> bool:
    """Whether a port is left out or fed zeros alone."""
    if port in node.arguments:
        return False
    source = node.source(port)
    return source is None or _gives_zeros(net, source)


def _gives_zeros(net: Net, source: Source) -> bool:
    """Whether a tensor is of zeros alone."""
    origin = net.node_of(source)
    if origin is None:
        return False
    if origin.operator == "ConstantOfShape":
        value = origin.arguments.get("value")
        return value is None or (isinstance(value, dict) and value.get("values") == [0.0])
    if origin.operator == "Concat":
        return all(_gives_zeros(net, fed) for fed in origin.sources())
    port = _ZEROS_OF.get(origin.operator, "")
    fed = origin.source(port)
    if fed is not None:
        return _gives_zeros(net, fed)
    given = origin.arguments.get(port)
    values = given.get("values") if isinstance(given, dict) else None
    return values is not None and not any(values)


def _list_joining(net: Net, node: Node, way: str) -> tuple[Node, ...] | None:
    """The node and those that take out its axis of directions, or join the two; None where others follow."""
    first = net.only_user(node.output)
    if first is None:
        return _list_sides(net, node, is_last=False) if way == "bidirectional" else None
    if way == "forward":
        is_taken_out = first.operator == "Squeeze" and given_numbers(first, "axes") == [1]
        return (node, first) if is_taken_out or first.operator == "Reshape" else None
    joined = net.only_user(first.output)
    if first.operator != "Transpose" or given_numbers(first, "perm") != [0, 2, 1, 3]:
        return None
    return None if joined is None or joined.operator != "Reshape" else (node, first, joined)


def _list_last(net: Net, node: Node, way: str) -> tuple[Node, ...] | None:
    """The node and those that take the last step of its output; None where others follow."""
    if way == "bidirectional":
        return _list_sides(net, node, is_last=True)
    first = net.only_user(node.output)
    if first is None or first.operator != "Squeeze" or given_numbers(first, "axes") != [1]:
        return None
    last = net.only_user(first.output)
    taken = None if last is None else find_taken(net, last)
    return (node, first, *taken.nodes) if taken is not None and _is_end(net, node, taken, is_first=False) else None


def _is_end(net: Net, node: Node, taken: Taken, *, is_first: bool) -> bool:
    """Whether a step is the first, or the last, of the node's output."""
    steps = node.outputs[0].shape[0]
    return taken.axis == 0 and taken.place in ((0,) if is_first else (-1, steps - 1 if isinstance(steps, int) else -1))


def _list_sides(net: Net, node: Node, *, is_last: bool) -> tuple[Node, ...] | None:
    """The node, those that take its two directions apart, and the one that joins them; None where others follow.

    Where it `is_last`, of each direction the step is taken that was computed last.
    """
    sides: dict[int, tuple[Node, ...]] = {}
    for user in net.users(node.output):
        taken = find_taken(net, user)
        if taken is None or taken.axis != 1:
            return None
        sides[taken.place] = taken.nodes
        if is_last:
            after = net.only_user(taken.output)
            step = None if after is None else find_taken(net, after)
            if step is None or not _is_end(net, node, step, is_first=taken.place == 1):
                return None
            sides[taken.place] += step.nodes
    if sorted(sides) != [0, 1] or len(net.users(node.output)) != 2:
        return None
    joined = net.only_user(sides[0][-1].output)
    if joined is None or joined.operator != "Concat" or joined.sources() != [sides[0][-1].output, sides[1][-1].output]:
        return None
    ndim = joined.outputs[0].shape.ndim
    return (node, *sides[0], *sides[1], joined) if joined.arguments.get("axis", 0) % ndim == ndim - 1 else None


def _takes_first(node: Node) -> bool:
    """Whether a node takes the axis of directions, which is 1, out of a state."""
    if node.operator == "Squeeze":
        return given_numbers(node, "axes") == [0]
    if node.operator == "Gather":
        indices = node.arguments.get("indices")
        is_one = isinstance(indices, int) or (isinstance(indices, dict) and indices.get("shape") == [])
        return node.arguments.get("axis", 0) == 0 and is_one
    return False
