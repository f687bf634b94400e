"""How weights start: what each initializer promises of its values."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from shapecalc.forward.initializers import count_fans, make_initial
from shapecalc.forward.weights import Weights, WeightStore

SHAPE = (3, 3, 40, 60)
FAN_IN, FAN_OUT = 360.0, 540.0
VARIANCES = {
    "glorot_uniform": 2 / (FAN_IN + FAN_OUT),
    "glorot_normal": 2 / (FAN_IN + FAN_OUT),
    "he_uniform": 2 / FAN_IN,
    "he_normal": 2 / FAN_IN,
    "lecun_uniform": 1 / FAN_IN,
    "lecun_normal": 1 / FAN_IN,
    "random_normal": 0.05**2,
    "random_uniform": 0.1**2 / 12,
}


def drawn(initializer: Any, shape: tuple[int, ...] = SHAPE) -> Any:
    return make_initial(initializer, shape, np.random.default_rng(7))


def test_the_fans_count_the_window() -> None:
    assert (count_fans(SHAPE), count_fans((4, 5)), count_fans((6,)), count_fans(())) == (
        (FAN_IN, FAN_OUT),
        (4, 5),
        (6, 6),
        (1, 1),
    )


@pytest.mark.parametrize("name", VARIANCES)
def test_the_variance_is_what_the_name_says(name: str) -> None:
    values = drawn(name)
    assert values.shape == SHAPE
    assert values.dtype == np.float32
    assert abs(values.mean()) < 0.02 * math.sqrt(VARIANCES[name]) + 1e-4
    assert values.var() == pytest.approx(VARIANCES[name], rel=0.02)


def test_a_uniform_value_stays_within_its_limits() -> None:
    values = drawn(("random_uniform", (("maxval", 3.0), ("minval", 1.0))))
    assert values.min() >= 1
    assert values.max() <= 3
    assert values.mean() == pytest.approx(2, abs=0.01)


def test_a_truncated_value_is_within_two_deviations() -> None:
    values = drawn(("truncated_normal", (("mean", 1.0), ("stddev", 0.5))))
    assert np.abs(values - 1).max() <= 1.0001
    assert values.mean() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("shape", [(6, 6), (8, 3), (3, 8), (2, 3, 4), (300, 290), (140, 300)])
def test_rows_or_columns_are_orthonormal(shape: tuple[int, ...]) -> None:
    matrix = drawn(("orthogonal", (("gain", 2.0),)), shape).reshape(-1, shape[-1])
    product = matrix @ matrix.T if matrix.shape[0] < matrix.shape[1] else matrix.T @ matrix
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=6e-6)


def test_plain_ones() -> None:
    assert drawn("zeros", (2,)).tolist() == [0, 0]
    assert drawn("ones", (2,)).tolist() == [1, 1]
    assert drawn(("constant", (("value", 3),)), (2,)).tolist() == [3, 3]
    assert drawn(("identity", (("gain", 2),)), (2, 2)).tolist() == [[2, 0], [0, 2]]
    assert drawn(("forget_gate_ones", (("others", "zeros"),)), (8,)).tolist() == [0, 0, 1, 1, 0, 0, 0, 0]


def test_a_seed_of_its_own_takes_the_place_of_the_runs() -> None:
    own = ("random_normal", (("seed", 3),))
    one = make_initial(own, (4,), np.random.default_rng(1))
    assert one.tolist() == make_initial(own, (4,), np.random.default_rng(2)).tolist()


def test_values_depend_on_the_path_and_not_on_the_order() -> None:
    def asked(order: list[str], seed: int = 0) -> dict[str, list[float]]:
        store = WeightStore(seed=seed)
        return {name: Weights(store, f"{name}/")("kernel", (3,), "random_normal").tolist() for name in order}

    assert asked(["a", "b"]) == asked(["b", "a"])
    assert asked(["a"])["a"] != asked(["b"])["b"]
    assert asked(["a"]) != asked(["a"], seed=1)
