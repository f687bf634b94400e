"""What old versions of operators leave out or say otherwise, as the newest one has it. https://onnx.ai/onnx/operators/"""

from __future__ import annotations

from typing import Any

from shapecalc.diagnostics import Fault, error, shorten
from shapecalc.formats.onnx.messages import Node

_SOFTMAX = ("Softmax", "LogSoftmax", "Hardmax")


def place_inputs(node: Node, opset: int) -> list[str]:
    """What a node is fed, at the places of the newest version's ports."""
    names = list(node.input)
    if node.op_type == "Resize" and opset < 11:
        names.insert(1, "")
    return names


def complete_arguments(node: Node, opset: int, arguments: dict[str, Any]) -> None:
    """Puts in what a node leaves out and its version has another default for. Raises Fault."""
    name = node.op_type
    if name in _SOFTMAX and opset < 13:
        arguments.setdefault("axis", 1)
        arguments["flatten"] = True
    elif name == "Split" and len(node.input) < 2 and "split" not in arguments:
        arguments.setdefault("num_outputs", len(node.output))
        arguments["even"] = opset < 18
    elif name == "Resize" and opset < 11:
        arguments |= {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    elif name == "Scan" and opset < 9:
        _complete_scan(node, arguments)
    elif name == "DFT" and opset < 20:
        arguments.setdefault("axis", 1)
    elif name == "BatchNormalization" and not arguments.pop("spatial", 1):
        message = "normalises each place by itself (`spatial` is 0), which later versions have not"
        help = "convert the file: `onnx.version_converter.convert_version(model, 17)`"
        raise Fault(error("SC609", message, subject=shorten(node.name or name), help=help))


def _complete_scan(node: Node, arguments: dict[str, Any]) -> None:
    """The first version of Scan, whose tensors have a batch axis. Raises Fault where samples differ in length."""
    if node.input and node.input[0]:
        message = "scans as many steps of each sample as `sequence_lens` says, which later versions have not"
        raise Fault(error("SC609", message, subject=shorten(node.name or node.op_type)))
    arguments["batched"] = True
    if "directions" in arguments:
        arguments["scan_input_directions"] = arguments.pop("directions")
