"""Weight files on the command line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from shapecalc.formats.made_spec import SpecText

if TYPE_CHECKING:
    from shapecalc.cli.session import Session
    from shapecalc.formats.weights.stored import WeightFile

ENDINGS = (".npz", ".weights.h5")
"""Of files that weights are written to."""


def refuse_ending(path: str) -> None:
    """Raises Fault with SC607 where the end of a path does not say what to write."""
    from shapecalc.diagnostics import Fault, error, shorten

    if not path.endswith(ENDINGS):
        help = "end it in `.npz`, or in `.weights.h5`, which Keras loads"
        raise Fault(error("SC607", f"cannot write {shorten(path)}: its ending names no format", help=help))


def pair_files(session: Session, old: WeightFile, new: WeightFile) -> dict[str, str] | None:
    """The name in the old file of each array of the new, where two notations name them and a model knows both.

    None for files of one notation, and where neither is a model's file.
    """
    from shapecalc.diagnostics import Fault
    from shapecalc.formats.weights.compare import pair_by_model
    from shapecalc.formats.weights.model_file import find_names

    if old.kind == new.kind:
        return None
    for file in (old, new):
        try:
            model = session.content(file.path)
            if not isinstance(model, bytes | SpecText):
                report = session.report_of_model(model, file.path)
                return pair_by_model(report, find_names(model, report), old, new)
        except Fault:
            continue  # a file of weights alone
    return None


def show_leftovers(rows: list[tuple[str, str, str, str]]) -> None:
    """Prints what is left over of a weight file and of the model to standard error."""
    from shapecalc.cli.session import is_colour_forced
    from shapecalc.render.table import terminal_of
    from shapecalc.render.weights import write_leftovers

    sys.stdout.flush()
    sys.stderr.write(write_leftovers(rows, terminal_of(sys.stderr, forced=is_colour_forced())))


def read_names(session: Session, path: str) -> dict[str, str]:
    """The paths of layers by their names in the weight file. Raises Fault."""
    from shapecalc.diagnostics import Fault, error, shorten
    from shapecalc.formats.json_text import parse_json

    text = session.bytes_of(path).decode("utf-8", "replace")
    try:
        names = parse_json(text)
    except ValueError:
        names = None
    if not isinstance(names, dict) or not all(isinstance(value, str) for value in names.values()):
        raise Fault(error("SC606", f"cannot read {shorten(path)}: it is no JSON of names and paths"))
    return names
