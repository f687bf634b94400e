"""Models and single calls written as ONNX files, for tests and for `check_runtime.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from shapecalc.analysis.report import Report
from shapecalc.analysis.verify import open_weights, run_model, sample_inputs
from shapecalc.cli.session import Session
from shapecalc.dims import Shape
from shapecalc.formats.onnx.writing.base import Value
from shapecalc.formats.onnx.writing.block import write_call
from shapecalc.formats.onnx.writing.file import OPSET, Arrays, list_versions, make_message, save_model
from shapecalc.formats.onnx.writing.nodes import Nodes
from shapecalc.formats.onnx.writing.write import close_graph
from shapecalc.layers.base import Layer
from shapecalc.layers.values import Tensor
from tests.golden.calls import arrays_and_masks, fed_tensors, given_weights
from tests.golden.cases import Case
from tests.layering import feed_by_ports

Array = NDArray[Any]
ROOT = Path(__file__).parents[4]
BOUND = 1e-4
"""How far numbers may lie apart, as a part of the greatest of an output."""

SMALL_MODELS = ("convlstm_video", "lenet5", "lstm_seq2seq")

UNSAID = "specs/tutorial/dense_on_named_sizes.yaml"
"""A spec whose weights have the sizes of symbols, and the values that it is written with."""
VALUES = {UNSAID: {"p": 7}}


def list_specs() -> list[str]:
    """The specs that are written: one for each layer, the tutorial, and models that are quick to run."""
    folders = [*ROOT.glob("specs/layers/*.yaml"), *ROOT.glob("specs/tutorial/*.yaml")]
    models = [ROOT / "specs" / "models" / f"{name}.yaml" for name in SMALL_MODELS]
    return [str(path.relative_to(ROOT)) for path in sorted(folders) + models]


def report_of(path: str | Path) -> Report:
    """The report of a file, of an ONNX file node by node."""
    from shapecalc.analysis.analyse import Settings

    session = Session(Settings(values=VALUES.get(str(path), {})), wants_exact=True)
    report = session.report(str(ROOT / path))
    assert report is not None, session.diagnostics
    assert report.ok, report.diagnostics
    return report


def sample(report: Report) -> dict[str, Array]:
    """Random inputs, two samples of each."""
    return dict(sample_inputs(report, "random", 0, 2, None))


def save_spec(report: Report, target: Path, opset: int = OPSET) -> None:
    """Writes a spec's model with its initial values, and lets onnx's checker judge the file."""
    save_model(report, str(target), open_weights(report), opset)
    onnx.checker.check_model(str(target), full_check=True)


def run_file(path: Path, inputs: dict[str, Array]) -> list[Array]:
    """The outputs of an ONNX file by our own reader."""
    return list(run_model(report_of(path), inputs).outputs.values())


def assert_close(got: list[Any], wanted: list[Array], bound: float = BOUND) -> None:
    """Outputs are alike: of text and truth values the same, whole numbers up to one that lies between two."""
    shapes = [np.shape(array) for array in got]
    assert shapes == [array.shape for array in wanted], f"shapes {shapes}"
    for array, want in zip(got, wanted, strict=True):
        if want.dtype.kind == "f":
            scale = np.abs(np.where(np.isfinite(want), want, 0)).max(initial=1e-6)
            np.testing.assert_allclose(array.astype("float64"), want, rtol=bound, atol=bound * scale)
        elif want.dtype.kind in "iu":
            np.testing.assert_allclose(array.astype("int64"), want.astype("int64"), rtol=0, atol=1)
        else:
            assert np.asarray(array).astype(str).tolist() == want.astype(str).tolist()


class WrittenCall:
    """The bytes of a file that holds one call of a layer, what it is fed, and which outputs have masks behind them."""

    def __init__(self, message: Any, inputs: dict[str, Array], masked: list[int], outputs: int) -> None:
        self.message = message
        self.inputs = inputs
        self.masked = masked
        self.outputs = outputs


def write_case(
    layer: Layer, case: Case, record: dict[str, Any], *, free: bool = False, concrete: bool = True, opset: int = OPSET
) -> WrittenCall:
    """A golden case as a file: its tensors with numbers, with an unknown batch, or with every axis unknown."""
    feed, masks = arrays_and_masks(layer, case)
    tensors = feed_by_ports(layer, fed_tensors(case, free=free, concrete=concrete))
    arrays = Arrays(onnx, None, "")
    nodes = Nodes(opset, list_versions(onnx, opset), arrays.add)
    values: list[Value] = []
    inputs: dict[str, Array] = {}

    def add(name: str, tensor: Tensor, array: Array) -> Value:
        value = nodes.input(f"{name}{len(values)}", tensor)
        values.append(value)
        inputs[value.name] = array
        return value

    def add_mask(tensor: Tensor, mask: Array) -> Value:
        shape = tensor.masked if isinstance(tensor.masked, Shape) else Shape(mask.shape)
        return add("mask", Tensor(shape, "bool", False), mask)

    fed = _map_ports(lambda tensor, array: add("x", tensor._replace(masked=False), array), tensors, feed)
    came = _map_ports(add_mask, tensors, masks)
    outputs, left = write_call(nodes, layer, given_weights(layer, feed, masks, record), fed, came)
    masked = [position for position, mask in enumerate(left) if mask is not None]
    final = [*outputs, *(mask for mask in left if mask is not None)]
    graph = close_graph(nodes, layer.type_name, values, {f"y{place}": value for place, value in enumerate(final)})
    return WrittenCall(make_message(onnx, graph, arrays, opset), inputs, masked, len(outputs))


def _map_ports(function: Callable[[Any, Any], Any], tensors: Any, arrays: Any) -> Any:
    """A function of each tensor of a feed and the array in its place; nothing where there is no array."""
    if arrays is None or tensors is None:
        return None
    if isinstance(arrays, tuple):
        return tuple(_map_ports(function, *pair) for pair in zip(tensors, arrays, strict=True))
    return function(tensors, arrays)


def check_case(
    written: WrittenCall, outputs: list[Any], record: dict[str, Any], wanted: list[Array], half: bool
) -> None:
    """What came out of the file of a case is what Keras gave, masks too."""
    shaped = [array.reshape(shape) for array, shape in zip(wanted, record["shapes"], strict=True)]
    assert_close(outputs[: written.outputs], shaped, 4e-3 if half else BOUND)
    masks = record["masks"] or [None] * written.outputs
    assert written.masked == [position for position, mask in enumerate(masks) if mask is not None]
    for position, array in zip(written.masked, outputs[written.outputs :], strict=True):
        np.testing.assert_array_equal(np.asarray(array).astype(int), masks[position])


def list_cases(kinds: dict[str, list[Case]]) -> Iterator[tuple[str, int, Case]]:
    """The cases that Keras accepts, with type and number."""
    for kind, cases in kinds.items():
        for index, case in enumerate(cases):
            if not case.get("error"):
                yield kind, index, case
