"""`--set NAME=VALUES` of a sweep, and `--batch`: `1..512`, `1..100:5`, `8,16,32`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from shapecalc.cli import options
from shapecalc.diagnostics import shorten

if TYPE_CHECKING:
    from shapecalc.analysis.solving.sweep import Axis

MAX_VALUES = 10_000_000
"""Most values of one name."""

_RANGE = re.compile(r"\s*(-?[0-9]{1,18})\s*\.\.\s*(-?[0-9]{1,18})\s*(?::\s*([0-9]{1,18})\s*)?\Z")

_WHOLE = re.compile(r"\s*[0-9]{1,18}\s*\Z")

_LIKE_A_RANGE = re.compile(r"[-0-9.:\s]*\.\.[-0-9.:\s]*\Z")


class BatchSizes(click.ParamType):  # type: ignore[type-arg]  # not generic in all versions
    """Batch sizes, as `read_batches` reads them; none where the option is not given."""

    name = "sizes"
    min = 1
    takes_several = True

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        return read_batches(value)


batches = click.option(
    "--batch",
    type=BatchSizes(),
    default=(),
    metavar="N",
    help="Set the batch size, or compare several: `8,16,32`, `8..64:8`; without this it is unknown.",
)


def read_axes(assignments: tuple[str, ...]) -> tuple[Axis, ...]:
    """The values of every name, each value once. Raises click.UsageError."""
    from shapecalc.analysis.solving.sweep import Axis

    return tuple(Axis(name, _read_values(name, text)) for name, text in options.split_assignments(assignments).items())


def read_batches(text: str) -> tuple[int, ...]:
    """Batch sizes, as the values of a name. Raises click.UsageError."""
    from shapecalc.layers.arguments.plain import LARGEST

    sizes: dict[int, None] = {}
    for piece in text.split(","):
        match = _RANGE.match(piece)
        if match is None and not _WHOLE.match(piece):
            raise _make_batch_fault(piece)
        for size in _stretch("batch", piece) if match else (int(piece),):
            if not 1 <= size <= LARGEST:
                raise _make_batch_fault(piece)
            sizes[size] = None
            if len(sizes) > MAX_VALUES:
                raise click.UsageError(f"--batch has more than {MAX_VALUES:,} values")
    return tuple(sizes)


def _read_values(name: str, text: str) -> tuple[Any, ...]:
    values: dict[tuple[type, str], Any] = {}
    for piece in options.split_values(text):
        for value in _stretch(name, piece):
            values[value.__class__, repr(value)] = value
        if len(values) > MAX_VALUES:
            raise _make_fault(name, f"has more than {MAX_VALUES:,} values")
    return tuple(values.values())


def _stretch(name: str, piece: str) -> Iterable[Any]:
    """The values of `1..512` with both ends, of `1..100:5` every fifth, or one value."""
    match = _RANGE.match(piece)
    if match is None:
        if piece.strip() == "?":
            raise _make_fault(name, "needs values, and `?` is not a value")
        if _LIKE_A_RANGE.match(piece):
            example = f"FIRST..LAST or FIRST..LAST:STEP in whole numbers, as in `--set {shorten(name)}=1..512`"
            raise _make_fault(name, f"takes {example}, not `{shorten(piece.strip())}`")
        return (options.read_value(name, piece),)
    first, last, step = int(match[1]), int(match[2]), int(match[3] or 1)
    if step == 0 or first > last:
        raise _make_fault(name, f"takes FIRST..LAST or FIRST..LAST:STEP, and `{piece.strip()}` holds no values")
    if (last - first) // step >= MAX_VALUES:
        raise _make_fault(name, f"has more than {MAX_VALUES:,} values")
    return range(first, last + 1, step)


def _make_batch_fault(text: str) -> click.UsageError:
    """The fault of a text that is no batch size."""
    return click.UsageError(f"--batch must be a whole number of at least 1, got `{shorten(text.strip())}`")


def _make_fault(name: str, message: str) -> click.UsageError:
    return click.UsageError(f"--set: `{shorten(name)}` {message}")
