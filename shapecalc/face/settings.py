"""What is set of a model from Python, as the analysis takes it: plain values, checked as those of the command line."""

from __future__ import annotations

from collections.abc import Mapping
from operator import index
from typing import Any

from shapecalc.analysis.analyse import Settings
from shapecalc.diagnostics import did_you_mean, error, shorten
from shapecalc.dims import symbol
from shapecalc.face.errors import ModelError
from shapecalc.face.formula import Formula
from shapecalc.layers.arguments.names import DTYPES, POLICIES
from shapecalc.layers.arguments.numbers import LARGEST

_PLAIN = (bool, int, float, str, list, tuple, dict)


def make_settings(values: Mapping[str, Any], batch: int | None, dtype: str | None) -> Settings:
    """The settings. Raises TypeError for what no spec could hold, ModelError for a batch or dtype that there is not."""
    plain = {name: _read_value(name, value) for name, value in values.items()} if values else {}
    return Settings(plain, None if batch is None else _read_batch(batch), None if dtype is None else _read_dtype(dtype))


def _read_value(name: str, value: Any) -> Any:
    """A value as a spec would have it; NumPy's whole numbers are numbers, a formula of one size is that size."""
    if isinstance(value, str) and value == "?":
        return symbol(name)
    if value is None or isinstance(value, _PLAIN):
        return value
    if isinstance(value, Formula) and len(value.sizes) == 1:
        return value.sizes[0]
    try:
        return index(value)
    except TypeError:
        kind = type(value).__name__
        raise TypeError(f"`{name}` is a number, a text, a list or a mapping, not of the type {kind}") from None


def _read_batch(batch: Any) -> int:
    try:
        size = index(batch)
    except TypeError:
        raise TypeError(f"`batch` is a whole number, not of the type {type(batch).__name__}") from None
    if isinstance(batch, bool) or not 0 < size <= LARGEST:
        message = f"batch: a whole number from 1 to 10**18 is wanted, got {shorten(str(batch))}"
        raise ModelError([error("SC210", message, help="leave it out where it is open")], _no_lines)
    return size


def _read_dtype(dtype: Any) -> str:
    if not isinstance(dtype, str):
        raise TypeError(f"`dtype` is a name such as 'float16', not of the type {type(dtype).__name__}")
    known = (*DTYPES, *POLICIES)
    if dtype not in known:
        guess = did_you_mean(dtype, known)
        help = f"did you mean `{guess}`?" if guess else f"the dtypes are {', '.join(known)}"
        raise ModelError([error("SC210", f"dtype: there is no dtype `{shorten(dtype)}`", help=help)], _no_lines)
    return dtype


def _no_lines(file: str) -> list[str]:
    return []
