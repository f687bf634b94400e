"""Golden cases of the operations: functions of keras.ops as layer types."""

from __future__ import annotations

from typing import Any

from tests.golden.cases import Case, tensor
from tests.golden.cases._wide_ops import WIDE


def case(config: dict[str, Any] | None = None, **inputs: Any) -> Case:
    """Inputs are shapes, lists of shapes, or input specs."""
    return {"config": config or {}, "inputs": {port: spec(given) for port, given in inputs.items()}}


def spec(given: Any) -> Any:
    if isinstance(given, list):
        return [spec(one) for one in given]
    return tensor(*given) if isinstance(given, tuple) else given


def ids(*shape: int, **keys: Any) -> dict[str, Any]:
    return tensor(*shape, kind="ids", **keys)


def refused(config: dict[str, Any] | None = None, **inputs: Any) -> Case:
    return {**case(config, **inputs), "error": True}


FLOATING = (
    ["exp", "exp2", "expm1", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan", "arcsinh", "floor", "ceil"],
    ["log", "log2", "log10", "log1p", "sqrt", "arccosh"],
    ["arcsin", "arccos", "arctanh"],
)
NEEDS_FLOAT = [
    "erf",
    "sigmoid",
    "silu",
    "swish",
    "selu",
    "softplus",
    "softsign",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "log_sigmoid",
    "sparse_plus",
    "sparse_sigmoid",
    "tanh_shrink",
    "gelu",
    "elu",
    "leaky_relu",
]
SAME = ["abs", "absolute", "copy", "trunc", "square", "negative", "sign", "relu", "relu6", "round", "stop_gradient"]


def unary() -> dict[str, list[Case]]:
    wholes = {"x": ids(2, 3)}
    found: dict[str, list[Case]] = {}
    for kind, names in zip(("normal", "positive", "uniform"), FLOATING, strict=True):
        for name in names:
            x = tensor(2, 3, 4, kind=kind)
            if name == "arccosh":
                x = {"value": [[1.0, 1.5, 2.0], [7.0, 10.0, 100.0]]}
            found[name] = [case(x=x)]
            if name not in ("arcsin", "arccos", "arctanh", "arccosh", "tan"):
                found[name] += [
                    case(x=tensor(2, 3, kind=kind, dtype="float16")),
                    case(x=tensor(2, 3, kind=kind, dtype="float64")),
                ]
            if name not in ("log", "log2", "log10", "arcsin", "arccos", "arctanh", "arccosh"):
                found[name] += [case(**wholes), case(x=tensor(2, 3, kind="mask"))]
    for name in NEEDS_FLOAT:
        found[name] = [case(x=(2, 3, 4)), case(x=tensor(2, 3, dtype="float16"))]
        if name != "leaky_relu":
            found[name] += [refused(**wholes)]
    for name in SAME:
        port = "variable" if name == "stop_gradient" else "x"
        found[name] = [
            case(**{port: tensor(2, 3, 4)}),
            case(**{port: ids(2, 3)}),
            case(**{port: tensor(2, 3, dtype="float16")}),
        ]
        whole = case(**{port: tensor(2, 3, kind="mask")})
        found[name] += [{**whole, "error": True} if name in ("negative", "sign", "relu", "relu6", "round") else whole]
    for name in ("rsqrt", "reciprocal"):
        found[name] = [case(x=tensor(2, 3, kind="positive")), refused(**wholes)]
    for name in ("logical_not", "isnan", "isinf", "isfinite"):
        found[name] = [case(x=tensor(2, 3, kind="mask")), case(x=(2, 3)), case(**wholes)]
    found["gelu"] += [case({"approximate": False}, x=(2, 3, 4))]
    found["elu"] += [case({"alpha": 0.5}, x=(2, 3, 4))]
    found["leaky_relu"] += [case({"negative_slope": 0.1}, x=(2, 3, 4))]
    found["round"] += [case({"decimals": 2}, x=(2, 3, 4)), case({"decimals": 1}, x=(2, 3))]
    found["negative"] += [refused(x=ids(2, 3, dtype="uint8"))]
    return found


ARITHMETIC = [
    "add",
    "subtract",
    "multiply",
    "maximum",
    "minimum",
    "power",
    "floor_divide",
    "mod",
    "divide",
    "true_divide",
    "divide_no_nan",
]
COMPARISONS = ["equal", "not_equal", "greater", "greater_equal", "less", "less_equal"]
LOGICAL = ["logical_and", "logical_or", "logical_xor"]


def binary() -> dict[str, list[Case]]:
    found: dict[str, list[Case]] = {}
    for name in (*ARITHMETIC, *COMPARISONS, *LOGICAL):
        positive = {"x1": tensor(2, 3, 4, kind="positive"), "x2": tensor(2, 3, 4, kind="positive")}
        wholes = tensor(2, 3, kind="ones", dtype="int32")
        truths = case(x1=tensor(2, 3, kind="mask"), x2=tensor(2, 3, kind="mask"))
        found[name] = [
            case(**positive),
            case(x1=tensor(2, 3, 4, kind="positive"), x2=tensor(3, 1, kind="positive")),
            case(x1=tensor(2, 1, 4, kind="positive"), x2=tensor(2, 3, 1, kind="positive")),
            case({"x2": 2}, x1=tensor(2, 3, kind="positive")),
            case({"x1": 0.5}, x2=tensor(2, 3, kind="positive")),
            case({"x2": 3}, x1=ids(2, 3)),
            case({"x2": 1.5}, x1=ids(2, 3)),
            case(x1=ids(2, 3, high=5), x2=wholes),
            case(x1=ids(2, 3, high=5), x2=tensor(2, 3, kind="positive")),
            refused(x1=(2, 3), x2=(2, 4)),
            refused(x1=(2, 3)),
            refused({"x2": "a"}, x1=(2, 3)),
            refused({"x3": 1}, x1=(2, 3)),
            truths if name in ("mod", *LOGICAL, "equal", "not_equal") or ("divide" in name and name != "floor_divide")
            else {**truths, "error": True},
        ]  # fmt: skip
        if name in ARITHMETIC:
            found[name] += [
                case(x1=ids(2, 3, high=5, dtype="uint8"), x2=tensor(2, 3, kind="ones", dtype="int8")),
                case(x1=tensor(2, 3, kind="positive", dtype="float16"), x2=tensor(2, 3, kind="positive")),
                case({"x2": True}, x1=ids(2, 3, dtype="int32")),
                case({"x2": 2}, x1=tensor(2, 3, kind="mask")),
            ]
    found["divide_no_nan"] += [case(x1=(2, 3), x2=tensor(2, 3, kind="zeros"))]
    found["mod"] += [case({"x2": 0.7}, x1=(2, 3)), case({"x2": -3}, x1=ids(2, 3))]
    found["floor_divide"] += [case({"x2": 0.7}, x1=(2, 3)), case({"x2": -3}, x1=ids(2, 3))]
    found["power"] += [case({"x2": 2}, x1=(2, 3)), case({"x2": 0.5}, x1=tensor(2, 3, kind="positive"))]
    found["equal"] += [case({"x2": 3}, x1=ids(2, 3, high=4))]
    return found


ELEMENTWISE: dict[str, list[Case]] = {
    "clip": [
        case({"x_min": -0.5, "x_max": 0.5}, x=(2, 3, 4)),
        case({"x_min": 2, "x_max": 5}, x=ids(2, 3)),
        case({"x_min": 0, "x_max": 1}, x=tensor(2, 3, kind="mask")),
        case({"x_max": 0.5}, x=(2, 3), x_min=tensor(2, 1, kind="zeros")),
        case({"x_min": 0.0, "x_max": 1.0}, x=tensor(2, 3, dtype="float16")),
        case({"x_min": 1.0, "x_max": 0.5}, x=(2, 3)),
        refused({"x_min": 0.5, "x_max": 5}, x=ids(2, 3)),
        refused({"x_min": 0.5}, x=(2, 3)),
    ],
    "where": [
        case(condition=tensor(2, 3, kind="mask"), x1=(2, 3), x2=(2, 3)),
        case({"x2": 0}, condition=tensor(2, 3, kind="mask"), x1=(2, 3)),
        case({"x1": 1, "x2": 0.5}, condition=tensor(2, 3, kind="mask")),
        case({"x1": 1, "x2": 0}, condition=tensor(2, 3, kind="mask")),
        case({"x2": 0.0}, condition=tensor(2, 1, kind="mask"), x1=ids(2, 3)),
        case({"x2": -1e9}, condition=ids(2, 3, high=2), x1=(2, 3)),
        refused(condition=tensor(2, 3, kind="mask"), x1=(2, 3), x2=(2, 4)),
    ],
    "cast": [
        *(case({"dtype": dtype}, x=(2, 3)) for dtype in ("int32", "float16", "float64", "bool", "int8", "int64")),
        case({"dtype": "float32"}, x=ids(2, 3)),
        case({"dtype": "float32"}, x=tensor(2, 3, kind="mask")),
        refused({"dtype": "number"}, x=(2, 3)),
    ],
    **{
        name: [case(x=(2, 3)), case(x=ids(2, 3)), case({"dtype": "int32"}, x=(2, 3)), case(x=tensor(2, 3, kind="mask"))]
        for name in ("zeros_like", "ones_like")
    },
    "full_like": [
        case({"fill_value": 7}, x=(2, 3)),
        case({"fill_value": 7.5}, x=ids(2, 3)),
        case({"fill_value": 7, "dtype": "int32"}, x=(2, 3)),
        case({"fill_value": 0.5}, x=tensor(2, 3, dtype="float16")),
    ],
}


SHAPES: dict[str, list[Case]] = {
    "reshape": [
        *(
            case({"newshape": new}, x=(2, 3, 4))
            for new in ([-1, 12], [2, 12], [-1, 4, 3], [2, -1], [-1], [2, 2, -1, 2])
        ),
        case({"newshape": [-1, 6]}, x=ids(2, 3)),
        *(refused({"newshape": new}, x=(2, 3, 4)) for new in ([-1, 7], [-1, -1], [5, 5], [-1, 0])),
    ],
    "ravel": [case(x=(2, 3)), case(x=ids(2, 3, 4))],
    "transpose": [
        case(x=(2, 3, 4)),
        case({"axes": [0, 2, 1]}, x=(2, 3, 4)),
        case({"axes": [0, 3, 1, 2]}, x=(2, 3, 4, 5)),
        case({"axes": [1, 0]}, x=ids(2, 3)),
        refused({"axes": [0, 1]}, x=(2, 3, 4)),
        refused({"axes": [0, 1, 1]}, x=(2, 3, 4)),
        refused({"axes": [0, 1, 3]}, x=(2, 3, 4)),
    ],
    "swapaxes": [
        case({"axis1": 1, "axis2": 2}, x=(2, 3, 4)),
        case({"axis1": -1, "axis2": -2}, x=(2, 3, 4, 5)),
        refused({"axis1": 1, "axis2": 3}, x=(2, 3, 4)),
    ],
    "moveaxis": [
        case({"source": 1, "destination": -1}, x=(2, 3, 4, 5)),
        case({"source": [1, 2], "destination": [-1, 1]}, x=(2, 3, 4, 5)),
        case({"source": -1, "destination": 1}, x=(2, 3, 4)),
        refused({"source": [1, 2], "destination": [1]}, x=(2, 3, 4)),
    ],
    "expand_dims": [
        *(case({"axis": axis}, x=(2, 3)) for axis in (-1, 1, 0, -2, [1, 2], [1, 3])),
        case({"axis": 1}, x=ids(2, 3)),
        refused({"axis": 5}, x=(2, 3)),
    ],
    "squeeze": [
        case(x=(2, 1, 3, 1)),
        case({"axis": 1}, x=(2, 1, 3, 1)),
        case({"axis": [1, 3]}, x=(2, 1, 3, 1)),
        case({"axis": -1}, x=ids(2, 3, 1)),
        refused({"axis": 2}, x=(2, 1, 3)),
        refused({"axis": 4}, x=(2, 1, 3)),
    ],
    "concatenate": [
        case({"axis": 1}, xs=[(2, 3), (2, 4)]),
        case({"axis": -1}, xs=[(2, 3, 4), (2, 3, 1), (2, 3, 2)]),
        case(xs=[(2, 3), (2, 3)]),
        case({"axis": 1}, xs=[(2, 3), ids(2, 3)]),
        case({"axis": 1}, xs=[ids(2, 3), tensor(2, 3, kind="mask")]),
        refused({"axis": 1}, xs=[(2, 3, 4), (2, 3, 5)]),
        refused({"axis": 1}, xs=[(2, 3, 4), (2, 4)]),
        refused({"axis": 3}, xs=[(2, 3), (2, 3)]),
    ],
    "stack": [
        case({"axis": 1}, x=[(2, 3), (2, 3)]),
        case({"axis": -1}, x=[(2, 3), ids(2, 3)]),
        case(x=[(2, 3), (2, 3), (2, 3)]),
        refused({"axis": 1}, x=[(2, 3), (2, 4)]),
        refused({"axis": 4}, x=[(2, 3), (2, 3)]),
    ],
    "split": [
        case({"indices_or_sections": 3, "axis": 1}, x=(2, 6)),
        case({"indices_or_sections": [1, 4], "axis": 1}, x=(2, 6)),
        case({"indices_or_sections": 2, "axis": -1}, x=(2, 3, 4)),
        case({"indices_or_sections": [2, 2], "axis": 1}, x=(2, 6)),
        case({"indices_or_sections": 2}, x=(2, 6)),
        refused({"indices_or_sections": 4, "axis": 1}, x=(2, 6)),
        refused({"indices_or_sections": [2, 9], "axis": 1}, x=(2, 6)),
        refused({"indices_or_sections": [4, 2], "axis": 1}, x=(2, 6)),
        refused({"indices_or_sections": [-2], "axis": 1}, x=(2, 6)),
        refused({"indices_or_sections": 2, "axis": 2}, x=(2, 6)),
    ],
    "unstack": [
        case({"axis": 1}, x=(2, 3, 4)),
        case({"axis": -1, "num": 4}, x=(2, 3, 4)),
        refused({"axis": 1, "num": 2}, x=(2, 3, 4)),
    ],
    "broadcast_to": [
        case({"shape": [4, 2, 3]}, x=(2, 3)),
        case({"shape": [2, 3]}, x=(2, 1)),
        case({"shape": [2, 5, 4]}, x=(2, 1, 4)),
        refused({"shape": [2, 4]}, x=(2, 3)),
        refused({"shape": [3]}, x=(2, 3)),
    ],
}

ENTRIES: dict[str, list[Case]] = {
    "arange": [
        case({"start": 5}),
        case({"start": 2, "stop": 7}),
        case({"start": 2, "stop": 8, "step": 3}),
        case({"start": 5, "stop": -2, "step": -2}),
        case({"start": 2, "stop": 2}),
        case({"start": -3, "stop": 3, "dtype": "float32"}),
        refused({"start": 5, "stop": 2}),
        refused({"start": 0, "stop": 5, "step": 0}),
        refused({}),
    ],
    "take": [
        case({"indices": [0, 2], "axis": 1}, x=(2, 3, 4)),
        case({"indices": 1, "axis": 1}, x=(2, 3, 4)),
        case({"indices": [-1, 0], "axis": -1}, x=(2, 3, 4)),
        case({"indices": [[0, 1], [2, 2]], "axis": 1}, x=(2, 3, 4)),
        case({"indices": [0, 5]}, x=(2, 3)),
        case({"axis": 0}, x=(5, 3), indices=ids(2, 2, high=5)),
        case({"axis": 1}, x=(2, 5, 3), indices=ids(2, 2, high=5)),
        refused({"indices": [7], "axis": 1}, x=(2, 3, 4)),
        refused({"indices": [0], "axis": 3}, x=(2, 3, 4)),
    ],
    "take_along_axis": [
        case({"axis": 1}, x=(2, 3, 4), indices=ids(2, 1, 4, high=3)),
        case({"axis": 1}, x=(2, 3, 4), indices=ids(2, 2, 1, high=3)),
        case({"axis": -1}, x=(2, 3), indices=ids(2, 2, high=3)),
        case(x=(2, 3), indices=ids(4, high=6)),
        refused(x=(2, 3), indices=ids(2, 2, high=6)),
    ],
    "get_item": [
        *(
            case({"key": key}, x=(2, 3, 4))
            for key in (
                ":, 0",
                ":, -1",
                ":, 1:",
                ":, :2",
                ":, ::2",
                ":, ::-1",
                ":, -2:",
                ":, :-1, 1:3",
                "..., 0",
                "..., ::2",
                ":, None",
                ":, None, 1:",
                ":, 5:",
                ":, 2:0:-1",
                [":", -1, "1:"],
                [":", None, "..."],
                ":, 0, 0",
                ":1",
                "0",
            )
        ),
        *(refused({"key": key}, x=(2, 3, 4)) for key in (":, 5", "0, 0, 0, 0", ":, -4", ":, a", ":, ::0")),
    ],
    "pad": [
        case({"pad_width": [[0, 0], [1, 2]]}, x=(2, 3)),
        case({"pad_width": [[0, 0], [1, 2], [0, 1]], "constant_values": 5}, x=(2, 3, 4)),
        case({"pad_width": [[0, 0], [1, 2]], "mode": "reflect"}, x=(2, 3)),
        case({"pad_width": [[0, 0], [3, 2]], "mode": "symmetric"}, x=(2, 3)),
        case({"pad_width": [[0, 0], [1, 1]]}, x=ids(2, 3)),
        refused({"pad_width": [[0, 0], [3, 2]], "mode": "reflect"}, x=(2, 3)),
        refused({"pad_width": [[0, 0], [4, 0]], "mode": "symmetric"}, x=(2, 3)),
        refused({"pad_width": [[0, 0], [1, 2]], "mode": "edge"}, x=(2, 3)),
        refused({"pad_width": [[0, 0], [1, 2]], "mode": "symmetric", "constant_values": 5}, x=(2, 3)),
        refused({"pad_width": [[1, 2]]}, x=(2, 3)),
        refused({"pad_width": 1}, x=(2, 3)),
    ],
    "tile": [
        case({"repeats": [1, 2]}, x=(2, 3)),
        case({"repeats": 2}, x=(2, 3)),
        case({"repeats": [2, 1, 2]}, x=(2, 3)),
        case({"repeats": [1, 3, 1, 2]}, x=(2, 3, 4, 1)),
    ],
    "repeat": [
        case({"repeats": 2, "axis": 1}, x=(2, 3)),
        case({"repeats": [1, 2, 0], "axis": 1}, x=(2, 3)),
        case({"repeats": [2], "axis": 1}, x=(2, 3)),
        case({"repeats": 2}, x=(2, 3)),
        case({"repeats": 3, "axis": -1}, x=ids(2, 3, 4)),
        refused({"repeats": 2, "axis": 3}, x=(2, 3)),
        refused({"repeats": -1, "axis": 1}, x=(2, 3)),
    ],
    "roll": [
        case({"shift": 1, "axis": 1}, x=(2, 3, 4)),
        case({"shift": [1, 2], "axis": [0, 1]}, x=(2, 3, 4)),
        case({"shift": -5, "axis": 2}, x=(2, 3, 4)),
        case({"shift": 1}, x=(2, 3)),
    ],
    "flip": [
        case(x=(2, 3)),
        case({"axis": 1}, x=(2, 3, 4)),
        case({"axis": [1, 2]}, x=(2, 3, 4)),
        refused({"axis": 4}, x=(2, 3)),
    ],
    **{
        name: [*(case({"k": k}, x=(2, 3, 4)) for k in (0, 1, -1)), case(x=ids(2, 3, 3)), refused(x=(2,))]
        for name in ("tril", "triu")
    },
    "one_hot": [
        case({"num_classes": 5}, x=ids(2, 3, high=5)),
        case({"num_classes": 5}, x=ids(2, 3, high=9)),
        case({"num_classes": 5, "axis": 1, "dtype": "int32"}, x=ids(2, 3, high=5)),
        case({"num_classes": 3, "dtype": "bool"}, x=ids(2, high=3)),
        case({"num_classes": 4}, x=ids(2, 3, high=4, dtype="uint8")),
        refused({"num_classes": 5, "axis": -2}, x=ids(2, 3)),
    ],
}


def reductions() -> dict[str, list[Case]]:
    found: dict[str, list[Case]] = {}
    for name in ["sum", "prod", "mean", "var", "std", "any", "all", "max", "min", "logsumexp"]:
        found[name] = [
            case({"axis": 1}, x=(2, 3, 4)),
            case({"axis": -1, "keepdims": True}, x=(2, 3, 4)),
            case({"axis": [1, 2]}, x=(2, 3, 4)),
            case({"axis": [1, 2], "keepdims": True}, x=(2, 3, 4, 2)),
            case(x=(2, 3)),
            refused({"axis": 5}, x=(2, 3)),
            refused({"axis": [1, 1]}, x=(2, 3)),
        ]
        if name in ("sum", "prod", "mean", "max", "min"):
            found[name] += [case({"axis": 1}, x=tensor(2, 3, dtype="float16"))]
        if name == "logsumexp":
            found[name] += [refused({"axis": 1}, x=ids(2, 3))]
        else:
            found[name] += [
                case({"axis": 1}, x=ids(2, 3)),
                case({"axis": 1}, x=tensor(2, 3, kind="mask")),
                case({"axis": 1}, x=ids(2, 3, dtype="uint8", high=4)),
            ]
    for name in ("max", "min"):
        found[name] += [case({"axis": 1, "initial": 0.25}, x=(2, 3))]
    for name in ("argmax", "argmin"):
        found[name] = [
            case({"axis": -1}, x=(2, 3, 4)),
            case({"axis": 1, "keepdims": True}, x=(2, 3, 4)),
            case(x=(2, 3)),
            case({"axis": 1}, x=ids(2, 5, high=3)),
            refused({"axis": 3}, x=(2, 3)),
        ]
    for name in ("cumsum", "cumprod"):
        found[name] = [
            case({"axis": 1}, x=(2, 3, 4)),
            case(x=(2, 3)),
            case({"axis": -1, "dtype": "float64"}, x=(2, 3)),
            case({"axis": 1}, x=tensor(2, 3, kind="mask")),
            case({"axis": 1}, x=ids(2, 3, dtype="int8", high=3)),
            refused({"axis": 3}, x=(2, 3)),
        ]
    for name in ("softmax", "log_softmax"):
        found[name] = [
            case(x=(2, 3, 4)),
            case({"axis": 1}, x=(2, 3, 4)),
            case({"axis": [1, 2]}, x=(2, 3, 4)),
            case({"axis": None}, x=(2, 3)),
            case(x=tensor(2, 3, dtype="float16")),
            refused({"axis": 5}, x=(2, 3)),
            refused(x=ids(2, 3)),
        ]
    return found


ALONG: dict[str, list[Case]] = {
    "count_nonzero": [case({"axis": 1}, x=ids(2, 5, high=2)), case(x=ids(2, 5, high=2))],
    "norm": [
        case({"axis": -1}, x=(2, 3, 4)),
        case({"axis": -1, "keepdims": True}, x=(2, 3, 4)),
        case({"axis": 1, "ord": 1}, x=(2, 3)),
        case({"axis": 1, "ord": 3}, x=(2, 3)),
        case({"axis": [1, 2], "ord": "fro"}, x=(2, 3, 4)),
        case({"axis": [1, 2]}, x=(2, 3, 4)),
        case({"axis": [1, 2], "ord": "nuc"}, x=(2, 3, 4)),
        case({"axis": [1, 2], "ord": 2}, x=(2, 3, 4)),
        case({"axis": [1, 2], "ord": 1}, x=(2, 3, 4)),
        case(x=(2, 3)),
        case({"axis": 1}, x=ids(2, 3)),
        refused(x=(2, 3, 4)),
        refused({"axis": 1, "ord": "fro"}, x=(2, 3)),
        refused({"axis": 1, "ord": "inf"}, x=(2, 3)),
        refused({"axis": [1, 2], "ord": 3}, x=(2, 3, 4)),
    ],
    "normalize": [
        case(x=(2, 3, 4)),
        case({"axis": 1}, x=(2, 3, 4)),
        case({"axis": [1, 2]}, x=(2, 3, 4)),
        case({"order": 3}, x=(2, 3)),
        case({"order": 1}, x=(2, 3)),
        case({"epsilon": 5.0}, x=(2, 3)),
        case(x=tensor(2, 3, kind="zeros")),
        refused(x=ids(2, 3)),
        refused({"order": 0}, x=(2, 3)),
    ],
    "top_k": [
        case({"k": 2}, x=(2, 5)),
        case({"k": 3}, x=ids(2, 3, 6, high=3)),
        case({"k": 3}, x=(2, 3)),
        refused({"k": 4}, x=(2, 3)),
        refused({"k": 1}, x=tensor(2, 3, kind="mask")),
    ],
    "sort": [case(x=(2, 5)), case({"axis": 1}, x=(2, 3, 4)), case(x=ids(2, 5))],
    "argsort": [case(x=(2, 5)), case({"axis": 1}, x=(2, 3, 4)), case(x=ids(2, 6, high=3))],
}

LINEAR: dict[str, list[Case]] = {
    "matmul": [
        *(
            case(x1=one, x2=other)
            for one, other in (
                ((2, 3, 4), (2, 4, 5)),
                ((2, 3, 4), (4, 5)),
                ((2, 3), (3, 5)),
                ((2, 3), (3,)),
                ((3,), (3, 4)),
                ((2, 1, 3, 4), (2, 6, 4, 5)),
                ((2, 6, 3, 4), (2, 1, 4, 5)),
            )
        ),
        case(x1=ids(2, 3, 4), x2=ids(2, 4, 5)),
        case(x1=ids(2, 3, 4), x2=(2, 4, 5)),
        case(x1=ids(2, 3, 4, dtype="int8"), x2=ids(2, 4, 5, dtype="int8")),
        refused(x1=(2, 3, 4), x2=(2, 3, 5)),
        refused(x1=(2, 3, 4), x2=(3, 4, 5)),
    ],
    "dot": [
        case(x1=(2, 3, 4), x2=(4, 5)),
        case(x1=(2, 3), x2=(2, 3, 4)),
        case(x1=(2, 3), x2=(3,)),
        case(x1=(2, 3), x2=(3, 4)),
        case(x1=ids(2, 3), x2=ids(3, 4)),
        refused(x1=(2, 3), x2=(2, 4)),
    ],
    "einsum": [
        *(
            case({"subscripts": text}, operands=list(shapes))
            for text, shapes in (
                ("bij,bjk->bik", [(2, 3, 4), (2, 4, 5)]),
                ("bqhd,bkhd->bhqk", [(2, 3, 2, 4), (2, 5, 2, 4)]),
                ("bhqk,bkhd->bqhd", [(2, 2, 3, 5), (2, 5, 2, 4)]),
                ("...ij,...jk->...ik", [(2, 3, 4), (2, 4, 5)]),
                ("b...i,b...i->b...", [(2, 3, 4), (2, 3, 4)]),
                ("bij->bji", [(2, 3, 4)]),
                ("bij->b", [(2, 3, 4)]),
                ("bi,bj,bk->bijk", [(2, 3), (2, 4), (2, 5)]),
                ("bi, ij -> bj", [(2, 3), (3, 4)]),
                ("bij,bjk", [(2, 3, 4), (2, 4, 5)]),
            )
        ),
        case({"subscripts": "bi,bi->b"}, operands=[ids(2, 3), ids(2, 3)]),
        case({"subscripts": "bi,bi->b"}, operands=[ids(2, 3, dtype="int8"), ids(2, 3, dtype="int8")]),
        refused({"subscripts": "bij,bjk->bik"}, operands=[(2, 3, 4), (2, 5, 5)]),
        refused({"subscripts": "bij,bjk->bix"}, operands=[(2, 3, 4), (2, 4, 5)]),
        refused({"subscripts": "bij,bjk->bik"}, operands=[(2, 3, 4)]),
        refused({"subscripts": "bij->bi"}, operands=[(2, 3)]),
    ],
    "image.resize": [
        *(
            case({"size": [8, 3], "interpolation": name, "antialias": antialias}, images=(2, 5, 7, 3))
            for name in ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5", "area")
            for antialias in (False, True)
        ),
        case({"size": [8, 6]}, images=(2, 4, 4, 3)),
        case({"size": [3, 2]}, images=tensor(2, 4, 4, 3, kind="image", dtype="uint8")),
        case({"size": [5, 6]}, images=(4, 4, 3)),
        case({"size": [5, 6], "data_format": "channels_first"}, images=(2, 3, 4, 4)),
        case({"size": [4, 4]}, images=tensor(2, 4, 4, 3, dtype="float16")),
        refused({"size": [4]}, images=(2, 4, 4, 3)),
        refused({"size": [4, 4], "interpolation": "cubic"}, images=(2, 4, 4, 3)),
        refused({"size": [4, 4]}, images=(2, 4)),
    ],
}

CASES: dict[str, list[Case]] = {
    f"ops.{name}": [*cases, *WIDE.get(name, [])]
    for table in (unary(), binary(), ELEMENTWISE, SHAPES, ENTRIES, reductions(), ALONG, LINEAR)
    for name, cases in table.items()
}

CHAINS: list[Case] = []
