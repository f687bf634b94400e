"""`shapecalc diff --weights`: two files of weights."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapecalc.analysis.weight_changes import WeightChange
    from shapecalc.cli.session import Session


def compare_weights(session: Session, old: str, new: str, max_memory: int | None) -> list[WeightChange] | None:
    """What became of each weight; None where a file cannot be read, and a finding says why."""
    from shapecalc.diagnostics import Fault
    from shapecalc.face.resources import limit, prepare_numpy

    prepare_numpy()
    from shapecalc.cli.weights import pair_files
    from shapecalc.formats.weights.compare import compare_files
    from shapecalc.formats.weights.read import open_weights

    most = limit(max_memory)
    with session.guard(new):
        try:
            with open_weights(old, most) as before, open_weights(new, most) as after:
                return compare_files(before, after, pair_files(session, before, after))
        except Fault as fault:
            session.diagnostics += fault.diagnostics
    return None


def print_weights(
    session: Session, files: tuple[str, str], changes: list[WeightChange] | None, output_format: str
) -> None:
    """Prints what became of each weight, and the findings."""
    from shapecalc.cli.session import write_readable
    from shapecalc.render.weight_changes import weights_json, weights_markdown, weights_text

    if output_format == "json":
        sys.stdout.write(weights_json(files, changes, session.diagnostics))
        return
    if changes is not None:
        write_readable(output_format, partial(weights_text, files, changes), partial(weights_markdown, files, changes))
    session.show(session.diagnostics)
