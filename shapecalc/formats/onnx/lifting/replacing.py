"""Nodes replaced by layers: a layer is taken only where it infers to what its nodes do."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import add_up
from shapecalc.dims.division import exact_quotient
from shapecalc.formats.flat_model import Feed, Origin, Source
from shapecalc.formats.onnx.lifting.exact import build_layer
from shapecalc.formats.onnx.lifting.net import Net, Node
from shapecalc.formats.onnx.lifting.pattern import PATTERNS, Candidate
from shapecalc.formats.onnx.lifting.turning import turn_back
from shapecalc.layers.base import Feed as Tensors
from shapecalc.layers.base import Layer, port_name
from shapecalc.layers.infer import infer
from shapecalc.layers.onnx.base import PREFIX
from shapecalc.layers.values import Inferred, Tensor

FAMILIES = {
    "activations": (
        "Celu Clip Elu Erf Exp Gelu HardSigmoid HardSwish LeakyRelu LogSoftmax Mish PRelu Relu Selu Sigmoid "
        "Softmax Softplus Softsign Swish Tanh ThresholdedRelu"
    ),
    "attention": "Softmax",
    "convolution": "Conv ConvTranspose",
    "core": "Einsum Gather Gemm MatMul",
    "merging": "Add Concat Max Mean Min Mul Sub Sum",
    "normalization": (
        "BatchNormalization GroupNormalization InstanceNormalization LayerNormalization Mul Pow RMSNormalization "
        "ReduceMean"
    ),
    "pooling": "AveragePool GlobalAveragePool GlobalMaxPool MaxPool ReduceMax ReduceMean",
    "recurrent": "GRU LSTM RNN",
    "reshaping": "Flatten Reshape Transpose",
}
"""The files of patterns, and the operators that those of each begin at: only what a model has is imported."""


def replace_patterns(net: Net) -> None:
    """Puts a layer in the place of every pattern that is found."""
    operators = {node.operator for node in net.nodes.values()}
    for family, words in FAMILIES.items():
        if not operators.isdisjoint(words.split()):
            import_module(f"shapecalc.formats.onnx.lifting.patterns.{family}")
    for patterns in PATTERNS:
        begun = [node for node in net.nodes.values() if node.operator in patterns]
        for node in sorted(begun, key=lambda node: net.ranks[node.name]):
            for find_layer in patterns[node.operator] if net.nodes.get(node.name) is node else ():
                if any(_try(net, candidate) for candidate in find_layer(net, node)):
                    break
    turn_back(net)
    net.drop_unused()


def _try(net: Net, candidate: Candidate) -> bool:
    """Puts a layer in the place of its nodes, if it is the same; returns whether it is."""
    if not _is_closed(net, candidate):
        return False
    last = candidate.nodes[-1]
    dtype = last.outputs[0].dtype
    arguments = candidate.arguments if dtype == "float32" else candidate.arguments | {"dtype": dtype}
    layer = build_layer(candidate.type_name, arguments)
    if layer is None:
        return False
    try:
        before = _infer_before(net, candidate)
        feed = _list_feed(net, candidate, layer, before)
        inferred = infer(layer, feed)
        after = None if candidate.after is None else _infer_beside(*candidate.after, inferred.output)
    except ShapeError:
        return False
    if not _is_same(net, candidate, inferred, inferred.output if after is None else after.output):
        return False
    named = candidate.named or candidate.nodes[0]
    new = Node(named.name, candidate.type_name, arguments, candidate.feed, inferred)
    if before:
        new.feed = _put_before(net, candidate, new, before)
    weights = {name: net.find_held(held) for name, held in candidate.weights.items()}
    origin = Origin(tuple(name for node in candidate.nodes for name in net.list_origins(node)), weights)
    net.replace(candidate.nodes, candidate.port, new, origin)
    if candidate.surplus:
        net.surplus[new.name] = candidate.surplus
    if candidate.after is not None and after is not None:
        type_name, arguments = candidate.after
        name = last.name if last.name != new.name else net.flat.fresh(last.name)
        net.insert_after(new, Node(name, type_name, dict(arguments), {"data": new.output}, after))
    return True


def _infer_beside(type_name: str, arguments: dict[str, Any], fed: Tensor) -> Inferred:
    """What a layer makes of another's output, or of what it is to be fed. Raises ShapeError."""
    layer = build_layer(type_name, arguments)
    if layer is None:
        raise ShapeError(f"cannot be {type_name}")
    return infer(layer, (fed,))


def _infer_before(net: Net, candidate: Candidate) -> dict[str, Inferred]:
    """What stands between the sources of a candidate and its layer, by the ports of the layer."""
    if candidate.before is None:
        return {}
    ports = candidate.ports_before
    fed = {port: candidate.feed[port] for port in (list(candidate.feed)[:1] if ports is None else ports)}
    return {
        port: _infer_beside(*candidate.before, net.tensor(source))
        for port, source in fed.items()
        if isinstance(source, tuple)
    }


def _list_feed(net: Net, candidate: Candidate, layer: Layer, before: dict[str, Inferred]) -> Tensors:
    """The tensors that a layer is fed."""
    tensors: list[Any] = []
    for port in map(port_name, layer.ports[: len(candidate.feed)]):
        fed = candidate.feed.get(port)
        if port in before:
            tensors.append(before[port].output)
        elif isinstance(fed, list):
            tensors.append(tuple(map(net.tensor, fed)))
        else:
            tensors.append(None if fed is None else net.tensor(fed))
    return tuple(tensors)


def _put_before(net: Net, candidate: Candidate, new: Node, before: dict[str, Inferred]) -> Feed:
    """Adds the nodes that make what a layer is fed, one for each source; returns the feed of the layer."""
    assert candidate.before is not None
    type_name, arguments = candidate.before
    feed = dict(candidate.feed)
    made: dict[Source, Source] = {}
    for port, inferred in before.items():
        source = candidate.feed[port]
        assert isinstance(source, tuple)
        if source not in made:
            name = net.flat.fresh(f"{new.name}_{type_name.removeprefix(PREFIX)}")
            own_port = "data" if type_name.startswith(PREFIX) else "inputs"
            node = Node(name, type_name, dict(arguments), {own_port: source}, inferred)
            net.insert_before(new.name, node)
            made[source] = node.output
        feed[port] = made[source]
    return feed


def _is_closed(net: Net, candidate: Candidate) -> bool:
    """Whether nothing but the nodes themselves uses what they give, other than the first output of the last."""
    leaving = set(net.outputs.values())
    names = {node.name for node in candidate.nodes}
    for node in candidate.nodes:
        for port in range(len(node.outputs)):
            source = node.name, 0, port
            if source == (candidate.nodes[-1].name, 0, candidate.port):
                continue
            if source in leaving or any(user.name not in names for user in net.users(source)):
                return False
    return True


def _is_same(net: Net, candidate: Candidate, inferred: Inferred, given: Tensor) -> bool:
    """Whether a layer gives the shape and dtype of its nodes, and has their parameters, MACs and assumptions."""
    nodes, output = [node.inferred for node in candidate.nodes], candidate.nodes[-1].outputs[candidate.port]
    whole = add_up(node.inferred.total_macs for node in candidate.nodes if node.operator)
    macs = exact_quotient(whole, net.samples)
    macs = (
        None
        if macs is None
        else macs + add_up(node.inferred.total_macs for node in candidate.nodes if not node.operator)
    )
    return (
        (given.shape, given.dtype) == (output.shape, output.dtype)
        and inferred.params + candidate.surplus == add_up(node.params for node in nodes)
        and inferred.trainable_params + candidate.surplus == add_up(node.trainable_params for node in nodes)
        and inferred.total_macs == macs
        and set(inferred.assumes) == {relation for node in nodes for relation in node.assumes}
    )
