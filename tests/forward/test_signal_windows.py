"""Windows have the names and the values that scipy gives Keras."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapecalc.forward.signal_windows import make_window
from shapecalc.layers.audio import WINDOWS, STFTSpectrogram

RECORDED: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "golden" / "data" / "windows.json").read_text(encoding="utf-8")
)
KINDS = [(length, periodic) for length in (1, 2, 7, 8) for periodic in (False, True)]


def test_the_names_are_scipys() -> None:
    assert set(WINDOWS) == set(RECORDED)


@pytest.mark.parametrize("name", RECORDED)
def test_the_values_are_scipys(name: str) -> None:
    for (length, periodic), values in zip(KINDS, RECORDED[name], strict=True):
        window, one_period = STFTSpectrogram(window=name, periodic=periodic).named_window
        np.testing.assert_allclose(make_window(window, length, one_period), values, atol=1e-11)


@pytest.mark.parametrize(("ending", "periodic"), [("_periodic", True), ("_symmetric", False)])
def test_an_ending_overrules_the_argument(ending: str, periodic: bool) -> None:
    assert STFTSpectrogram(window=f"sinc{ending}", periodic=not periodic).named_window == ("lanczos", periodic)


@pytest.mark.parametrize(
    ("name", "plain"),
    [("hann", np.hanning), ("hamming", np.hamming), ("blackman", np.blackman), ("bartlett", np.bartlett)],
)
def test_common_windows_are_numpys(name: str, plain: Any) -> None:
    np.testing.assert_allclose(make_window(name, 9, periodic=False), plain(9), atol=1e-12)
    np.testing.assert_allclose(make_window(name, 8, periodic=True), plain(9)[:8], atol=1e-12)
    assert make_window("boxcar", 3, periodic=False).tolist() == [1, 1, 1]
