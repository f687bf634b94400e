"""Tables that whole numbers are looked up in."""

from __future__ import annotations

from shapecalc.dims import Size, formula, require_at_least
from shapecalc.layers.values import Tensor


def require_rows(
    indices: Tensor, rows: Size, subject: str, help: str, *, input: str, arg: str = "", back: bool = False
) -> None:
    """Demands a row for every number that a tensor is known to hold; with `back` negative ones count from the end.

    `arg` is the argument that says how many rows there are, where one does, and stands in the help.
    Of most tensors nothing is known, and nothing is demanded. Raises ShapeError.
    """
    if indices.numbers is None:
        return
    least, most = indices.numbers
    message = f"is fed whole numbers up to {formula(most)}, and {subject} has {formula(rows)}, counted from 0"
    least_rows = formula(most + 1)
    change = (arg, least_rows) if arg and least_rows.isdigit() else None
    require_at_least(rows, most + 1, message, input=input, change=change, help=help.format(least_rows))
    message = f"is fed whole numbers from {formula(least)} on, and {subject} is counted from 0"
    require_at_least(least + rows if back else least, 0, message, input=input, help="count from 0")
