"""The weights of an ONNX file, by the paths that they have in its model."""

from __future__ import annotations

from functools import partial

from shapecalc.document.files import hold_file
from shapecalc.formats.onnx.arrays import TensorFile, hold
from shapecalc.formats.onnx.read import read_onnx
from shapecalc.formats.onnx.tensors import dtype_of
from shapecalc.formats.weights.model_file import list_held
from shapecalc.formats.weights.stored import StoredWeight
from shapecalc.layers.onnx.dtypes import PLAIN


def list_arrays(path: str) -> dict[str, StoredWeight]:
    """Every array of a file that may be a weight: positions, sizes and single numbers are none. Raises Fault."""
    file = TensorFile(path)
    return {
        name: StoredWeight(tuple(tensor.dims), hold(dtype_of(tensor.data_type)), partial(file.read, tensor))
        for name, tensor in list_held(read_onnx(hold_file(path), path))
        if tensor.dims and dtype_of(tensor.data_type) not in PLAIN
    }
