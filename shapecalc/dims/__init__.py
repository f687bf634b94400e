"""Exact sizes: polynomials over symbols and floor quotients, what rules demand of them, windows, and shapes."""

from __future__ import annotations

from shapecalc.dims.bounds import at_least, same
from shapecalc.dims.demands import (
    assume,
    broadcast,
    broadcast_shapes,
    exact,
    require_at_least,
    require_same,
    watch_assumptions,
)
from shapecalc.dims.dim import (
    Dim,
    Size,
    Unknown,
    add_up,
    formula,
    is_unknown,
    prod,
    symbol,
    symbols,
    unknown,
    unknowns,
    unrecorded,
)
from shapecalc.dims.division import bind, ceil_div, floor_div
from shapecalc.dims.parsing import parse_shape, parse_size
from shapecalc.dims.relation import Relation
from shapecalc.dims.shape import Shape, Unranked, axis_from_front, watch_axes
from shapecalc.dims.text import binary_text, count_text, factor_text, size_text, text_of_sum, to_json
from shapecalc.dims.windows import count_stops, transposed_output, window_output

__all__ = [
    "Dim",
    "Relation",
    "Shape",
    "Size",
    "Unknown",
    "Unranked",
    "add_up",
    "assume",
    "at_least",
    "axis_from_front",
    "binary_text",
    "bind",
    "broadcast",
    "broadcast_shapes",
    "ceil_div",
    "count_stops",
    "count_text",
    "exact",
    "factor_text",
    "floor_div",
    "formula",
    "is_unknown",
    "parse_shape",
    "parse_size",
    "prod",
    "require_at_least",
    "require_same",
    "same",
    "size_text",
    "symbol",
    "symbols",
    "text_of_sum",
    "to_json",
    "transposed_output",
    "unknown",
    "unknowns",
    "unrecorded",
    "watch_assumptions",
    "watch_axes",
    "window_output",
]
