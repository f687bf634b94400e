"""What could stand in `expect`: the numbers and shapes that a model has now, as a spec writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.analysis.costs import find_peak_activation
from shapecalc.analysis.expect import OF_MODEL
from shapecalc.analysis.report import find_row
from shapecalc.dims import Shape, add_up, is_unknown, size_text
from shapecalc.lsp.pages import EXPECT_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapecalc.analysis.report import Report, Row
    from shapecalc.dims import Size


def list_expectations(report: Report | None, path: str = "") -> dict[str, str]:
    """The keys of `expect`, or of a layer's expectations, with what is so now; empty texts where nothing is known."""
    keys = [key for key in EXPECT_KEYS if key != "layers" and not (path and key in OF_MODEL)]
    texts = dict.fromkeys(keys, "")
    if report is None or report.walk is None or not report.ok:
        return texts
    row = find_row(report.rows, path) if path else None
    if path and row is None:
        return texts
    source: Report | Row = report if row is None else row
    shapes = [tensor.shape for tensor in source.outputs.values()]
    if row is None:
        texts["peak_activation"] = _write(find_peak_activation(report.walk))
        texts["weights"] = _write(report.weights_bytes)
        texts["active_params"], texts["active_macs"] = _write(report.active_params), _write(report.active_macs)
    else:
        texts["weights"] = _write(add_up(weight.bytes for _, weight in row.weights))
    texts["params"], texts["trainable"] = _write(source.params), _write(source.trainable)
    texts["non_trainable"], texts["macs"] = _write(source.params - source.trainable), _write(source.macs)
    if shapes:
        texts["output"] = write_shape(shapes[0])
    texts["outputs"] = f"[{', '.join(map(write_shape, shapes))}]"
    return texts


def list_layers(report: Report | None, path: str) -> Iterator[tuple[str, str]]:
    """The paths of the layers in a block, or in the model where the path is empty, with what is so of each now."""
    if report is None or not report.ok:
        return
    row = find_row(report.rows, path) if path else None
    rows = row.rows if row is not None else [] if path else report.rows
    for inner in rows:
        if inner.node.entry is not None and inner.shapes:
            whole = f"{path}/{inner.name}" if path else inner.name
            yield whole, f"{{params: {_write(inner.params)}, output: {write_shape(inner.shapes[0])}}}"


def write_shape(shape: Shape) -> str:
    """The sizes of one sample as a list."""
    return f"[{', '.join('null' if is_unknown(size) else size_text(size) for size in shape[1:])}]"


def _write(size: Size | None) -> str:
    return "" if size is None else size_text(size)
