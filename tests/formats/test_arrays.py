"""Arrays in files that are damaged, hostile, or not what they should be."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from shapecalc.analysis.analyse import analyse
from shapecalc.diagnostics import Diagnostic, Fault, error
from shapecalc.formats.arrays import read_npz, save_npz, stored_npy, stored_npz
from shapecalc.formats.inputs import read_inputs
from shapecalc.model.load import Library
from tests.formats.test_inputs import no_sample, read, report_of
from tests.work import at_most

MOST_CALLS = 20_000
"""Of functions: far more than a header takes."""
GRAIN = 4 * 2**20
"""Bytes: far less than what is promised."""


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def header(text: str, version: bytes = b"\1\0") -> bytes:
    """The bytes before the data, whatever they say."""
    length = struct.pack("<H" if version == b"\1\0" else "<I", len(text))
    return b"\x93NUMPY" + version + length + text.encode("latin-1")


def fault_of(report: str, text: str, limit: int | None = None) -> Diagnostic:
    """What an input meets, at once and without the memory it asks for."""
    model = report_of(report)
    read(report_of("[1]"), "[1]")  # what is imported or compiled once is not counted
    tracemalloc.start()
    try:
        with pytest.raises(Fault) as raised, at_most(MOST_CALLS):
            read_inputs(model, [text], no_sample, limit)
        assert tracemalloc.get_traced_memory()[1] < GRAIN
    finally:
        tracemalloc.stop()
    (found,) = raised.value.diagnostics
    return found


def bomb(path: Path, shape: str, count: int, descr: str = "<f4") -> str:
    """An archive of one array of zeros that unpacks to `count` bytes, written as the zip of one deflated run."""
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}}}"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("x.npy", "w", force_zip64=True) as member,
    ):
        member.write(header(text))
        zeros = bytes(2**20)
        for _ in range(count >> 20):
            member.write(zeros)
    return str(path)


def test_an_archive_is_refused_by_its_shape_before_it_is_unpacked() -> None:
    path = bomb(Path("x.npz"), "(4096, 4096)", 2**26)
    found = fault_of("[5, 1]", path)
    assert found.code == "SC605"
    assert found.message == "the input `input` has the shape (4096, 4096), which does not fit"
    assert found.help == "wanted is (None, 5, 1), the batch axis first"


def test_an_archive_of_a_fitting_shape_is_refused_by_its_size() -> None:
    path = bomb(Path("x.npz"), "(4096, 4096)", 2**26)
    found = fault_of("[4096]", path, limit=2**25)
    assert found.code == "SC603"
    assert found.message == "the inputs take 64.0 MiB, more than the 32.0 MiB allowed"
    assert found.help == "feed fewer samples, or raise `--max-memory`"


def test_a_file_of_holes_is_refused_by_its_size() -> None:
    path = Path("x.npy")
    with path.open("wb") as file:
        file.write(header("{'descr': '<f4', 'fortran_order': False, 'shape': (1048576, 4096)}"))
        file.truncate(2**34 + 4096)
    assert fault_of("[4096]", str(path), limit=2**30).code == "SC603"
    assert fault_of("[5]", str(path), limit=2**30).code == "SC605"


def test_a_run_that_would_be_refused_is_refused_before_its_inputs_are_read() -> None:
    path = bomb(Path("x.npz"), "(4096, 4096)", 2**26)
    asked: list[dict[str, tuple[int, ...]]] = []

    def admit(shapes: dict[str, tuple[int, ...]]) -> None:
        asked.append(shapes)
        raise Fault(error("SC603", "too much"))

    with pytest.raises(Fault, match="too much"):
        read_inputs(report_of("[4096]"), [path], no_sample, 2**30, admit)
    assert asked == [{"input": (4096, 4096)}]


def test_only_the_arrays_that_are_inputs_are_unpacked() -> None:
    path = Path("x.npz")
    np.savez(path, a=np.ones((2, 3)), b=np.ones((2, 30_000)))
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        place = archive.getinfo("b.npy").header_offset + 100_000
    data[place : place + 30] = b"\xff" * 30
    path.write_bytes(data)
    report = analyse(Library().parse("inputs: {a: [3]}\nlayers: [Flatten]\n", "model.yaml"))
    assert read_inputs(report, [f"a={path}"], no_sample).arrays["a"].tolist() == [[1, 1, 1], [1, 1, 1]]
    report = analyse(Library().parse("inputs: {b: [30000]}\nlayers: [Flatten]\n", "model.yaml"))
    with pytest.raises(Fault, match=r"cannot read x\.npz: `b` in it is damaged"):
        read_inputs(report, [f"b={path}"], no_sample)


HEADERS = {
    "text": "hello",
    "a list": "[1, 2]",
    "other keys": "{'shape': (5, 1)}",
    "brackets": "(" * 5_000,
    "digits": "{'descr': '<f4', 'fortran_order': False, 'shape': (" + "9" * 5_000 + ",)}",
    "a negative size": "{'descr': '<f4', 'fortran_order': False, 'shape': (-5, 1)}",
    "a truth for a size": "{'descr': '<f4', 'fortran_order': False, 'shape': (True, 5, 1)}",
    "a size beyond memory": "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 99999999999999999999)}",
    "a shape that is no tuple": "{'descr': '<f4', 'fortran_order': False, 'shape': 5}",
    "an unknown dtype": "{'descr': '<q9', 'fortran_order': False, 'shape': (5, 1)}",
    "code": "{'descr': __import__('os').getpid(), 'fortran_order': False, 'shape': (5, 1)}",
    "axes": "{'descr': '<f4', 'fortran_order': False, 'shape': (" + "1," * 3_000 + ")}",
}


@pytest.mark.parametrize("name", HEADERS)
def test_an_absurd_header_is_told_in_our_words(name: str) -> None:
    data = header(HEADERS[name]) + bytes(20)
    path = Path("x.npy")
    path.write_bytes(data)
    found = fault_of("[5, 1]", str(path))
    assert (found.code, found.message) == ("SC605", f"cannot read {path}: its header makes no sense")
    archive = Path("x.npz")
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("x.npy", data)
    found = fault_of("[5, 1]", str(archive))
    assert (found.code, found.message) == ("SC605", f"cannot read {archive}: the header of `x` makes no sense")
    with pytest.raises(Fault, match="the header of `x` makes no sense") as raised:
        read_npz(str(archive), "SC606")
    assert raised.value.diagnostics[0].code == "SC606"


@pytest.mark.parametrize("length", [0, 5, 9, 11, 60])
def test_a_file_that_ends_early(length: int) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.ones((5, 1), "f4"))
    path = Path("x.npy")
    path.write_bytes(buffer.getvalue()[:length])
    words = "it is no .npy file" if length < 6 else "its header makes no sense"
    assert fault_of("[5, 1]", str(path)).message == f"cannot read {path}: {words}"


def test_a_header_longer_than_any_is_not_read() -> None:
    path = Path("x.npz")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", b"\x93NUMPY\2\0" + struct.pack("<I", 2**26) + b" " * 2**26)
    assert fault_of("[5, 1]", str(path)).message == f"cannot read {path}: the header of `x` makes no sense"


def test_a_header_that_promises_more_than_follows() -> None:
    text = "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000)}"
    path = Path("x.npy")
    path.write_bytes(header(text) + bytes(1000))
    words = "3.6 TiB, and 1000 B follow"
    assert fault_of("[1000000]", str(path)).message == f"cannot read {path}: its header promises {words}"
    archive = Path("x.npz")
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("x.npy", header(text) + bytes(1000))
    found = fault_of("[1000000]", str(archive))
    assert found.message == f"cannot read {archive}: the header of `x` promises {words}"


@pytest.mark.parametrize("descr", ["|O", "<c8", "|V4", "<M8[s]", "<U0", "|S3"])
def test_what_is_no_number(descr: str) -> None:
    path = Path("x.npy")
    path.write_bytes(header(f"{{'descr': '{descr}', 'fortran_order': False, 'shape': (5, 1)}}") + bytes(80))
    assert fault_of("[5, 1]", str(path)).message == f"cannot read {path}: it holds no plain numbers"


def test_text_for_numbers_is_refused_before_it_is_read() -> None:
    path = bomb(Path("x.npz"), "(16, 1)", 2**24, "<U262144")
    assert fault_of("[1]", path).message == "the input `input` holds something that is no number"


def test_archives_that_are_none_or_damaged() -> None:
    path = Path("x.npz")
    path.write_bytes(b"hello")
    assert fault_of("[5]", str(path)).message == f"cannot read {path}: it is no .npz file"
    np.savez_compressed(path, x=np.arange(5_000, dtype="f4"))
    data = bytearray(path.read_bytes())
    data[1_000:1_030] = b"\xff" * 30
    path.write_bytes(data)
    assert fault_of("[5000]", str(path)).message == f"cannot read {path}: `x` in it is damaged"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.txt", "no array")
    assert fault_of("[5]", str(path)).message == f"cannot read {path}: `x.txt` in it is no .npy file"


def test_text_is_no_weight() -> None:
    path = Path("w.npz")
    save_npz(str(path), {"dense/bias": np.zeros(2), "dense/kernel": np.array([["a", "b"], ["c", "d"]])})
    with pytest.raises(Fault) as raised:
        read_npz(str(path), "SC606")
    (found,) = raised.value.diagnostics
    assert (found.code, found.message) == ("SC606", f"cannot read {path}: `dense/kernel` in it holds no plain numbers")


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["<f4", ">f8", "|u1", "<i8", "|b1", "<f2", "<U3"])
def test_whatever_numpy_writes_is_read(dtype: str, order: str) -> None:
    array = np.asarray(np.arange(24).reshape(2, 3, 4) % 2, dtype=dtype, order=order)  # type: ignore[call-overload]
    np.save("x.npy", array)
    np.savez_compressed("x.npz", x=array, empty=array[:0], scalar=array[0, 0, 0])
    stored = stored_npy("x.npy", "SC605")
    assert (stored.shape, stored.dtype, stored.nbytes) == ((2, 3, 4), array.dtype, array.nbytes)
    read_back = stored.read()
    assert read_back.dtype == array.dtype
    assert np.array_equal(read_back, array)
    inside = {name: one.read() for name, one in stored_npz("x.npz", "SC605").items()}
    assert np.array_equal(inside["x"], array)
    assert inside["empty"].shape == (0, 3, 4)
    assert inside["scalar"] == array[0, 0, 0]


def test_headers_of_python_2_are_read_without_a_word() -> None:
    path = Path("x.npy")
    path.write_bytes(header("{'descr': '<f4', 'fortran_order': False, 'shape': (1L, 5L, 1L)}") + bytes(20))
    assert read(report_of("[5, 1]"), str(path))[0].shape == (1, 5, 1)
