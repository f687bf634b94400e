"""Models of operators, built in tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shapecalc.analysis.report import Report
from shapecalc.cli.session import Session
from shapecalc.formats.flat_model import FlatModel, Input, Source
from shapecalc.formats.onnx.lifting.exact import Exact, infer_nodes
from shapecalc.formats.onnx.lifting.lift import agree, lift

Add = Callable[..., Source]


def report_of(flat: FlatModel) -> Report:
    return Session().report_of_model(flat, "model.onnx")


def exact_of(flat: FlatModel) -> Exact:
    exact = infer_nodes(flat)
    assert exact is not None
    return exact


def lift_checked(flat: FlatModel) -> FlatModel:
    """The lifted form, which has the numbers of the nodes."""
    lifted = lift(flat, report_of)
    assert agree(flat, exact_of(flat), lifted, report_of(lifted))
    return lifted


def make(build: Callable[[Add], Source], **inputs: list[int | str | None]) -> FlatModel:
    """A model of operators: `build` adds each with its arguments and what it is fed, and returns what leaves it."""
    flat = FlatModel("model")
    flat.has_operators = True
    for name, axes in inputs.items():
        flat.inputs.append(Input(name, [None] * len(axes[1:]), "float32", None, axes))

    def add(operator: str, arguments: dict[str, Any] | None = None, **feed: Source | list[Source]) -> Source:
        name = flat.fresh(operator)
        flat.layers[name] = f"onnx.{operator}", arguments or {}
        flat.places[name] = name
        return name, flat.call(name, dict(feed), {}), 0

    flat.outputs["y"] = build(add)
    return flat


def list_layers(flat: FlatModel) -> list[tuple[str, dict[str, Any]]]:
    return [flat.layers[call.layer] for call in flat.calls]


X = ("x", 0, 0)


def weight(*shape: int, dtype: str = "float32") -> dict[str, Any]:
    """A constant of which the numbers are not listed."""
    return {"shape": list(shape), "dtype": dtype}


def number(value: float | int, dtype: str = "float32") -> dict[str, Any]:
    """A constant of one number."""
    return {"shape": [], "dtype": dtype, "values": [value]}
