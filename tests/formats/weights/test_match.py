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
