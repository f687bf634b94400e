"""Golden cases again with inputs that stand in memory in other orders, as they come out of other layers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.golden.cases import Case, load


def list_orders(family: str, most: int = 6) -> dict[str, list[Case]]:
    """Of each type some golden cases with their inputs in other orders, and with only one input that needs a gradient.

    Several inputs are in different orders, so that the first or the last decides.
    """
    return {kind: list(_vary(cases, most)) for kind, cases in load(family).CASES.items()}


def _vary(cases: list[Case], most: int) -> Iterator[Case]:
    count = 0
    for case in cases:
        specs = list(_list_specs(case["inputs"]))
        if (
            case.get("error")
            or not specs
            or count >= most
            or max((len(spec["shape"]) for spec in specs), default=0) < 2
        ):
            continue
        if "float16" in repr(case):
            continue
        count += 1
        for turn in (1, 2, 3):
            yield {**case, "inputs": _turn(case["inputs"], iter(range(turn, turn + len(specs))))}
        if len(specs) > 1:
            for place in range(len(specs)):
                yield {**case, "inputs": _keep_gradient(case["inputs"], iter(range(-place, len(specs) - place)))}


def _list_specs(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict) and "shape" in node:
        yield node
        return
    if isinstance(node, (dict, list)):
        for each in node.values() if isinstance(node, dict) else node:
            yield from _list_specs(each)


def _turn(node: Any, turns: Iterator[int]) -> Any:
    """The inputs with the axes of each in an order of its own: backwards, channels first, the first two exchanged."""
    if isinstance(node, dict) and "shape" in node:
        axes = list(range(len(node["shape"])))
        orders = [axes, axes[::-1], [*axes[:1], *axes[-1:], *axes[1:-1]], [*axes[1:2], *axes[:1], *axes[2:]]]
        return {**node, "order": orders[next(turns) % 4]} if len(axes) > 1 else node
    if isinstance(node, dict):
        return {key: _turn(each, turns) for key, each in node.items()}
    return [_turn(each, turns) for each in node]


def _keep_gradient(node: Any, places: Iterator[int]) -> Any:
    """The inputs, of which only the one whose number is 0 needs a gradient."""
    if isinstance(node, dict) and "shape" in node:
        return node if next(places) == 0 else {**node, "grad": False}
    if isinstance(node, dict):
        return {key: _keep_gradient(each, places) for key, each in node.items()}
    return [_keep_gradient(each, places) for each in node]
