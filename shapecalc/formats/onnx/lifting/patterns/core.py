"""Products with constant matrices, and tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shapecalc.formats.flat_model import Held, Source
from shapecalc.formats.onnx.lifting.net import Net, Node
from shapecalc.formats.onnx.lifting.pattern import TURNED, Candidate, constant_port, given_shape, pattern


@pattern("MatMul")
def find_dense(net: Net, node: Node) -> Iterator[Candidate]:
    """`x @ kernel`, and `+ bias`."""
    kernel, source = given_shape(node, "B"), node.source("A")
    if kernel is None or source is None or len(kernel) != 2:
        return
    weights = {"kernel": Held(node.name, "B")}
    for nodes, fed, turn in _list_shaped(net, node, source):
        yield from _find_layers(net, nodes, fed, kernel[1], weights, node, turn)


@pattern("Gemm")
def find_dense_of_gemm(net: Net, node: Node) -> Iterator[Candidate]:
    """`x @ kernel + bias`, the kernel as it is or transposed."""
    kernel, bias, source = given_shape(node, "B"), given_shape(node, "C"), node.source("A")
    arguments = node.arguments
    if kernel is None or source is None or "C" in node.feed or arguments.get("transA"):
        return
    if arguments.get("alpha", 1.0) != 1.0 or (bias is not None and arguments.get("beta", 1.0) != 1.0):
        return
    units = kernel[0] if arguments.get("transB") else kernel[1]
    weights = {"kernel": Held(node.name, "B", "transpose" if arguments.get("transB") else "")}
    for nodes, fed, turn in _list_shaped(net, node, source):
        if bias is None:
            yield from _find_layers(net, nodes, fed, units, weights, node, turn)
        elif bias == [units]:
            held = weights | {"bias": Held(node.name, "C")}
            yield Candidate("Dense", {"units": units}, {"inputs": fed}, nodes, held, named=node, **turn)


def _find_layers(
    net: Net,
    nodes: tuple[Node, ...],
    source: Source,
    units: int,
    weights: dict[str, Held],
    named: Node,
    turn: dict[str, Any],
) -> Iterator[Candidate]:
    """The layer of a product, with the bias that is added to it, or without."""
    added = net.only_user(nodes[-1].output)
    port = constant_port(added) if added is not None and added.operator == "Add" else None
    if added is not None and port is not None and given_shape(added, port) == [units]:
        held = weights | {"bias": Held(added.name, port)}
        yield Candidate("Dense", {"units": units}, {"inputs": source}, (*nodes, added), held, named=named, **turn)
    arguments = {"units": units, "use_bias": False}
    yield Candidate("Dense", arguments, {"inputs": source}, nodes, weights, named=named, **turn)


def _list_shaped(net: Net, node: Node, source: Source) -> Iterator[tuple[tuple[Node, ...], Source, dict[str, Any]]]:
    """A product, what it is fed, and how it has to be turned for a layer.

    Where the tensor was made a matrix and that is taken apart again, the nodes of both belong to it.
    """
    before, after = net.node_of(source), net.only_user(node.output)
    whole = before.source("data") if before is not None and before.operator == "Reshape" else None
    matrix = net.tensor(source).shape
    if whole is not None and before is not None and after is not None and after.operator == "Reshape":
        shape, given = net.tensor(whole).shape, after.outputs[0].shape
        if net.only_user(before.output) is node and matrix.ndim == 2:
            if shape[:-1] == given[:-1]:
                yield (before, node, after), whole, {}
            elif given.ndim == 3 and shape[:2] == given[:2]:
                yield (before, node, after), whole, {"before": ("onnx.Reshape", {"shape": [0, 0, matrix[1]]})}
    yield (node,), source, {}
    if matrix.ndim == 3 and net.has_batch(source, 1) and not net.has_batch(source):
        yield (node,), source, {"before": TURNED, "after": TURNED}


@pattern("Gather")
def find_embedding(net: Net, node: Node) -> Iterator[Candidate]:
    """Rows of a constant table."""
    table, source = given_shape(node, "data"), node.source("indices")
    if table is None or source is None or len(table) != 2 or node.arguments.get("axis", 0) not in (0, -2):
        return
    weights = {"embeddings": Held(node.name, "data")}
    arguments = {"input_dim": table[0], "output_dim": table[1]}
    yield Candidate("Embedding", arguments, {"inputs": source}, (node,), weights)


@pattern("Einsum")
def find_einsum_dense(net: Net, node: Node) -> Iterator[Candidate]:
    """Products by an equation with a constant, and a bias along the last axes."""
    sources = node.sources()
    kernel = net.node_of(sources[-1])
    equation = str(node.arguments["equation"]).replace(" ", "")
    left, arrow, output = equation.partition("->")
    if len(sources) != 2 or kernel is None or kernel.operator != "Initializer" or not arrow or "..." in equation:
        return
    if left.partition(",")[0][:1] != output[:1]:
        return
    shape = [size if isinstance(size, int) else None for size in node.outputs[0].shape[1:]]
    arguments = {"equation": equation, "output_shape": shape}
    weights = {"kernel": Held(kernel.name, "value")}
    added = net.only_user(node.output)
    port = constant_port(added) if added is not None and added.operator == "Add" else None
    bias = None if added is None or port is None else given_shape(added, port)
    if added is not None and port is not None and bias and bias == shape[-len(bias) :]:
        own = arguments | {"bias_axes": output[-len(bias) :]}
        held = weights | {"bias": Held(added.name, port)}
        yield Candidate("EinsumDense", own, {"inputs": sources[0]}, (kernel, node, added), held, named=node)
    yield Candidate("EinsumDense", arguments, {"inputs": sources[0]}, (kernel, node), weights, named=node)
