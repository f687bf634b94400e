"""Golden cases of the merging layers."""

from __future__ import annotations

from typing import Any

from tests.golden.cases import Case, tensor

ELEMENTWISE = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")
STEPS, OTHER_STEPS = [[1, 1, 0], [1, 0, 0]], [[1, 0, 1], [0, 0, 0]]


def several(*shapes: tuple[int, ...], config: dict[str, Any] | None = None, **keys: Any) -> Case:
    return {"config": config or {}, "inputs": {"inputs": [tensor(*shape, **keys) for shape in shapes]}}


def of_dtypes(shape: tuple[int, ...], *dtypes: str, **config: Any) -> Case:
    inputs = [
        tensor(*shape, dtype=dtype, **({} if "float" in dtype else {"kind": "ids", "high": 5})) for dtype in dtypes
    ]
    return {"config": config, "inputs": {"inputs": inputs}}


def masked(case: Case, *masks: Any) -> Case:
    return {**case, "mask": {"inputs": list(masks)}}


def refused(case: Case) -> Case:
    return {**case, "error": True}


def elementwise(kind: str) -> list[Case]:
    cases = [
        several((2, 3), (2, 3)),
        several((2, 3, 4), (2, 3, 4)),
        several((2, 3, 4), (2, 1, 4)),
        several((2, 1, 4), (2, 3, 1)),
        several((2, 3, 4), (2, 4)),
        several((2, 4), (2, 3, 4)),
        several((2, 1), (2, 3, 4, 2)),
        several((2, 3, 4, 2), (2, 4, 2)),
        several((2,), (2,)),
        several((2,), (2, 3)),
        several((2, 3), (2, 3), config={"dtype": "float16"}),
        several((2, 3), (2, 3), config={"dtype": "mixed_float16"}),
        several((2, 3), (2, 3), config={"name": "merged", "trainable": False}),
        of_dtypes((2, 3), "int32", "float32"),
        of_dtypes((2, 3), "float64", "float32"),
        of_dtypes((2, 3), "float32", "float32", dtype="float64"),
        masked(several((2, 3, 4), (2, 3, 4)), STEPS, OTHER_STEPS),
        masked(several((2, 3, 4), (2, 3, 4)), STEPS, None),
        masked(several((2, 3, 4), (2, 3, 4)), None, STEPS),
        masked(several((2, 3, 4), (2, 1, 4)), STEPS, [[1], [0]]),
        masked(several((2, 3, 4), (2, 4)), STEPS, None),
        masked(several((2, 4), (2, 3, 4)), None, STEPS),
        refused(several((2, 3), (2, 4))),
        refused(several((2, 3, 4), (2, 3))),
        refused(several((2, 3), (1, 3))),
        refused(several((2, 2, 3), (2, 3, 2))),
        refused(of_dtypes((2, 3), "bool", "bool")),
        refused(masked(several((2, 3, 4), (2, 4)), STEPS, [[1, 0, 1, 1], [0, 1, 1, 1]])),
    ]
    if kind == "Average":
        cases += [several((2, 3), (2, 3), (2, 3), (2, 3), (2, 3))]
    else:
        cases += [
            of_dtypes((2, 3), "int32", "int32"),
            of_dtypes((2, 3), "uint8", "int8"),
            of_dtypes((2, 3), "int32", "int64"),
        ]
    if kind == "Subtract":
        return [*cases, refused(several((2, 3))), refused(several((2, 3), (2, 3), (2, 3)))]
    cases += [
        several((2, 3)),
        several((2, 3), (2, 3), (2, 3)),
        several((2, 3, 1), (2, 4), (2, 1, 4)),
        masked(several((2, 3, 4)), STEPS),
        masked(several((2, 3, 4), (2, 3, 4), (2, 3, 4)), STEPS, OTHER_STEPS, [[0, 1, 0], [0, 1, 0]]),
        masked(several((2, 3, 4), (2, 3, 4), (2, 3, 4)), STEPS, None, OTHER_STEPS),
        masked(several((2, 3, 4), (2, 3, 4), (2, 3, 4)), None, STEPS, OTHER_STEPS),
    ]
    by_rank = [
        masked(several((2, 3), (2, 3)), STEPS, OTHER_STEPS),
        masked(several((2, 3, 4, 5), (2, 3, 4, 5)), STEPS, OTHER_STEPS),
    ]
    return cases + (by_rank if kind in ("Add", "Average") else [refused(case) for case in by_rank])


def concatenated(axis: int, *shapes: tuple[int, ...], **config: Any) -> Case:
    return several(*shapes, config={"axis": axis, **config})


CONCATENATE: list[Case] = [
    several((2, 3), (2, 4)),
    several((2, 3), (2, 3), (2, 1)),
    several((2, 3)),
    several((2,), (2,)),
    several((2, 3, 4), (2, 3, 2)),
    concatenated(1, (2, 3, 4), (2, 5, 4)),
    concatenated(-2, (2, 3, 4), (2, 1, 4)),
    concatenated(0, (2, 3), (3, 3)),
    concatenated(3, (2, 2, 3, 4), (2, 2, 3, 1), (2, 2, 3, 2)),
    concatenated(1, (2, 2, 3, 4), (2, 4, 3, 4)),
    several((2, 3), (2, 3), config={"dtype": "float16"}),
    of_dtypes((2, 3), "int32", "int32"),
    of_dtypes((2, 3), "int32", "float32"),
    of_dtypes((2, 3), "bool", "bool"),
    of_dtypes((2, 3), "bool", "int32"),
    of_dtypes((2, 3), "uint8", "int8"),
    masked(several((2, 3, 4), (2, 3, 2)), STEPS, OTHER_STEPS),
    masked(several((2, 3, 4), (2, 3, 2)), STEPS, None),
    masked(several((2, 3, 4), (2, 3, 2)), None, STEPS),
    masked(several((2, 3, 4)), STEPS),
    masked(concatenated(1, (2, 3, 4), (2, 3, 4)), STEPS, OTHER_STEPS),
    masked(concatenated(1, (2, 3, 4), (2, 2, 4)), STEPS, None),
    masked(concatenated(1, (2, 2, 4), (2, 3, 4)), None, STEPS),
    masked(concatenated(0, (2, 3, 4), (2, 3, 4)), STEPS, OTHER_STEPS),
    masked(several((2, 3), (2, 3)), STEPS, None),
    refused(several((2, 3, 4), (2, 1, 4))),
    refused(several((2, 3, 4), (2, 4))),
    refused(several((2, 3), (1, 3))),
    refused(concatenated(1, (2, 3, 4), (2, 3, 5))),
    refused(concatenated(1, (2, 3, 1), (2, 3, 4))),
    refused(concatenated(5, (2, 3, 4), (2, 5, 4))),
    refused(concatenated(-4, (2, 3, 4), (2, 3, 4))),
    refused(masked(several((2, 3, 4, 5), (2, 3, 4, 5)), STEPS, None)),
]


def dotted(axes: Any, *shapes: tuple[int, ...], **config: Any) -> Case:
    return several(*shapes, config={"axes": axes, **config})


DOT: list[Case] = [
    *(
        dotted(axes, *shapes, normalize=normalize)
        for normalize in (False, True)
        for axes, shapes in [
            (1, ((2, 3), (2, 3))),
            (-1, ((2, 3), (2, 3))),
            ([-1, -1], ((2, 3), (2, 3))),
            ([1, 2], ((2, 3, 5), (2, 10, 3))),
            ([2, 1], ((2, 3, 5), (2, 5, 4))),
            ([-1, -2], ((2, 3, 4), (2, 4, 5))),
            (-1, ((2, 3, 4), (2, 5, 4))),
            (-2, ((2, 3, 4), (2, 3, 2))),
            ([1, 2], ((2, 4), (2, 5, 4))),
            ([2, 1], ((2, 5, 4), (2, 4))),
            ([1, 1], ((2, 5, 4), (2, 5))),
            ([2, 1], ((2, 5, 4, 3), (2, 4, 6, 7))),
            ([3, 2], ((2, 5, 4, 3), (2, 4, 3, 7))),
            ([1, 1], ((2, 4), (2, 4, 3, 5))),
            ([2, 1], ((2, 5, 4, 3), (2, 4))),
            (1, ((2, 1), (2, 1))),
        ]
    ),
    {"config": {"axes": 1, "normalize": True}, "inputs": {"inputs": [tensor(2, 3, kind="zeros"), tensor(2, 3)]}},
    dotted(1, (2, 3), (2, 3), dtype="float16"),
    of_dtypes((2, 3), "int32", "int32", axes=1),
    of_dtypes((2, 3), "int32", "float32", axes=1),
    masked(dotted(2, (2, 3, 4), (2, 3, 4)), STEPS, OTHER_STEPS),
    *(
        refused(case)
        for case in [
            dotted(0, (2, 3), (2, 3)),
            dotted(1, (2, 3), (2, 4)),
            dotted(1, (2, 3), (1, 3)),
            dotted(1, (2, 3)),
            dotted(1, (2, 3), (2, 3), (2, 3)),
            dotted([1, 2, 3], (2, 3), (2, 3)),
            dotted(1.5, (2, 3), (2, 3)),
            dotted(3, (2, 3), (2, 3)),
            dotted(-1, (2,), (2,)),
            dotted([-3, 1], (2, 3, 4), (2, 2, 4)),
            of_dtypes((2, 3), "int32", "int32", axes=1, normalize=True),
        ]
    ),
]

CASES: dict[str, list[Case]] = {
    **{kind: elementwise(kind) for kind in ELEMENTWISE},
    "Concatenate": CONCATENATE,
    "Dot": DOT,
}

CHAINS: list[Case] = []
