"""Products with constant matrices, and tables."""

from __future__ import annotations

from collections.abc import Iterator

from shapecalc.formats.flat_model import Held
from shapecalc.formats.onnx.lifting.net import Net, Node
from shapecalc.formats.onnx.lifting.pattern import Candidate, constant_port, given_shape, pattern


@pattern("MatMul")
def find_dense(net: Net, node: Node) -> Iterator[Candidate]:
    """`x @ kernel`, and `+ bias`."""
    kernel, source = given_shape(node, "B"), node.source("A")
    if kernel is None or source is None or len(kernel) != 2:
        return
    weights = {"kernel": Held(node.name, "B")}
    added = net.only_user(node.output)
    port = constant_port(added) if added is not None and added.operator == "Add" else None
    if added is not None and port is not None and given_shape(added, port) == kernel[1:]:
        yield Candidate(
            "Dense", {"units": kernel[1]}, {"inputs": source}, (node, added), weights | {"bias": Held(added.name, port)}
        )
    yield Candidate("Dense", {"units": kernel[1], "use_bias": False}, {"inputs": source}, (node,), weights)


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
    if bias is None:
        yield Candidate("Dense", {"units": units, "use_bias": False}, {"inputs": source}, (node,), weights)
    elif bias == [units]:
        weights["bias"] = Held(node.name, "C")
        yield Candidate("Dense", {"units": units}, {"inputs": source}, (node,), weights)


@pattern("Gather")
def find_embedding(net: Net, node: Node) -> Iterator[Candidate]:
    """Rows of a constant table."""
    table, source = given_shape(node, "data"), node.source("indices")
    if table is None or source is None or len(table) != 2 or node.arguments.get("axis", 0) not in (0, -2):
        return
    weights = {"embeddings": Held(node.name, "data")}
    arguments = {"input_dim": table[0], "output_dim": table[1]}
    yield Candidate("Embedding", arguments, {"inputs": source}, (node,), weights)
