"""What an activity regularizer keeps: it measures the output of a layer. https://keras.io/api/layers/regularizers/"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapecalc.training.array import Array, make_array
from shapecalc.training.dtypes import find_result_type
from shapecalc.training.elementwise import map_entries
from shapecalc.training.reductions import average
from shapecalc.training.tape import Tape

if TYPE_CHECKING:
    from shapecalc.layers.base import Layer


UNREAD = frozenset({"MultiHeadAttention", "SimpleRNN"})
"""Types whose own output Keras does not measure: one hands its regularizer to its projections, one forgets it."""


def find_regularizer(layer: Layer) -> object:
    """The activity regularizer that a layer calls; None where it has none."""
    return None if layer.type_name in UNREAD else getattr(layer, "activity_regularizer", None)


def regularize(tape: Tape, regularizer: object, output: Array) -> None:
    """Adds a loss for an output: its penalty, divided by the samples."""
    if regularizer is None or not output.needs_grad:
        return
    name, given = next(iter(regularizer.items())) if isinstance(regularizer, dict) else (str(regularizer), None)
    penalties = _list_penalties(name.lower(), given or {})
    if not penalties:
        return
    for part in penalties:
        penalty = map_entries(tape, part, output)
        average(penalty, range(output.ndim), keepdims=False)
        tape.save(make_array("weight of the penalty", (), output.dtype))
    tape.save(make_array("whether there are no samples", (), "bool"))
    tape.save(make_array("samples", (), find_result_type(output.dtype)))


def _list_penalties(name: str, given: dict[str, object]) -> list[str]:
    """The functions whose sums a regularizer adds up: of absolute values, of squares, or both."""
    functions = {"l1": "abs", "l2": "square"}
    if name == "l1l2":
        return [function for key, function in functions.items() if given.get(key)]
    return [functions[name]] if name in functions else []
