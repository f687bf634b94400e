"""The config in HDF5 files, whole, damaged and made to do harm."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import Any

import h5py
import numpy as np
import pytest

from shapecalc.diagnostics import Diagnostic, Fault
from shapecalc.document.files import MAX_BYTES
from shapecalc.formats.keras.reading.hdf5 import config_of
from shapecalc.formats.signatures import is_hdf5

CONFIG = '{"class_name": "Sequential", "config": {"name": "é", "layers": []}}'


def saved(fill: Callable[[h5py.File], Any], **options: Any) -> bytes:
    """The bytes of an HDF5 file that `fill` has filled."""
    file = io.BytesIO()
    with h5py.File(file, "w", **options) as opened:
        fill(opened)
    return file.getvalue()


def with_config(value: Any, **options: Any) -> bytes:
    return saved(lambda opened: opened.attrs.__setitem__("model_config", value), **options)


def fault(data: bytes) -> Diagnostic:
    with pytest.raises(Fault) as raised:
        config_of(io.BytesIO(data), "model.h5")
    (found,) = raised.value.diagnostics
    return found


@pytest.mark.parametrize("libver", ["earliest", "latest"])
@pytest.mark.parametrize("value", [CONFIG, CONFIG.encode(), np.bytes_(CONFIG.encode())])
def test_the_config_is_text_or_bytes(value: Any, libver: str) -> None:
    data = with_config(value, libver=libver)
    assert is_hdf5(data[:16])
    assert config_of(io.BytesIO(data), "model.h5") == CONFIG


def test_a_config_may_be_stored_apart_from_the_header() -> None:
    text = CONFIG + " " * 100_000

    def fill(opened: h5py.File) -> None:
        opened.attrs.create("model_config", text.encode(), dtype=f"S{len(text) + 1}")

    assert config_of(io.BytesIO(saved(fill, libver="latest")), "model.h5") == text


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert config_of(io.BytesIO(with_config(b"\xff{")), "model.h5") == "�{"


@pytest.mark.parametrize("name", ["layers", "_layer_checkpoint_dependencies", "model_weights"])
def test_a_file_of_weights_says_where_it_is_wanted(name: str) -> None:
    found = fault(saved(lambda opened: opened.create_group(name)))
    assert (found.code, found.message) == ("SC601", "cannot read model.h5 as a model: it holds weights alone")
    assert found.help == "give it to the model's spec: `shapecalc run SPEC --weights model.h5`"


@pytest.mark.parametrize("name", ["layer_names", "layer_names0"])
def test_weights_of_keras_2_are_told_by_the_names_of_their_layers(name: str) -> None:
    found = fault(saved(lambda opened: opened.attrs.__setitem__(name, [b"dense"])))
    assert found.message == "cannot read model.h5 as a model: it holds weights alone"


def test_another_hdf5_file_is_no_model() -> None:
    found = fault(saved(lambda opened: opened.create_dataset("data", data=[1, 2])))
    assert (found.code, found.message, found.help) == (
        "SC601",
        "cannot read model.h5: an HDF5 file without `model_config` is no model of Keras",
        None,
    )


@pytest.mark.parametrize("value", [3, 1.5, [CONFIG], [CONFIG, CONFIG], np.arange(3), h5py.Empty("S10")])
def test_a_config_that_is_no_text_is_refused(value: Any) -> None:
    found = fault(with_config(value))
    assert (found.code, found.message) == ("SC601", "cannot read model.h5: its `model_config` is no text")


def test_a_config_beyond_the_limit_is_refused() -> None:
    found = fault(with_config("x" * (MAX_BYTES + 1)))
    assert (found.code, found.message) == ("SC602", "the `model_config` in model.h5 is larger than 32 MiB")


def patched(data: bytes, position: int, new: bytes) -> bytes:
    return data[:position] + new + data[position + len(new) :]


def test_a_declared_length_is_judged_before_room_is_made_for_it() -> None:
    """The text stands elsewhere in the file; the attribute holds its length, and where it is."""
    data = with_config(CONFIG)
    length = len(CONFIG.encode()).to_bytes(4, "little")
    position = data.index(length, data.index(b"model_config"))
    found = fault(patched(data, position, b"\xff\xff\xff\x7f"))
    assert (found.code, found.message) == ("SC602", "the `model_config` in model.h5 is larger than 32 MiB")


@pytest.mark.parametrize("length", [2**64 - 16, 2**64 - 1, 2**63, 5000])
def test_a_heap_that_leads_nowhere_is_damaged(length: int) -> None:
    """HDF5 goes round for ever where an object, with its header, takes no bytes."""
    data = with_config(CONFIG)
    first = data.index(b"GCOL") + 16
    found = fault(patched(data, first + 8, length.to_bytes(8, "little")))
    assert (found.code, found.message) == ("SC601", "cannot read model.h5: the HDF5 file is damaged")


def test_a_heap_that_is_read_in_two_pieces_is_judged_whole() -> None:
    data = with_config(CONFIG) + bytes(80_000)
    start = data.index(b"GCOL")
    found = fault(
        patched(patched(data, start + 8, (63_359).to_bytes(8, "little")), 40, len(data).to_bytes(8, "little"))
    )
    assert (found.code, found.message) == ("SC601", "cannot read model.h5: the HDF5 file is damaged")


def test_a_config_of_fixed_length_beyond_the_limit_is_refused() -> None:
    def fill(opened: h5py.File) -> None:
        opened.attrs.create("model_config", b"", dtype=f"S{MAX_BYTES + 1}")

    assert fault(saved(fill, libver="latest")).code == "SC602"


def test_links_are_not_followed(tmp_path: Any) -> None:
    other = tmp_path / "other.h5"
    other.write_bytes(with_config(CONFIG))

    def fill(opened: h5py.File) -> None:
        opened["model_weights"] = h5py.ExternalLink(str(other), "/")
        opened["model_config"] = h5py.ExternalLink(str(other), "/")
        opened["layers"] = h5py.SoftLink("/nowhere")

    assert fault(saved(fill)).message == "cannot read model.h5 as a model: it holds weights alone"


@pytest.mark.parametrize("length", [8, 20, 100, 800, 1500])
def test_a_file_that_ends_early_is_damaged(length: int) -> None:
    found = fault(with_config(CONFIG)[:length])
    assert (found.code, found.message) == ("SC601", "cannot read model.h5: the HDF5 file is damaged")


def test_without_h5py_the_message_says_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    data = with_config(CONFIG)
    monkeypatch.setitem(sys.modules, "h5py", None)
    found = fault(data)
    assert (found.code, found.message) == (
        "SC601",
        "cannot read model.h5: HDF5 files are read by h5py, which is not installed",
    )
    assert found.help == "`pip install 'shapecalc-cli[h5]'` installs it"
