"""`--input` texts to arrays."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.report import Report
from shapecalc.diagnostics import Fault
from shapecalc.formats.arrays import Array, read_npz, save_npz, stored_npy, stored_npz
from shapecalc.formats.inputs import read_inputs
from shapecalc.model.load import Library


def report_of(shape: str, dtype: str = "float32") -> Report:
    text = f"input: {{shape: {shape}, dtype: {dtype}}}\nlayers: [Flatten]"
    report = analyse(Library().parse(text, "model.yaml"))
    assert report.ok
    return report


def no_sample(kind: str) -> dict[str, Array]:
    raise AssertionError(kind)


def read(report: Report, *texts: str) -> tuple[Array, list[str]]:
    inputs = read_inputs(report, texts, no_sample)
    (array,) = inputs.arrays.values()
    return array, inputs.notes


@pytest.mark.parametrize(
    ("shape", "text", "wanted", "note"),
    [
        ("[5, 1]", "[[[1],[2],[3],[4],[5]]]", (1, 5, 1), ""),
        ("[5, 1]", "[1,2,3,4,5]", (1, 5, 1), "(5,) reshaped to (1, 5, 1), one sample"),
        ("[5, 1]", "[[1],[2],[3],[4],[5]]", (1, 5, 1), "(5, 1) reshaped to (1, 5, 1), one sample"),
        ("[5, 1]", "[[1,2,3,4,5],[1,2,3,4,5]]", (2, 5, 1), "(2, 5) reshaped to (2, 5, 1), 2 samples"),
        ("[T, 1]", "[1,2,3]", (1, 3, 1), "(3,) reshaped to (1, 3, 1), one sample"),
        ("[null]", "[1,2,3]", (1, 3), "(3,) reshaped to (1, 3), one sample"),
        ("[2, 3]", "[1,2,3,4,5,6]", (1, 2, 3), "(6,) reshaped to (1, 2, 3), one sample"),
        ("[1, 1]", "7", (1, 1, 1), "() reshaped to (1, 1, 1), one sample"),
        ("[1]", "[1,2,3]", (3, 1), "(3,) reshaped to (3, 1), 3 samples"),
    ],
)
def test_one_reading_is_taken_and_told(shape: str, text: str, wanted: tuple[int, ...], note: str) -> None:
    array, notes = read(report_of(shape), text)
    assert array.shape == wanted
    assert array.dtype == np.float32
    assert notes == ([f"input `input`: {note}"] if note else [])


@pytest.mark.parametrize(
    ("shape", "text", "message", "help"),
    [
        ("[5, 1]", "[1,2,3]", "the input `input` has the shape (3,), which does not fit", "wanted is (None, 5, 1), "),
        (
            "[S, T]",
            "[1,2,3]",
            "the input `input` has the shape (3,), which does not fit",
            "wanted is (None, S, T), the batch axis first; it could be (1, 3, 1) or (1, 1, 3)",
        ),
        ("[2]", "[[1,2],[3]]", "the input `input` is ragged: its lists have different lengths", ""),
        ("[2]", '["a","b"]', "the input `input` holds something that is no number", ""),
        ("[2]", "[1,", "the input is not JSON: [1,", "write numbers as `[0.1, 0.2]`"),
        ("[2]", "[" * 50_000, "the input is too much: the JSON nests too deep", "feed a"),
        ("[2]", "data.txt", "the input is not JSON: data.txt", "write numbers as"),
        ("[2]", "inptu=[1,2]", "the model has no input `inptu`", "did you mean `input`?"),
        ("[2]", '{"a": [1], "b": [2]}', "the model has no input `a`", "the inputs are input"),
        ("[2]", "missing.npy", "cannot read missing.npy: No such file or directory", ""),
        ("[2]", "missing.npz", "cannot read missing.npz: No such file or directory", ""),
        ("[2]", "missing.json", "cannot read missing.json: No such file or directory", ""),
    ],
)
def test_anything_else_is_sc605(shape: str, text: str, message: str, help: str) -> None:
    with pytest.raises(Fault) as raised:
        read(report_of(shape), text)
    (found,) = raised.value.diagnostics
    assert found.code == "SC605"
    assert found.message.startswith(message)
    assert (found.help or "").startswith(help)


@pytest.mark.parametrize(
    ("dtype", "text", "message"),
    [
        ("int32", "[1.5, 2]", "the input `input` is of int32, and 1.5 is not"),
        ("uint8", "[1, 256]", "the input `input` is of uint8, and 256 is not"),
        ("int8", "[1e30, 1]", "the input `input` is of int8, and 1e+30 is not"),
    ],
)
def test_no_number_is_changed_by_the_dtype(dtype: str, text: str, message: str) -> None:
    with pytest.raises(Fault) as raised:
        read(report_of("[2]", dtype), text)
    assert raised.value.diagnostics[0].message == message


def test_whole_floats_are_integers() -> None:
    array, _ = read(report_of("[2]", "int32"), "[1.0, 2.0]")
    assert array.dtype == np.int32
    assert array.tolist() == [[1, 2]]


TWO = "inputs: {a: [T, 3], b: [T, 3]}\nlayers:\n  - Add:\n    from: [a, b]\n"


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (("a=[[[1,2,3]]]",), "the input `b` is not given"),
        (("[1,2,3]",), "the model has several inputs, so each needs its name"),
        (("a=[1,2,3]", "a=[1,2,3]"), "the input `a` is given twice"),
        (("a=[[[1,2,3]]]", "b=[[[1,2,3]],[[1,2,3]]]"), "the batch is 1 in the input `a` and 2 in `b`"),
        (("a=[[1,2,3]]", "b=[[1,2,3],[1,2,3]]"), "`T` is 1 in the input `a` and 2 in `b`"),
    ],
)
def test_several_inputs_agree(texts: tuple[str, ...], message: str) -> None:
    report = analyse(Library().parse(TWO, "model.yaml"))
    with pytest.raises(Fault) as raised:
        read_inputs(report, texts, no_sample)
    assert raised.value.diagnostics[0].message == message


def test_json_from_a_file_and_from_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.json").write_text("[[1, 2]]")
    assert read(report_of("[2]"), str(tmp_path / "x.json"))[0].tolist() == [[1, 2]]
    monkeypatch.setattr("sys.stdin", io.StringIO("[[3, 4]]"))
    assert read(report_of("[2]"), "-")[0].tolist() == [[3, 4]]


class Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return open, (str(Path(__file__).parent / "bomb"), "w")  # type: ignore[return-value]


def test_pickles_are_not_opened(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(pickle.dumps(Bomb()))
    np.save(tmp_path / "b.npy", np.array([Bomb()], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "c.npz", x=np.array([Bomb()], dtype=object))
    for path in ("a.npy", "b.npy"):
        with pytest.raises(Fault, match="cannot read"):
            stored_npy(str(tmp_path / path), "SC605")
    with pytest.raises(Fault, match="cannot read"):
        stored_npz(str(tmp_path / "c.npz"), "SC605")
    assert not (Path(__file__).parent / "bomb").exists()


def test_a_header_that_promises_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    with path.open("wb") as file:
        header = {"descr": "<f4", "fortran_order": False, "shape": (10**12,)}
        np.lib.format.write_array_header_1_0(file, header)
    with pytest.raises(Fault, match="cannot read"):
        stored_npy(str(path), "SC605")


def test_archives_that_are_damaged_or_unpack_to_too_much(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez_compressed(path, x=np.zeros(10**6))
    with pytest.raises(Fault, match=r"unpacks to 7.6 MiB, more than the 1.0 MiB allowed"):
        read_npz(str(path), "SC606", 2**20)
    data = bytearray(path.read_bytes())
    data[60:90] = b"\xff" * 30
    path.write_bytes(data)
    with pytest.raises(Fault, match="cannot read"):
        read_npz(str(path), "SC606")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.txt", "no array")
    with pytest.raises(Fault, match=r"`x\.txt` in it is no \.npy file"):
        read_npz(str(path), "SC606")


def test_outputs_are_saved_in_order_under_any_name(tmp_path: Path) -> None:
    arrays = {"z": np.arange(3), "file": np.ones(2), "a/b": np.zeros((2, 2))}
    save_npz(str(tmp_path / "y.npz"), arrays)
    read_back = read_npz(str(tmp_path / "y.npz"), "SC606")
    assert list(read_back) == list(arrays)
    assert all(np.array_equal(read_back[name], array) for name, array in arrays.items())


def test_only_the_reason_is_told_of_a_hostile_array(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    path.write_bytes(pickle.dumps([1, 2]))
    with pytest.raises(Fault, match=r"it is no \.npy file"):
        stored_npy(str(path), "SC605")
    with path.open("wb") as file:
        header = {"descr": "<f4", "fortran_order": False, "shape": (10**6, 10**6, 10**7)}
        np.lib.format.write_array_header_1_0(file, header)
    with pytest.raises(Fault, match=r"its header promises 35,527\.1 PiB, and 0 B follow"):  # and no RuntimeWarning
        stored_npy(str(path), "SC605")


def test_json_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(b"\xef\xbb\xbf[1, 2]")
    assert read(report_of("[2]"), str(path))[0].tolist() == [[1, 2]]


def test_a_pipe_is_written_to_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        save_npz(str(path), {"y": np.arange(3)})
        data = os.read(reader, 65536)
    finally:
        os.close(reader)
    assert path.is_fifo()
    with np.load(io.BytesIO(data)) as saved:
        assert saved["y"].tolist() == [0, 1, 2]
    save_npz(os.devnull, {"y": np.arange(3)})
    assert Path(os.devnull).is_char_device()


def test_a_weight_file_far_larger_than_the_model_is_not_unpacked(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.npz"
    np.savez_compressed(bomb, kernel=np.zeros(2**22, np.float32))
    with pytest.raises(Fault) as caught:
        read_npz(str(bomb), "SC606", None, wanted=100)
    (found,) = caught.value.diagnostics
    assert found.code == "SC606"
    assert found.message.endswith(": it unpacks to 16.0 MiB, and 100 B are wanted")
    assert read_npz(str(bomb), "SC606", None, wanted=2**23)["kernel"].size == 2**22
