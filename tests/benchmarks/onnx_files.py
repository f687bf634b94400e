"""ONNX files: `summary` of a large one beside that of its spec, and beside `onnx.load` with `infer_shapes`; many nodes.

The second needs `onnx` in the environment of the Python that `ONNX_PYTHON` names.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.pairs import environment, in_turns, process_seconds
from tests.formats.onnx.building import Graph, write_model, write_node, write_numbers, write_tensor, write_value

BLOCKS, CHANNELS = 40, 236
"""Convolutions of 3 x 3, each followed by normalisation, ReLU and a sum: 161 nodes and 80 MB."""
CHAINS = (5_000, 10_000, 20_000)
"""Nodes of the files that only grow longer."""
INFER = "import sys, onnx\nfrom onnx.shape_inference import infer_shapes\ninfer_shapes(onnx.load(sys.argv[1]))"


def write_network(path: str) -> None:
    """An 80 MB file: blocks of convolutions, each added to what it is fed."""
    nodes, tensors, last = [], [], "x"
    shape = (CHANNELS, CHANNELS, 3, 3)
    zeros = bytes(4 * CHANNELS * CHANNELS * 9)
    for block in range(BLOCKS):
        weights = [f"b{block}.{name}" for name in ("weight", "scale", "bias", "mean", "var")]
        tensors.append(write_tensor(weights[0], shape, 1, zeros))
        tensors += [write_tensor(name, [CHANNELS], 1, zeros[: 4 * CHANNELS]) for name in weights[1:]]
        inner = [f"b{block}.{number}" for number in range(4)]
        nodes += [
            write_node("Conv", [last, weights[0]], inner[:1], f"/{block}/Conv", kernel_shape=[3, 3], pads=[1] * 4),
            write_node("BatchNormalization", [inner[0], *weights[1:]], inner[1:2], f"/{block}/Norm"),
            write_node("Relu", inner[1:2], inner[2:3], f"/{block}/Relu"),
            write_node("Add", [last, inner[2]], inner[3:], f"/{block}/Add"),
        ]
        last = inner[3]
    tensors.append(write_numbers("axes", [2, 3]))
    nodes.append(write_node("ReduceMean", [last, "axes"], ["y"], "/Mean", keepdims=0))
    given = write_value("x", ["batch", CHANNELS, 56, 56])
    graph = Graph(nodes, [given], [write_value("y", ["batch", CHANNELS])], tensors)
    Path(path).write_bytes(write_model(graph, opset=18))


def write_chain_of(count: int, path: str) -> None:
    """A file of so many nodes, one after the other."""
    names = ["x", *(f"t{number}" for number in range(count - 1)), "y"]
    operators = ("Relu", "Sigmoid", "Neg", "Tanh")
    nodes = [
        write_node(operators[number % 4], [names[number]], [names[number + 1]], f"/layer.{number}/Node")
        for number in range(count)
    ]
    graph = Graph(nodes, [write_value("x", ["batch", 64])], [write_value("y", ["batch", 64])])
    Path(path).write_bytes(write_model(graph))


def seconds_of(python: str, words: list[str]) -> Callable[[], float]:
    """Gives the processor seconds of a process of this Python."""
    env = environment()
    if python != sys.executable:
        env.pop("PYTHONPATH")
    return lambda: process_seconds(words, env, python)


def main(rounds: int = 15) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file, spec = f"{folder}/network.onnx", f"{folder}/network.yaml"
        write_network(file)
        words = [sys.executable, "-m", "shapecalc", "convert", file, "--to", "yaml"]
        Path(spec).write_bytes(subprocess.run(words, capture_output=True, check=True, env=environment()).stdout)
        ours = seconds_of(sys.executable, ["-m", "shapecalc", "summary", file])
        of_spec = seconds_of(sys.executable, ["-m", "shapecalc", "summary", spec])
        cases = {"summary of an 80 MB file / of its spec": of_spec}
        if "ONNX_PYTHON" in os.environ:
            cases["the same / onnx.load and infer_shapes"] = seconds_of(os.environ["ONNX_PYTHON"], ["-c", INFER, file])
        for name, other in cases.items():
            found = in_turns(ours, other, rounds)
            print(f"{name:45} {found.ours * 1e3:7.1f} ms  {found.other * 1e3:7.1f} ms  ratio {found.ratio:.2f}")
        for count in CHAINS:
            write_chain_of(count, file)
            seconds = min(ours() for _ in range(3))
            print(f"{count:6,} nodes {seconds * 1e6 / count:7.1f} microseconds each")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
