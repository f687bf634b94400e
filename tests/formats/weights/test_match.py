"""Weights of files found for those of models."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from shapecalc.analysis.analyse import analyse
from shapecalc.analysis.report import Report
from shapecalc.formats.weights.match import Match, match_weights
from shapecalc.formats.weights.read import open_weights
from shapecalc.model.load import Library

TWO = "input: [2]\nlayers:\n  - Dense: {units: 3}\n  - Dense: {units: 2}\n"


def report_of(text: str) -> Report:
    report = analyse(Library().parse(text, "model.yaml"))
    assert report.ok
    return report


def write(path: Path, arrays: dict[str, tuple[int, ...]], names: dict[str, str] | None = None) -> None:
    """An HDF5 file of ones, with the names of the layers whose groups are given."""
    with h5py.File(path, "w") as file:
        for name, shape in arrays.items():
            file[name] = np.ones(shape, "float32")
        for group, name in (names or {}).items():
            file[group].attrs["name"] = name


def matched(text: str, path: Path, names: dict[str, str] | None = None) -> Match:
    with open_weights(str(path)) as file:
        return match_weights(report_of(text), file, names)


@pytest.mark.parametrize("named", [("dense_6", "dense_7"), ("dense_1", "dense_2"), ("dense", "dense_1"), None])
def test_layers_are_told_by_their_place_where_automatic_names_have_moved_on(
    tmp_path: Path, named: tuple[str, str] | None
) -> None:
    groups = ("layers/dense", "layers/dense_1")
    arrays = {"layers/dense/vars/0": (2, 3), "layers/dense/vars/1": (3,)}
    arrays |= {"layers/dense_1/vars/0": (3, 2), "layers/dense_1/vars/1": (2,)}
    path = tmp_path / "w.h5"
    write(path, arrays, None if named is None else {f"{a}/vars": b for a, b in zip(groups, named, strict=True)})
    match = matched(TWO, path)
    assert match.is_complete
    assert match.by_order == []
    assert match.names == dict(
        zip(("dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"), arrays, strict=True)
    )


def flat(tmp_path: Path, shapes: dict[str, tuple[int, ...]]) -> Path:
    path = tmp_path / "w.npz"
    np.savez(path, **{name: np.ones(shape, "float32") for name, shape in shapes.items()})  # type: ignore[arg-type]
    return path


RECURRENT = "input: [5, 2]\nlayers:\n  - LSTM: {units: 3}\n  - Dense: {units: 3, name: out}\n"
SHAPES = {"kernel": (2, 12), "recurrent_kernel": (3, 12), "bias": (12,)}


@pytest.mark.parametrize(
    ("lstm", "dense", "ending"),
    [
        ("lstm/", "out/", ""),
        ("lstm/lstm_cell/", "out/", ""),
        ("lstm/lstm_cell_4/", "out/", ":0"),
        ("lstm.", "out.", ""),
    ],
)
def test_the_ways_to_write_a_path(tmp_path: Path, lstm: str, dense: str, ending: str) -> None:
    shapes = {f"{lstm}{name}{ending}": shape for name, shape in SHAPES.items()}
    path = flat(tmp_path, {f"{dense}bias{ending}": (3,), f"{dense}kernel{ending}": (3, 3)} | shapes)
    match = matched(RECURRENT, path)
    assert (match.is_complete, match.by_order) == (True, [])
    assert match.names["lstm/recurrent_kernel"] == f"{lstm}recurrent_kernel{ending}"
    assert match.names["out/bias"] == f"{dense}bias{ending}"


def test_all_in_order_where_all_shapes_are_the_same(tmp_path: Path) -> None:
    path = flat(tmp_path, {f"arr_{at}": shape for at, shape in enumerate([*SHAPES.values(), (3, 3), (3,)])})
    match = matched(RECURRENT, path)
    assert match.is_complete
    assert match.by_order == list(match.names)
    assert list(match.names.values()) == [f"arr_{at}" for at in range(5)]


def test_what_could_be_one_of_two_is_matched_with_neither(tmp_path: Path) -> None:
    text = "input: [3]\nlayers:\n  - Dense: {units: 3, name: a}\n  - Dense: {units: 3, name: b}\n"
    path = flat(tmp_path, {"c/kernel": (3, 3), "c/bias": (3,)})
    match = matched(text, path)
    assert match.names == {}
    assert list(match.missing) == ["a/kernel", "a/bias", "b/kernel", "b/bias"]
    assert match.unexpected == ["c/kernel", "c/bias"]


def test_layers_with_other_names_are_told_by_their_weights(tmp_path: Path) -> None:
    shapes = {"out/kernel": (3, 3), "out/bias": (3,)} | {f"memory/{name}": shape for name, shape in SHAPES.items()}
    match = matched(RECURRENT, flat(tmp_path, shapes | {"extra/gamma": (9,)}))
    assert match.by_order == ["lstm/kernel", "lstm/recurrent_kernel", "lstm/bias"]
    assert match.names["lstm/bias"] == "memory/bias"
    assert match.unexpected == ["extra/gamma"]


def test_a_name_that_is_given_comes_before_all_others(tmp_path: Path) -> None:
    shapes = {"dense/kernel": (3, 2), "dense/bias": (2,), "dense_1/kernel": (2, 3), "dense_1/bias": (3,)}
    match = matched(TWO, flat(tmp_path, shapes), {"dense": "dense_1", "dense_1": "dense"})
    assert match.is_complete
    assert match.names["dense/kernel"] == "dense_1/kernel"


def test_blocks_that_were_opened_are_told_by_name_or_by_place(tmp_path: Path) -> None:
    text = (
        "input: [4]\nblocks:\n  B: {layers: [{Dense: {units: 4}}]}\n"
        "layers:\n  - B: {}\n    repeat: 2\n  - Dense: {units: 4}\n"
    )
    arrays: dict[str, tuple[int, ...]] = {f"layers/{group}/vars/0": (4, 4) for group in ("dense", "dense_1", "dense_2")}
    arrays |= {f"layers/{group}/vars/1": (4,) for group in ("dense", "dense_1", "dense_2")}
    wanted = {"b/0/dense/bias": "layers/dense/vars/1", "b/1/dense/bias": "layers/dense_1/vars/1"}
    names = {"layers/dense/vars": "b_0_dense", "layers/dense_1/vars": "b_1_dense", "layers/dense_2/vars": "dense"}
    for given in (names, None):
        write(tmp_path / "w.h5", arrays, given)
        match = matched(text, tmp_path / "w.h5")
        assert (match.is_complete, match.by_order) == (True, [])
        assert match.names["dense/bias"] == "layers/dense_2/vars/1"
        assert {path: match.names[path] for path in wanted} == wanted


def test_names_of_pytorch_are_never_matched_by_order(tmp_path: Path) -> None:
    match = matched("input: [2]\nlayers: [{Dense: {units: 2}}]\n", flat(tmp_path, {"0.weight": (2, 2), "0.bias": (2,)}))
    assert match.names == {}


def write_legacy(path: Path, layers: dict[str, dict[str, tuple[int, ...]]]) -> None:
    """A file as Keras 2 writes one: by layer the names of its weights."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name in layers]
        for layer, weights in layers.items():
            group = file.create_group(layer)
            group.attrs["weight_names"] = [name.encode() for name in weights]
            for name, shape in weights.items():
                group[name] = np.ones(shape, "float32")


def test_a_model_within_a_model_keeps_the_ends_of_paths(tmp_path: Path) -> None:
    text = (
        "input: [5, 2]\nblocks:\n  E: {layers: [{Bidirectional: {layer: {LSTM: {units: 3}}}}]}\n"
        "layers:\n  - E: {name: encoder}\n  - Dense: {units: 1}\n"
    )
    ways = {f"{way}_lstm/lstm_cell/{name}:0": SHAPES[name] for way in ("forward", "backward") for name in SHAPES}
    path = tmp_path / "w.h5"
    write_legacy(path, {"encoder": ways, "dense_4": {"dense_4/kernel:0": (6, 1), "dense_4/bias:0": (1,)}})
    match = matched(text, path)
    assert match.is_complete
    assert match.names["dense/bias"] == "dense_4/dense_4/bias:0"
    for way in ("forward", "backward"):
        found = match.names[f"encoder/bidirectional/{way}_lstm/kernel"]
        assert found == f"encoder/{way}_lstm/lstm_cell/kernel:0"


def test_names_come_before_an_order_that_fits_too(tmp_path: Path) -> None:
    text = (
        "inputs: {a: [4, 3], b: [3]}\nblocks:\n  N: {layers: [{Dense: {units: 3}}, ReLU]}\nlayers:\n"
        "  - TimeDistributed: {layer: N, name: steps}\n    from: a\n"
        "  - N: {name: single}\n    from: b\noutputs: [steps, single]\n"
    )
    weights: dict[str, tuple[int, ...]] = {"dense/kernel": (3, 3), "dense/bias": (3,)}
    path = tmp_path / "w.h5"
    for layers in ({"steps": weights, "single": weights}, {"single": weights, "steps": weights}):
        write_legacy(path, layers)
        match = matched(text, path)
        assert match.is_complete
        assert match.names["single/dense/kernel"] == "single/dense/kernel"
        assert match.names["steps/n/dense/kernel"] == "steps/dense/kernel"
