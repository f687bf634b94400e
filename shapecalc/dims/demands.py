"""The demands that rules make on sizes. Each returns a size, and raises ShapeError where it is not met.

Where the answer depends on a symbol or an unknown, the demand notes a `Relation` and goes on. Whoever applies a rule
lists them: `with watch_assumptions as relations:`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims.bounds import at_least, same
from shapecalc.dims.dim import Dim, Size, formula, is_unknown, unknown
from shapecalc.dims.division import exact_quotient, floor_div
from shapecalc.dims.relation import Relation, divides
from shapecalc.dims.shape import Shape
from shapecalc.dims.watch import Watch

if TYPE_CHECKING:
    from typing import NoReturn, TypedDict, Unpack

    class Blame(TypedDict, total=False):
        """The arguments of ShapeError besides its message."""

        arg: str | None
        input: str | None
        help: str | None
        code: str
        item: int
        change: tuple[str, str | None] | None


watch_assumptions: Watch[Relation] = Watch()
"""`with watch_assumptions as relations:` lists what demands assume within, in the order they ask."""


def assume(*relations: Relation) -> None:
    """Adds assumptions to the list of the innermost `with watch_assumptions`."""
    watch_assumptions.note(*relations)


def exact(size: Size, divisor: Size, message: str | None = None, **blame: Unpack[Blame]) -> Size:
    """`size / divisor`, which must come out whole."""
    quotient = exact_quotient(size, divisor)
    if quotient is not None:
        return quotient
    if divides(divisor, size) is False:
        _refuse(message or f"needs a multiple of {formula(divisor)}, got {formula(size)}", {"code": "SC404", **blame})
    assume(Relation(size, "%", divisor))
    return floor_div(size, divisor) if isinstance(divisor, int) and divisor > 0 else unknown("a quotient of sizes")


def require_same(left: Size, right: Size, message: str | None = None, **blame: Unpack[Blame]) -> Size:
    """Two sizes that must be equal, merged: an unknown wins over a number, a number over a symbol, else the first."""
    if left == right:
        return left
    if same(left, right) is False:
        _refuse(message or f"needs equal sizes, got {formula(left)} and {formula(right)}", blame)
    assume(Relation(left, "==", right))
    return _merge(left, right)


def require_at_least(size: Size, least: Size, message: str | None = None, **blame: Unpack[Blame]) -> Size:
    """`size`, which must be `least` or more."""
    verdict = at_least(size, least)
    if verdict is False:
        _refuse(message or f"needs a size of at least {formula(least)}, got {formula(size)}", blame)
    if verdict is None:
        assume(Relation(size, ">=", least))
    return size


def broadcast(left: Size, right: Size, message: str | None = None, **blame: Unpack[Blame]) -> Size:
    """NumPy's rule for one axis: equal sizes, or a 1 that stretches. A symbol or an unknown is never taken for 1."""
    if left == right or right == 1:
        return left
    if left == 1:
        return right
    if message is None and same(left, right) is False:
        message = f"needs equal sizes or a 1, got {formula(left)} and {formula(right)}"
    blame.setdefault("code", "SC405")
    return require_same(left, right, message, **blame)


def broadcast_shapes(*shapes: Sequence[Size], **blame: Unpack[Blame]) -> Shape:
    """The shape that all stretch to, aligned at their last axes."""
    if not shapes:
        return Shape()
    merged = shapes[0]
    for shape in shapes[1:]:
        if merged != shape:
            merged = _broadcast_pair(Shape(merged), Shape(shape), blame)
    return merged if isinstance(merged, Shape) else Shape(merged)


def _broadcast_pair(left: Shape, right: Shape, blame: Blame) -> Shape:
    rank = max(len(left), len(right))
    axes = zip((1,) * (rank - len(left)) + tuple(left), (1,) * (rank - len(right)) + tuple(right), strict=True)
    try:
        return Shape([broadcast(size, other) for size, other in axes])
    except ShapeError as error:
        _refuse(f"cannot broadcast {left} with {right}: {error.message}", {"code": "SC405", **blame})


def _merge(left: Size, right: Size) -> Size:
    if is_unknown(left):
        return left
    return right if is_unknown(right) or (isinstance(right, int) and isinstance(left, Dim)) else left


def _refuse(message: str, blame: Blame) -> NoReturn:
    raise ShapeError(message, **blame)
