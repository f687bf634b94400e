"""Weight files that were made to do harm, or are damaged: each is refused with a code, and none is followed."""

from __future__ import annotations

import io
import json
import struct
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from shapecalc.diagnostics import Diagnostic, Fault
from shapecalc.formats.weights.read import open_weights

MIB = 2**20


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read_all(path: str, limit: int | None = None) -> dict[str, Any]:
    with open_weights(path, limit) as file:
        return {name: weight.read() for name, weight in file.weights.items()}


def refused(path: str, limit: int | None = None) -> Diagnostic:
    """What is said of a file, which takes no memory to speak of."""
    tracemalloc.start()
    try:
        with pytest.raises(Fault) as raised:
            read_all(path, limit)
        assert tracemalloc.get_traced_memory()[1] < 16 * MIB
    finally:
        tracemalloc.stop()
    (found,) = raised.value.diagnostics
    return found


def dense(file: h5py.File) -> h5py.Group:
    """The group of the weights of a layer."""
    group = file.create_group("layers/dense/vars")
    group["0"] = np.ones((2, 3), "float32")
    return group


def external_link(file: h5py.File) -> None:
    dense(file)["1"] = h5py.ExternalLink("secret.h5", "/secret")


def soft_link(file: h5py.File) -> None:
    dense(file)["1"] = h5py.SoftLink("/elsewhere")


def link_to_a_layer(file: h5py.File) -> None:
    dense(file)
    file["layers/dense_1"] = h5py.SoftLink("/layers/dense")


def second_name(file: h5py.File) -> None:
    group = dense(file)
    group["1"] = group["0"]


def ring(file: h5py.File) -> None:
    dense(file)
    file["layers/dense/again"] = file["layers"]


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout(shape=(3,), dtype="float32")
    layout[:] = h5py.VirtualSource("secret.h5", "secret", shape=(3,))
    dense(file).create_virtual_dataset("1", layout)


def external_data(file: h5py.File) -> None:
    dense(file).create_dataset("1", (3,), "float32", external=[("secret.bin", 0, 12)])


def promised(file: h5py.File) -> None:
    dense(file).create_dataset("1", (2**20, 2**20), "float32", chunks=(2**10, 2**10))


def promised_and_squeezed(file: h5py.File) -> None:
    dense(file).create_dataset("1", (2**20, 2**10), "float32", chunks=(2**10, 2**10), compression="gzip")[0, 0] = 1


def promised_in_a_row(file: h5py.File) -> None:
    dense(file).create_dataset("1", (2**40,), "float32")


def large_chunk(file: h5py.File) -> None:
    array = dense(file).create_dataset("1", (4,), "float32", chunks=(2**24,), maxshape=(None,), compression="gzip")
    array[...] = 1


def texts(file: h5py.File) -> None:
    dense(file)["1"] = ["a", "b"]


def records(file: h5py.File) -> None:
    dense(file)["1"] = np.zeros(3, [("a", "f4"), ("b", "f4")])


def references(file: h5py.File) -> None:
    group = dense(file)
    group.create_dataset("1", (1,), h5py.ref_dtype)[0] = group.ref


def ragged(file: h5py.File) -> None:
    dense(file).create_dataset("1", (2,), h5py.vlen_dtype("float32"))


def long_numbers(file: h5py.File) -> None:
    dense(file)["1"] = np.zeros(3, np.longdouble)


def a_dtype(file: h5py.File) -> None:
    dense(file)["1"] = np.dtype("float32")


def empty(file: h5py.File) -> None:
    dense(file).create_dataset("1", data=h5py.Empty("float32"))


def other_compression(file: h5py.File) -> None:
    dense(file).create_dataset("1", data=np.arange(1000), compression="lzf")


def scale_offset(file: h5py.File) -> None:
    dense(file).create_dataset("1", data=np.arange(1000), scaleoffset=0)


def deep(file: h5py.File) -> None:
    file["/".join(["a"] * 60)] = np.ones(3)


def names_of_nothing(file: h5py.File) -> None:
    file.create_group("model_weights").attrs["layer_names"] = [b"dense"]


def weights_of_nothing(file: h5py.File) -> None:
    file.create_group("model_weights/dense").attrs["weight_names"] = [b"dense/kernel:0"]
    file["model_weights"].attrs["layer_names"] = [b"dense"]


def names_out_of_the_group(file: h5py.File) -> None:
    file["secret"] = np.ones(3, "float32")
    file.create_group("model_weights/dense").attrs["weight_names"] = [b"../../secret"]
    file["model_weights"].attrs["layer_names"] = [b"dense"]


def names_of_numbers(file: h5py.File) -> None:
    file.create_group("model_weights").attrs["layer_names"] = np.arange(5)


PROMISES = "and 0 B are stored"
HDF5: dict[Callable[[h5py.File], None], tuple[str, str]] = {
    external_link: ("SC613", "`layers/dense/vars/1` links to `/secret` of the file `secret.h5`"),
    soft_link: ("SC613", "`layers/dense/vars/1` links to `/elsewhere`"),
    link_to_a_layer: ("SC613", "`layers/dense_1` links to `/layers/dense`"),
    second_name: ("SC613", "`layers/dense/vars/1` stands in it under two names"),
    ring: ("SC613", "`layers/dense/again` stands in it under two names"),
    virtual: ("SC613", "`layers/dense/vars/1` is put together from other arrays"),
    external_data: ("SC613", "`layers/dense/vars/1` is kept in the file `secret.bin`"),
    promised: ("SC614", f"`layers/dense/vars/1` promises 4.0 TiB, {PROMISES}"),
    promised_and_squeezed: ("SC614", "`layers/dense/vars/1` promises 4.0 GiB, and 4.0 KiB are stored"),
    promised_in_a_row: ("SC614", f"`layers/dense/vars/1` promises 4.0 TiB, {PROMISES}"),
    large_chunk: ("SC614", "`layers/dense/vars/1` has 16 B, in pieces of 64.0 MiB"),
    texts: ("SC606", "`layers/dense/vars/1` holds no plain numbers"),
    records: ("SC606", "`layers/dense/vars/1` holds no plain numbers"),
    references: ("SC606", "`layers/dense/vars/1` holds no plain numbers"),
    ragged: ("SC606", "`layers/dense/vars/1` holds no plain numbers"),
    long_numbers: ("SC606", "`layers/dense/vars/1` holds no plain numbers"),
    a_dtype: ("SC606", "`layers/dense/vars/1` in it is no array"),
    empty: ("SC606", "`layers/dense/vars/1` holds no plain numbers"),
    other_compression: ("SC606", "`layers/dense/vars/1` is compressed in a way that Keras does not write"),
    scale_offset: ("SC606", "`layers/dense/vars/1` is compressed in a way that Keras does not write"),
    deep: ("SC602", "its groups are nested more than 32 deep"),
    names_of_nothing: ("SC606", "the layer `dense` that it lists is not in it"),
    weights_of_nothing: ("SC606", "the weight `dense/kernel:0` that it lists is not in it"),
    names_out_of_the_group: ("SC606", "the weight `../../secret` that it lists is not in it"),
    names_of_numbers: ("SC606", "its `layer_names` are no names"),
}


@pytest.fixture(autouse=True)
def _beside_a_secret(_in_a_folder_of_its_own: None) -> None:
    with h5py.File("secret.h5", "w") as file:
        file["secret"] = np.ones(3, "float32")
    Path("secret.bin").write_bytes(bytes(12))


@pytest.mark.parametrize("make", HDF5, ids=lambda make: make.__name__)
@pytest.mark.parametrize("wrapped", [False, True], ids=["h5", "keras"])
def test_hdf5_that_is_refused(make: Callable[[h5py.File], None], wrapped: bool) -> None:
    with h5py.File("x.weights.h5", "w") as file:
        make(file)
    path = "x.weights.h5"
    if wrapped:
        path = "x.keras"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("config.json", "{}")
            archive.write("x.weights.h5", "model.weights.h5")
    found = refused(path)
    code, reason = HDF5[make]
    assert (found.code, found.message) == (code, f"cannot read {path}: {reason}")


def test_a_sound_file_is_read() -> None:
    with h5py.File("x.h5", "w") as file:
        dense(file)
    assert {name: array.tolist() for name, array in read_all("x.h5").items()} == {"layers/dense/vars/0": [[1] * 3] * 2}


def test_a_text_that_claims_to_be_longer_than_any_is_not_read() -> None:
    """HDF5 itself would allocate what is claimed: four gigabytes at most."""
    with h5py.File("x.h5", "w") as file:
        dense(file).attrs["name"] = "dense"
    data = Path("x.h5").read_bytes()
    heap = data.index(b"GCOL")
    for claimed, code in ((2**32 - 1, "SC614"), (2**20, None)):
        changed = data.replace(struct.pack("<IQI", 5, heap, 1), struct.pack("<IQI", claimed, heap, 1))
        assert changed != data
        Path("x.h5").write_bytes(changed)
        if code is None:
            with open_weights("x.h5") as opened:
                assert opened.layers[0].names == ("dense",)
        else:
            assert (refused("x.h5").code, refused("x.h5").message[-32:]) == (code, " texts in it are longer than any")


def test_one_limit_counts_the_whole_file() -> None:
    with h5py.File("x.h5", "w") as file:
        for number in range(4):
            file[f"layers/dense_{number}/vars/0"] = np.zeros(MIB // 4, "float32")
    np.savez("x.npz", *(np.zeros(MIB // 4, "float32") for _ in range(4)))
    write_safetensors("x.safetensors", {str(number): (MIB // 4,) for number in range(4)})
    for path in ("x.h5", "x.npz", "x.safetensors"):
        assert len(read_all(path, 4 * MIB)) == 4
        found = refused(path, 3 * MIB)
        assert found.code == "SC603"
        assert found.message == f"{path} unpacks to 4.0 MiB, more than the 3.0 MiB allowed"
        assert found.help == "raise `--max-memory`"


def test_compressed_arrays_are_counted_by_what_they_unpack_to() -> None:
    with h5py.File("x.h5", "w") as file:
        for number in range(64):
            file.create_dataset(f"{number}", data=np.zeros(2**18, "float32"), chunks=(2**18,), compression="gzip")
    assert refused("x.h5", 16 * MIB).code == "SC603"


def archive(path: str, members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> str:
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


def hdf5_bytes() -> bytes:
    whole = io.BytesIO()
    with h5py.File(whole, "w") as file:
        dense(file)
    return whole.getvalue()


OUT = "would lie outside the archive"
ARCHIVES: dict[str, tuple[dict[str, bytes], str, str]] = {
    "a member above": ({"config.json": b"{}", "../x": b""}, "SC613", f"its member `../x` {OUT}"),
    "a member within above": ({"config.json": b"{}", "a/../../x": b""}, "SC613", f"its member `a/../../x` {OUT}"),
    "a member from the top": ({"config.json": b"{}", "/x": b""}, "SC613", f"its member `/x` {OUT}"),
    "a member of Windows": ({"config.json": b"{}", "C:\\x": b""}, "SC613", f"its member `C:\\x` {OUT}"),
    "no weights": ({"config.json": b"{}"}, "SC606", "it has no weights"),
    "pickled": (
        {"config.json": b"{}", "model.weights.npz": b""},
        "SC606",
        "its weights are pickled, and would run code",
    ),
    "no HDF5": ({"config.json": b"{}", "model.weights.h5": b"hello"}, "SC606", "the HDF5 file is damaged"),
    "half of it": ({"model.weights.h5": hdf5_bytes()[:900]}, "SC606", "the HDF5 file is damaged"),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_archives_that_are_refused(name: str) -> None:
    members, code, reason = ARCHIVES[name]
    found = refused(archive("x.keras", members))
    assert (found.code, found.message) == (code, f"cannot read x.keras: {reason}")


def test_an_archive_that_unpacks_to_too_much() -> None:
    archive("x.keras", {"model.weights.h5": bytes(64 * MIB)}, zipfile.ZIP_DEFLATED)
    found = refused("x.keras", 32 * MIB)
    assert found.code == "SC603"
    assert found.message == "cannot read x.keras: its weights unpack to 64.0 MiB, more than the 32.0 MiB allowed"
    data = bytearray(Path("x.keras").read_bytes())
    directory = data.rindex(b"PK\1\2")
    data[directory + 24 : directory + 28] = struct.pack("<I", 2**31)
    Path("x.keras").write_bytes(data)
    assert refused("x.keras").message == "cannot read x.keras: the archive promises more than can be in it"


def write_safetensors(path: str, shapes: dict[str, tuple[int, ...]]) -> None:
    entries, place = {}, 0
    for name, shape in shapes.items():
        size = 4 * int(np.prod(shape))
        entries[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [place, place + size]}
        place += size
    header(path, entries, bytes(place))


def header(path: str, entries: Any, data: bytes, length: int | None = None) -> None:
    text = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
    Path(path).write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)


def entry(begin: Any, end: Any, shape: Any = (2,), dtype: Any = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": list(shape) if isinstance(shape, tuple) else shape, "data_offsets": [begin, end]}


NONSENSE = "the header's entry of `a` makes no sense"
OTHER = "`a` has other bytes than its shape takes"
SAFETENSORS: dict[str, tuple[Any, str, str]] = {
    "text": (b"{not JSON}", "SC606", "its header is no JSON"),
    "bytes": (b"{\xff\xfe}", "SC606", "its header is no JSON"),
    "a list": ({"a": [1, 2]}, "SC606", NONSENSE),
    "no offsets": ({"a": {"dtype": "F32", "shape": [2]}}, "SC606", NONSENSE),
    "one offset": ({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0]}}, "SC606", NONSENSE),
    "a negative size": ({"a": entry(0, 8, (-2,))}, "SC606", NONSENSE),
    "a truth": ({"a": entry(False, 8)}, "SC606", NONSENSE),
    "a size beyond all": ({"a": entry(0, 8, (2**70,))}, "SC606", NONSENSE),
    "many axes": ({"a": entry(0, 8, (1,) * 99)}, "SC606", NONSENSE),
    "sizes that are not its bytes": ({"a": entry(0, 8, (2**20, 2**20))}, "SC606", OTHER),
    "from end to begin": ({"a": entry(0, -8)}, "SC606", NONSENSE),
    "a hole": (
        {"a": entry(0, 8), "b": entry(12, 20)}, "SC606", "the numbers of `b` do not begin where those before end",
    ),
    "the same bytes twice": (
        {"a": entry(0, 8), "b": entry(0, 8)}, "SC606", "the numbers of `b` do not begin where those before end",
    ),
    "overlapping": (
        {"a": entry(0, 8), "b": entry(4, 12)}, "SC606", "the numbers of `b` do not begin where those before end",
    ),
    "out of the file": ({"a": entry(0, 2**40, (2**38,))}, "SC614", "the numbers of `a` end behind the file"),
    "another dtype": ({"a": entry(0, 2, (2,), "F8_E5M2")}, "SC606", "`a` has the dtype F8_E5M2, which NumPy has not"),
    "no dtype": ({"a": entry(0, 2, (2,), ["F32"])}, "SC606", "`a` has the dtype ['F32'], which NumPy has not"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAFETENSORS)
def test_safetensors_that_are_refused(name: str) -> None:
    entries, code, reason = SAFETENSORS[name]
    header("x.safetensors", entries, bytes(20))
    found = refused("x.safetensors")
    assert (found.code, found.message) == (code, f"cannot read x.safetensors: {reason}")


def test_a_header_longer_than_any_is_not_read() -> None:
    with open("x.safetensors", "wb") as file:
        file.write(struct.pack("<Q", 2**33) + b"{")
        file.truncate(2**34)
    assert refused("x.safetensors").message == "cannot read x.safetensors: its header is longer than any"
    header("x.safetensors", {"a": entry(0, 8)}, bytes(8), length=2**62)
    assert refused("x.safetensors").message.startswith("cannot read x.safetensors: it is no weight file")


def test_numbers_of_any_dtype_are_read() -> None:
    values = np.array([1.5, -2.0, 0.0], "float32")
    parts = {
        "BF16": (values.view("uint32") >> 16).astype("<u2").tobytes(),
        "F16": values.astype("<f2").tobytes(),
        "F32": values.astype("<f4").tobytes(),
        "F64": values.astype("<f8").tobytes(),
        "I8": values.astype("i1").tobytes(),
    }
    entries, data = {}, b""
    for dtype, part in parts.items():
        entries[dtype] = entry(len(data), len(data) + len(part), (3,), dtype)
        data += part
    header("x.safetensors", {"__metadata__": {"format": "np"}, **entries}, data)
    read = read_all("x.safetensors")
    assert {dtype: array.tolist() for dtype, array in read.items() if dtype != "I8"} == {
        dtype: [1.5, -2.0, 0.0] for dtype in ("BF16", "F16", "F32", "F64")
    }
    assert read["I8"].tolist() == [1, -2, 0]


def test_pickles_are_not_read() -> None:
    np.savez("x.npz", a=np.array([{"a": 1}], object))
    found = refused("x.npz")
    assert (found.code, found.message) == ("SC606", "cannot read x.npz: `a` in it holds no plain numbers")
    np.save("x.npy", np.array([{"a": 1}], object))
    assert refused("x.npy").message.startswith("cannot read x.npy: it is no weight file")


@pytest.mark.parametrize("data", [b"", b"PK", b"hello", b"\x89HDF\r\n\x1a\n", b"\x89HDF\r\n\x1a\n" + bytes(600)])
def test_what_is_no_weight_file(data: bytes) -> None:
    Path("x.h5").write_bytes(data)
    found = refused("x.h5")
    assert found.code == "SC606"
    assert found.message.startswith("cannot read x.h5: ")


def test_bytes_changed_at_random_are_told_in_our_words() -> None:
    """Whatever stands in a file, it is read or refused; HDF5 and zip have no list of what they may raise."""
    whole = io.BytesIO()
    with h5py.File(whole, "w") as file:
        dense(file).attrs["name"] = "dense"
        file["layers/lstm/cell/vars/0"] = np.ones((4, 4), "float32")
    sound = whole.getvalue()
    random = np.random.default_rng(7)
    outcomes = set()
    for _ in range(300):
        data = bytearray(sound)
        for place in random.integers(0, len(data), random.integers(1, 8)):
            data[place] = random.integers(0, 256)
        Path("x.h5").write_bytes(data)
        try:
            read_all("x.h5", 16 * MIB)
            outcomes.add("read")
        except Fault as fault:
            outcomes.add(fault.diagnostics[0].code)
    assert {"read", "SC606"} <= outcomes
    assert outcomes <= {"read", "SC602", "SC603", "SC606", "SC613", "SC614"}


def test_without_h5py_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("x.h5").write_bytes(hdf5_bytes())
    monkeypatch.setitem(sys.modules, "h5py", None)
    found = refused("x.h5")
    assert found.message == "cannot read x.h5: it is an HDF5 file, and h5py is not installed"
    assert found.help == "pip install 'shapecalc-cli[h5]'"
