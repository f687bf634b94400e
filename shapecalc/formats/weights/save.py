"""A model's weights written to a file: `.npz` by their paths, `.weights.h5` as Keras writes and reads it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

from shapecalc.diagnostics import Fault, error, shorten
from shapecalc.formats.arrays import save_npz
from shapecalc.formats.files import open_whole
from shapecalc.formats.flat_model import flatten
from shapecalc.formats.folding.verify import match_names
from shapecalc.formats.weights.hdf5 import INSTALL
from shapecalc.formats.weights.layout import WantedLayer, is_adapter, list_wanted
from shapecalc.formats.weights.stored import Array

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report


def write_weights(path: str, report: Report, arrays: Mapping[str, Array]) -> None:
    """Writes arrays, given by the paths of weights, in Keras's order. Raises Fault with SC607."""
    if path.endswith(".npz"):
        ordered = [f"{row.name}/{inner}" for row in report.rows for inner, _ in row.weights]
        save_npz(path, {name: arrays[name] for name in ordered if name in arrays})
    else:
        _write_hdf5(path, list_wanted(report, flat=True), arrays, find_names_in_keras(report))


def find_names_in_keras(report: Report) -> dict[str, str]:
    """The name that each layer has in Keras, by its path: that of `convert --to keras-json`."""
    try:
        names = match_names(flat := flatten(report), report) or {}
    except Fault:
        return {}  # what cannot be written for Keras has no names there
    return {path: name for name, path in names.items() if name in flat.layers}


def _write_hdf5(path: str, layers: list[WantedLayer], arrays: Mapping[str, Array], names: Mapping[str, str]) -> None:
    try:
        import h5py
    except ImportError:
        message = f"cannot write {shorten(path)}: it is an HDF5 file, and h5py is not installed"
        raise Fault(error("SC607", message, help=INSTALL)) from None
    adapter = next(
        (name for name, array in arrays.items() if name.endswith("_b") and is_adapter(name) and array.any()), None
    )
    if adapter is not None:
        message = f"cannot write {shorten(path)}: Keras saves {shorten(adapter)} as part of the kernel alone"
        raise Fault(error("SC607", message, help="write a `.npz` file"))
    whole = io.BytesIO()  # HDF5 reads again what it wrote
    with h5py.File(whole, "w") as file:
        for layer in layers:
            group = "layers/" + "/layers/".join(layer.places)
            file.create_group(f"{group}/vars").attrs["name"] = names.get(layer.path, layer.path)
            for inner, kept in layer.kept.items():
                for place in kept:
                    file[f"{group}/{place}"] = arrays[f"{layer.path}/{inner}"]
    with open_whole(path) as target:
        target.write(whole.getbuffer())
