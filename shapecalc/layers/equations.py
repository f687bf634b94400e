"""The einsum equations that EinsumDense takes: `ab,bc->ac`, `...a,ab->...b`, `ab...,bc->ac...`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from shapecalc.diagnostics.errors import ShapeError

if TYPE_CHECKING:
    from types import EllipsisType

_HELP = "write it as `ab,bc->ac`, `...a,ab->...b` or `ab...,bc->ac...`: input, kernel, output"


class Equation(NamedTuple):
    """Letters of the input, the kernel and the output; `ellipsis` says where the unnamed axes stand: left, right, none.

    The batch axis is the first letter, or the first of the axes that an ellipsis on the left stands for.
    """

    inputs: str
    kernel: str
    outputs: str
    ellipsis: str

    @property
    def demands(self) -> tuple[str | EllipsisType, ...]:
        """The names of the input's axes for `Shape.axes`."""
        if self.ellipsis == "left":
            return ("batch", ..., *self.inputs)
        return ("batch", *self.inputs[1:], ...) if self.ellipsis == "right" else ("batch", *self.inputs[1:])

    @property
    def stated(self) -> str:
        """The letters of the output whose sizes `output_shape` states: all but the batch axis."""
        return self.outputs if self.ellipsis == "left" else self.outputs[1:]

    def axis_names(self, rank: int) -> tuple[str, ...]:
        """A name for each axis of an input of `rank` axes: its letter, or a number where the ellipsis stands."""
        others = tuple(str(axis) for axis in range(rank - len(self.inputs)))
        return (*others, *self.inputs) if self.ellipsis == "left" else (*self.inputs, *others)

    def output_names(self, rank: int) -> tuple[str, ...]:
        """The same for the output that such an input gives."""
        others = tuple(str(axis) for axis in range(rank - len(self.inputs)))
        return (*others, *self.outputs) if self.ellipsis == "left" else (*self.outputs, *others)


def parse_equation(text: str) -> Equation:
    """The parts of an equation; ShapeError SC206 where it is none that EinsumDense takes."""
    operands, arrow, output = text.partition("->")
    first, comma, kernel = operands.partition(",")
    ellipsis = "left" if first.startswith("...") else "right" if first.endswith("...") else "none"
    inputs, outputs = _strip_dots(first, ellipsis), _strip_dots(output, ellipsis)
    fits = arrow and comma and all(_strip_spaces(part) for part in (inputs, kernel, outputs))
    if not fits or (ellipsis == "right" and len(inputs) == 1):
        raise ShapeError(f"cannot read the equation {text!r}", arg="equation", code="SC206", help=_HELP)
    twice = next((letter for letter in outputs if outputs.count(letter) != 1), None)
    if twice:
        raise ShapeError(f"the output of {text!r} names `{twice}` twice", arg="equation", code="SC206", help=_HELP)
    equation = Equation(inputs, kernel, outputs, ellipsis)
    _check_letters(equation, text)
    return equation


def _strip_dots(part: str, ellipsis: str) -> str:
    """`part` without the dots that should stand there; nothing where they do not."""
    if ellipsis == "left":
        return part[3:] if part.startswith("...") else ""
    if ellipsis == "right":
        return part[:-3] if part.endswith("...") else ""
    return part


def _strip_spaces(part: str) -> bool:
    return part.isascii() and part.isalpha()


def _check_letters(equation: Equation, text: str) -> None:
    """Refuses a batch axis that is not first in input and output, and letters that nothing gives a size."""
    if equation.ellipsis != "left":
        batch = equation.inputs[0]
        if equation.outputs[0] != batch or batch in equation.kernel:
            message = f"the batch axis of {text!r}, `{batch}`, has to come first in the output and not be in the kernel"
            raise ShapeError(message, arg="equation", code="SC206", help=_HELP)
    for letter in equation.outputs:
        if letter not in equation.inputs + equation.kernel:
            message = f"the output of {text!r} has an axis `{letter}` that neither input nor kernel has"
            raise ShapeError(message, arg="equation", code="SC206", help=f"add `{letter}` to the kernel's letters")
    for letter in equation.kernel:
        if letter not in equation.inputs + equation.outputs:
            message = f"the kernel of {text!r} has an axis `{letter}` that neither input nor output has"
            raise ShapeError(
                message, arg="equation", code="SC206", help=f"take `{letter}` out, or name it in the output"
            )
