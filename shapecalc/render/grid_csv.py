"""Columns of numbers as CSV, many rows at once: digits are worked out for a whole column, not value by value."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shapecalc.diagnostics import csv_cell

Array: TypeAlias = NDArray[Any]

_ROWS = 2**15  # as many as stay in a processor's cache


def grid_csv(columns: Sequence[Array]) -> bytes:
    """The rows, without a header; None is empty."""
    count = len(columns[0]) if columns else 0
    return b"".join(_join_fields([column[at : at + _ROWS] for column in columns]) for at in range(0, count, _ROWS))


def _join_fields(columns: Sequence[Array]) -> bytes:
    """Fixed fields side by side; the bytes that are 0 are padding and are left out."""
    fields = [_write_digits(column) if _is_count(column) else _write_texts(column) for column in columns]
    width = sum(field.shape[1] + 1 for field in fields)
    lines = np.empty((len(columns[0]), width), dtype=np.uint8)
    at = 0
    for field in fields:
        lines[:, at : at + field.shape[1]] = field
        at += field.shape[1] + 1
        lines[:, at - 1] = ord(",")
    lines[:, -1] = ord("\n")
    return bytes(lines[lines != 0])


def _is_count(column: Array) -> bool:
    return column.dtype == np.int64 and int(column.min()) >= 0


def _write_digits(column: Array) -> Array:
    """The digits of whole numbers, set to the right; 0 in front of them."""
    largest = int(column.max())
    rest: Array = column.astype(np.uint32 if largest < 2**32 else np.uint64)
    width = len(str(largest))
    field = np.empty((len(column), width), dtype=np.uint8)
    for at in reversed(range(width)):
        tenth: Array = rest // 10
        digit = (rest - tenth * 10 + ord("0")).astype(np.uint8)
        field[:, at] = digit if at == width - 1 else np.where(rest != 0, digit, 0)
        rest = tenth
    return field


def _write_texts(column: Array) -> Array:
    """Any values as CSV writes them."""
    cells = np.array([_write_cell(value).encode() for value in column.tolist()], dtype=np.bytes_)
    width = max(cells.dtype.itemsize, 1)
    return np.frombuffer(cells.tobytes(), dtype=np.uint8).reshape(len(column), -1)[:, :width]


def _write_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = StringIO()
    csv.writer(text, lineterminator="").writerow([csv_cell(value) if isinstance(value, str) else _show_value(value)])
    return text.getvalue()


def _show_value(value: Any) -> Any:
    """A number as it is; of lists and the like the text."""
    return value if isinstance(value, (int, float)) else csv_cell(str(value))
