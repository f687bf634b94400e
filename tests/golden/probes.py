"""What arguments are tried with, by the recorder of `data/arguments.json` and by the test that holds ours to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.golden.cases import Case, families, load

VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, 2, 3, -1, 0.5, 2.0, 1.5, -0.5, "2", "0.5", "", "nonsense",
    [], [1], [2], [0], [1, 1], [2, 2], [2, 1], [0, 1], [1, 1, 1], [2, 2, 2], [1, 1, 1, 1], [-1], [1, -1], [0, 0],
    [0.5], [0.5, 0.5], [0.1, 0.2], [0.5, 0.1], [-0.5, 0.5], [0, 255], [True], [1, 2.0], ["2"], [None], [None, 2],
    [[1, 1]], [[1, 1], [1, 1]], [[1, 1], [1, 1], [1, 1]], [[1], [1]], ["cat", "dog"], [12, 36], {},
)  # fmt: skip
"""What every argument is tried with."""

HOLD_LAYERS = ("layer", "backward_layer", "cell", "cells", "layers")
APART = ("name", "dtype", *HOLD_LAYERS)
"""Arguments that are not tried: names and dtypes have tests of their own, a layer is no plain value."""


def bases(type_name: str, argument: str) -> list[Case]:
    """The accepted golden cases that an argument is put into: the plainest, and two that give the argument too."""
    accepted = [case for case in all_cases(type_name) if not case.get("error") and not case.get("compiled")]
    accepted.sort(key=lambda case: (len(case["config"]), len(case["inputs"]), "mask" in case))
    giving = [case for case in accepted if argument in case["config"]]
    return [*accepted[:1], *(case for case in giving[:2] if case not in accepted[:1])]


def all_cases(type_name: str) -> Iterator[Case]:
    for family in families():
        yield from load(family).CASES.get(type_name, ())


def variants(word: str) -> list[str]:
    """A word in other cases: Keras takes most words in small letters only."""
    return [form for form in dict.fromkeys((word.upper(), word.capitalize(), word.lower())) if form != word]


LOOKED_UP = ("activation", "initializer", "regularizer", "constraint")
"""How arguments end whose words Keras looks up in one table for all types: all are tried on `Dense`, a few else."""
FEW = ("relu", "glorot_uniform", "GlorotUniform", "l2", "max_norm", "MaxNorm", "sum")
USUAL = (
    "valid", "same", "causal", "channels_first", "channels_last", "nearest", "bilinear", "bicubic", "area", "lanczos3",
    "lanczos5", "constant", "reflect", "symmetric", "wrap", "zeros", "concat", "sum", "mul", "ave", "mean", "none",
    "auto", "int", "count", "binary", "one_hot", "multi_hot", "tf_idf", "tf-idf", "dot", "concat", "horizontal",
    "vertical", "hann", "hamming", "blackman", "slaney", "htk", "lower_and_strip_punctuation", "whitespace",
)  # fmt: skip
"""Words that Keras takes somewhere, tried wherever a word may stand, beside those in the sources of the type."""
