"""More golden cases of the operations: other ranks, sizes and dtypes, so that each has a dozen."""

from __future__ import annotations

from typing import Any

from tests.golden.cases import Case, tensor

Shape = tuple[int, ...]

ANY: tuple[Shape, ...] = (
    (1,),
    (3,),
    (2, 1),
    (1, 4),
    (4, 3),
    (3, 2, 2),
    (2, 1, 5),
    (1, 2, 3, 2),
    (2, 3, 1, 4),
    (2, 1, 2, 1, 3),
    (1, 1, 1),
)
"""Shapes of every rank, with sizes of 1 in every place."""


def over(*shapes: Shape, port: str = "x", config: dict[str, Any] | None = None, **keys: Any) -> list[Case]:
    """A config on tensors of several shapes."""
    return [{"config": config or {}, "inputs": {port: tensor(*shape, **keys)}} for shape in shapes]


def on(shape: Shape, *configs: dict[str, Any], port: str = "x", **keys: Any) -> list[Case]:
    """Several configs on tensors of one shape."""
    return [{"config": config, "inputs": {port: tensor(*shape, **keys)}} for config in configs]


def of(config: dict[str, Any] | None = None, **inputs: Any) -> Case:
    """One case; inputs are specs or lists of specs."""
    return {"config": config or {}, "inputs": inputs}


def elementwise() -> dict[str, list[Case]]:
    """Functions of one tensor, each on every shape, of values that it has a meaning for."""
    names = {
        "normal": (
            "abs absolute arcsinh arctan ceil copy cos cosh elu erf exp exp2 expm1 floor gelu hard_sigmoid hard_silu "
            "hard_swish hard_tanh isfinite isinf isnan leaky_relu log_sigmoid logical_not negative ones_like ravel "
            "relu relu6 round selu sigmoid sign silu sin sinh softplus softsign sparse_plus sparse_sigmoid square "
            "swish tan tanh tanh_shrink trunc zeros_like"
        ),
        "positive": "log log10 log1p log2 reciprocal rsqrt sqrt",
        "uniform": "arccos arcsin arctanh",
    }
    found = {name: over(*ANY, kind=kind) for kind, texts in names.items() for name in texts.split()}
    found["stop_gradient"] = over(*ANY, port="variable")
    found["full_like"] = over(*ANY, config={"fill_value": 1.5})
    found["clip"] = over(*ANY, config={"x_min": -0.3, "x_max": 0.2})
    found["cast"] = over((1,), (2, 1), (1, 2, 3, 2), config={"dtype": "float16"})
    values = [[1.0, 1.25], [3.0, 40.0]]
    found["arccosh"] = [of(x={"value": value}) for value in (*values, values, [values], [[one] for one in values])]
    found["arccosh"] += [of(x={"value": [[1.0 + step / 4]]}) for step in range(6)]
    found["where"] = [
        of(condition=tensor(*shape, kind="mask"), x1=tensor(*shape), x2=tensor(*shape)) for shape in ANY[2:8]
    ]
    return found


def shaping() -> dict[str, list[Case]]:
    """Functions that move entries about."""
    wide = (2, 3, 4, 5)
    return {
        "broadcast_to": [
            case
            for shape, wanted in (
                ((1,), [3]),
                ((2, 1), [2, 4]),
                ((1, 3), [5, 3]),
                ((2, 1, 1), [2, 3, 4]),
                ((3,), [2, 3]),
                ((1, 1), [1, 6]),
                ((2, 3), [1, 2, 3]),
            )
            for case in on(shape, {"shape": wanted})
        ],
        "concatenate": [
            of({"axis": axis}, xs=[tensor(*one), tensor(*other)])
            for axis, one, other in (
                (0, (2,), (3,)),
                (0, (2, 3), (4, 3)),
                (2, (2, 3, 4), (2, 3, 1)),
                (-2, wide, (2, 3, 1, 5)),
            )
        ],
        "stack": [
            of({"axis": axis}, x=[tensor(*shape)] * count)
            for axis, shape, count in (
                (0, (3,), 2),
                (1, (2,), 3),
                (-2, (2, 3), 2),
                (2, (2, 3, 4), 2),
                (1, (2, 1), 1),
                (3, (2, 1, 2), 2),
                (-1, (4,), 4),
            )
        ],
        "expand_dims": on(wide, *({"axis": axis} for axis in (0, 2, -1, [0, -1]))),
        "moveaxis": on(
            wide,
            *(
                {"source": one, "destination": other}
                for one, other in (
                    (0, 3),
                    (-1, 0),
                    (2, 1),
                    ([0, 1], [1, 0]),
                    ([3, 1], [1, 3]),
                    ([0, 1, 2], [2, 1, 0]),
                    (-2, -1),
                    (1, 1),
                )
            ),
        ),
        "swapaxes": on(
            wide,
            *(
                {"axis1": one, "axis2": other}
                for one, other in ((0, 1), (0, -1), (3, 2), (1, 1), (-3, 3), (2, 0), (-1, -2), (1, 3), (-4, 2))
            ),
        ),
        "transpose": [*over((3,), (2, 3), (2, 1, 3)), *on(wide, {}, {"axes": [3, 2, 1, 0]}, {"axes": [0, -1, 1, 2]})],
        "squeeze": [
            *over((2, 1), (3, 1), (2, 1, 1, 4)),
            *on((1, 2, 1, 3), {"axis": 0}, {"axis": [0, 2]}, {"axis": -2}),
        ],
        "reshape": on(wide, {"newshape": [-1, 5, 4, 3]}, {"newshape": [6, 20]}),
        "split": on(
            wide,
            {"indices_or_sections": 5, "axis": -1},
            {"indices_or_sections": [1, 2], "axis": 1},
            {"indices_or_sections": 2, "axis": 2},
        ),
        "unstack": [
            *on(wide, *({"axis": axis} for axis in (1, 2, 3, -1, -2, -3))),
            *on((2, 3), {"axis": 1}, {"axis": -1, "num": 3}),
            *on((2, 1, 4), {"axis": 1}),
        ],
        "flip": [
            *over((3,), (2, 1), wide),
            *on(wide, *({"axis": axis} for axis in (0, -1, 2, [0, 1], [1, 3], [-1, -2]))),
        ],
        "roll": on(
            wide,
            *(
                {"shift": shift, "axis": axis}
                for shift, axis in (
                    (1, 0),
                    (-1, -1),
                    (7, 2),
                    (0, 1),
                    ([1, -1], [1, 2]),
                    ([2, 3, 4], [1, 2, 3]),
                    (3, -2),
                    (-4, 3),
                )
            ),
        ),
        "tile": [
            *on((3,), {"repeats": 2}, {"repeats": [2, 2]}),
            *on((2, 3, 4), {"repeats": [1, 2, 1]}, {"repeats": [2]}, {"repeats": [3, 1]}, {"repeats": [1, 1, 1, 2]}),
            *over((2, 3), config={"repeats": [1, 1]}),
            *over((2, 3), kind="ids", config={"repeats": [2, 3]}),
        ],
        "repeat": [
            *on(
                (2, 3, 4),
                {"repeats": 2, "axis": 1},
                {"repeats": [2, 0, 1, 1], "axis": -1},
                {"repeats": 2, "axis": -1},
                {"repeats": 3, "axis": 0},
            ),
            *over((2, 1), config={"repeats": 4, "axis": 1}),
        ],
        "pad": on((2, 3, 4), {"pad_width": [[0, 0], [0, 0], [2, 1]], "mode": "reflect"}),
        "tril": on(wide, {}, {"k": 2}, {"k": -2}, {"k": 3}, {"k": -9}) + over((3, 3), (1, 4), (4, 1)),
        "triu": on(wide, {}, {"k": 2}, {"k": -2}, {"k": 9}, {"k": -3}) + over((3, 3), (1, 4), (4, 1)),
    }


def choosing() -> dict[str, list[Case]]:
    """Functions that look entries up or order them."""
    wide = (2, 3, 4, 5)
    return {
        "arange": [
            {"config": config, "inputs": {}}
            for config in ({"start": 1}, {"start": 0, "stop": 6, "step": 5}, {"start": 7, "stop": 0, "step": -3})
        ],
        "take": on(wide, {"indices": [1, 1, 0], "axis": 0}, {"indices": 3, "axis": -1}, {"indices": [-1], "axis": 2}),
        "take_along_axis": [
            of({"axis": axis}, x=tensor(*shape), indices=tensor(*places, kind="ids", high=high))
            for axis, shape, places, high in (
                (0, (3, 2), (2, 2), 3),
                (-1, (2, 3, 4), (2, 3, 2), 4),
                (-2, (2, 3, 4), (2, 5, 4), 3),
                (1, (2, 3), (2, 1), 3),
                (2, wide, (2, 3, 1, 5), 4),
                (0, (4,), (6,), 4),
                (1, (2, 3, 4), (2, 1, 1), 3),
            )
        ],
        "one_hot": [
            *on((4,), {"num_classes": 2}, {"num_classes": 3, "axis": 0}, kind="ids", high=3),
            *on((2, 3, 2), {"num_classes": 4}, {"num_classes": 4, "axis": 2}, kind="ids", high=4),
            *on((2, 1), {"num_classes": 1}, {"num_classes": 6, "dtype": "float16"}, kind="ids", high=2),
        ],
        "argmax": on(wide, *({"axis": axis, "keepdims": kept} for axis in (0, 2, -1, None) for kept in (False, True))),
        "argmin": on(wide, *({"axis": axis, "keepdims": kept} for axis in (0, 2, -1, None) for kept in (False, True))),
        "sort": [*over((4,), (1, 5), wide), *on(wide, *({"axis": axis} for axis in (0, 1, 2, -2, -4))), *over((2, 1))],
        "argsort": [
            *over((4,), (1, 5), wide),
            *on(wide, *({"axis": axis} for axis in (0, 1, 2, -2, -4))),
            *over((2, 1)),
        ],
        "top_k": [
            *over((4,), (2, 3, 4), (1, 2, 2, 5), config={"k": 2}),
            *on((2, 6), {"k": 1}, {"k": 6}, {"k": 3, "sorted": True}),
            *over((2, 4), kind="ids", high=9, dtype="uint8", config={"k": 1}),
        ],
    }


def summing() -> dict[str, list[Case]]:
    """Functions along axes."""
    wide = (2, 3, 4, 5)
    found = {
        name: on(wide, {"axis": 0}, {"axis": [1, 3]}, {"axis": [-1, -2], "keepdims": True})
        for name in ("all", "any", "mean", "prod", "std", "sum", "var")
    }
    found["logsumexp"] = [*found["sum"], *over((3,), (2, 1), config={"axis": -1})]
    for name in ("cumsum", "cumprod"):
        found[name] = [
            *on(wide, {"axis": 0}, {"axis": 2}, {"axis": -1}, {"axis": -3}),
            *over((3,), (2, 1), config={"axis": 0}),
        ]
    for name in ("softmax", "log_softmax"):
        found[name] = [*over((3,), (2, 1), wide), *on(wide, {"axis": 1}, {"axis": [1, 2, 3]})]
    found["normalize"] = [*over((2, 1), wide), *on(wide, {"axis": [2, 3]}, {"axis": -2, "order": 4})]
    counted = on((2, 3, 4), *({"axis": axis} for axis in (0, 1, 2, -1, [0, 1], [1, 2], [-1, 0])), kind="ids", high=2)
    found["count_nonzero"] = [*counted, *over((5,), (2, 1), kind="ids", high=2), *over((2, 3), config={"axis": 1})]
    found["dot"] = [
        of(x1=tensor(*one), x2=tensor(*other))
        for one, other in (
            ((3,), (3,)),
            ((2, 1), (1, 4)),
            ((1, 3), (3, 1)),
            ((2, 3, 4), (4,)),
            ((2, 3, 4), (5, 4, 2)),
            ((3,), (3, 2)),
        )
    ]
    return found


WIDE: dict[str, list[Case]] = {**elementwise(), **shaping(), **choosing(), **summing()}
