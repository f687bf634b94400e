"""Amounts, which one reader reads wherever they stand."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapecalc.analysis.amounts import FORMS, parse_amount
from shapecalc.dims import binary_text, count_text


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", 0),
        ("1000", 1000),
        (" 25,636,712 ", 25_636_712),
        ("1_000", 1000),
        ("2k", 2000),
        ("2K", 2000),
        ("1.5M", 1_500_000),
        ("1.5g", 1_500_000_000),
        ("3P", 3 * 10**15),
        ("10B", 10),
        ("584 bytes", 584),
        ("4KB", 4000),
        ("4kb", 4000),
        ("4 KiB", 4096),
        ("4kib", 4096),
        ("500 MB", 500 * 10**6),
        ("500 MiB", 500 * 2**20),
        ("2GB", 2 * 10**9),
        ("2GiB", 2**31),
        ("1TB", 10**12),
        ("1TiB", 2**40),
        ("1PB", 10**15),
        ("1PiB", 2**50),
        ("0.1", Fraction(1, 10)),
    ],
)
def test_units_without_an_i_are_thousands_and_those_with_one_are_1024(text: str, amount: Fraction) -> None:
    assert parse_amount(text) == amount


@pytest.mark.parametrize(
    "text", ["", " ", "much", "-1", "2 XB", "1e9", "9" * 50, "1GiBs", "1Ki", "MB", "1 2", "0x10", "٣", "1..5", "1.5."]
)
def test_anything_else_names_the_accepted_forms(text: str) -> None:
    with pytest.raises(ValueError, match="is no amount") as raised:
        parse_amount(text)
    assert str(raised.value).endswith(f" is no amount: {FORMS}")


@given(st.integers(0, 2**58))
def test_what_is_printed_reads_back(size: int) -> None:
    assert parse_amount(count_text(size)) == size
    assert parse_amount(f"{size:,} bytes") == size
    printed = parse_amount(binary_text(size))
    assert abs(printed - size) * 2 * 9 <= size  # one digit behind the point, and nothing but that is lost
