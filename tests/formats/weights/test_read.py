"""Weight files opened: told by what they hold, arrays of every dtype, and only what is the model's."""

from __future__ import annotations

import json
import struct
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from shapecalc.formats.weights.read import open_weights
from tests.formats.weights.test_hostile import read_all


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write_each(ending: str) -> dict[str, str]:
    """A file of each kind, all with the same wrong ending, by the kind that is found in it."""
    with h5py.File("keras3" + ending, "w") as file:
        file["layers/dense/vars/0"] = np.ones(3, "float32")
    with h5py.File("keras2" + ending, "w") as file:
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [b"dense"]
        group.create_group("dense").attrs["weight_names"] = [b"dense/kernel:0"]
        group["dense/dense/kernel:0"] = np.ones(3, "float32")
    with zipfile.ZipFile("archive" + ending, "w") as archive:
        archive.writestr("config.json", "{}")
        archive.write("keras3" + ending, "model.weights.h5")
    with open("numpy" + ending, "wb") as stream:
        np.savez(stream, kernel=np.ones(3, "float32"))
    header = json.dumps({"kernel": {"dtype": "F32", "shape": [3], "data_offsets": [0, 12]}}).encode()
    data = np.ones(3, "<f4").tobytes()
    Path("safetensors" + ending).write_bytes(struct.pack("<Q", len(header)) + header + data)
    return {
        "keras3": "Keras 3", "keras2": "Keras 2", "archive": "Keras 3", "numpy": "NumPy", "safetensors": "safetensors",
    }  # fmt: skip


@pytest.mark.parametrize("ending", ["", ".npz", ".h5", ".keras", ".yaml"])
def test_a_file_is_told_by_what_it_holds(ending: str) -> None:
    for name, kind in write_each(ending).items():
        with open_weights(name + ending) as file:
            assert file.kind == kind
            (weight,) = file.weights.values()
            assert (weight.shape, weight.dtype, weight.read().tolist()) == ((3,), "float32", [1, 1, 1])


@pytest.mark.parametrize("dtype", ["float16", "float64", "int32", "int64", "uint8", "bool", ">f4"])
def test_arrays_of_every_dtype_in_hdf5(dtype: str) -> None:
    values = np.array([[1, 0, 1]], dtype)
    with h5py.File("x", "w") as file:
        file["plain"] = values
        file.create_dataset("packed", data=values, compression="gzip", shuffle=True, fletcher32=True)
        file["scalar"] = values[0, 0]
        file["nothing"] = values[:0]
    arrays = read_all("x")
    assert {name: array.shape for name, array in arrays.items()} == {
        "nothing": (0, 3), "packed": (1, 3), "plain": (1, 3), "scalar": (),
    }  # fmt: skip
    assert arrays["plain"].tolist() == arrays["packed"].tolist() == values.tolist()
    assert arrays["scalar"] == values[0, 0]
    assert arrays["plain"].dtype == np.dtype(dtype)


def test_bfloat16_is_read_as_float32() -> None:
    """HDF5 has no such numbers: Keras writes two bytes without a meaning."""
    values = np.array([1.5, -2, 0, 3.140625], "float32")
    with h5py.File("x", "w") as file:
        file["layers/dense/vars/0"] = (values.view("uint32") >> 16).astype("uint16").view("V2")
    with open_weights("x") as opened:
        (weight,) = opened.weights.values()
        assert (weight.dtype, weight.nbytes) == ("bfloat16", 16)
        assert weight.read().tolist() == values.tolist()


def test_what_is_not_the_models_is_left_out() -> None:
    with h5py.File("x", "w") as file:
        for name in ("layers/dense/vars/0", "layers/dropout/seed_generator/vars/0", "optimizer/vars/0"):
            file[name] = np.ones(2, "float32")
    assert list(read_all("x")) == ["layers/dense/vars/0"]
    with h5py.File("y", "w") as file:
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [b"dense", b"input"]
        group.create_group("input").attrs["weight_names"] = []
        group.create_group("dense").attrs["weight_names"] = [b"dense/kernel:0"]
        group["dense/dense/kernel:0"] = np.ones(3, "float32")
        file["optimizer_weights/Adam/iteration:0"] = np.zeros((), "int64")
    with open_weights("y") as opened:
        assert list(opened.weights) == ["model_weights/dense/dense/kernel:0"]
        assert [layer.names for layer in opened.layers] == [("dense",)]


def test_layers_are_in_the_order_of_their_numbers() -> None:
    with h5py.File("x", "w") as file:
        for number in range(12):
            file[f"layers/dense_{number}/vars/0"] = np.ones(1, "float32")
    with open_weights("x") as opened:
        assert [layer.places[0] for layer in opened.layers] == [f"dense_{number}" for number in range(12)]


def test_long_lists_of_names_are_kept_in_pieces() -> None:
    """Keras divides a list of names that is too long for HDF5."""
    names = [f"dense_{number}" for number in range(30)]
    with h5py.File("x", "w") as file:
        for piece in range(3):
            file.attrs[f"layer_names{piece}"] = [name.encode() for name in names[10 * piece : 10 * piece + 10]]
        for name in names:
            file.create_group(name).attrs["weight_names"] = [f"{name}/kernel:0".encode()]
            file[f"{name}/{name}/kernel:0"] = np.ones(1, "float32")
    with open_weights("x") as opened:
        assert [layer.names for layer in opened.layers] == [(name,) for name in names]


@pytest.mark.parametrize("text", ["dense", "größe", "層"])
def test_names_of_layers_whatever_they_are_written_in(text: str) -> None:
    for place, value in enumerate((text, text.encode(), np.bytes_(text.encode()))):
        with h5py.File("x", "w") as file:
            file[f"layers/dense_{place}/vars/0"] = np.ones(1, "float32")
            file[f"layers/dense_{place}/vars"].attrs["name"] = value
        with open_weights("x") as opened:
            assert opened.layers[0].names == (text,)
