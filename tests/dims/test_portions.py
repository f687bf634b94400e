"""Equal parts of a size, and sizes at the ratio of others."""

from __future__ import annotations

import pytest

from shapecalc.dims import Dim, portions, symbol

T = symbol("T")


@pytest.mark.parametrize(
    ("size", "parts", "sizes"), [(6, 3, [2, 2, 2]), (7, 3, [3, 3, 1]), (3, 4, [1, 1, 1, 0]), (T, 2, None)]
)
def test_the_last_parts_may_be_less(size: int | Dim, parts: int, sizes: list[int] | None) -> None:
    assert portions.divide_evenly(size, parts) == sizes


@pytest.mark.parametrize(("policy", "sizes"), [("not_larger", [5, 10]), ("not_smaller", [10, 20])])
def test_sizes_keep_the_ratio_of_those_there_are(policy: str, sizes: list[int]) -> None:
    assert portions.keep_ratio([2, 4], [10, 10], policy) == sizes


def test_a_ratio_of_a_symbol_is_not_known() -> None:
    assert all(isinstance(size, Dim) and size != T for size in portions.keep_ratio([T, 4], [10, 10], "not_larger"))
