"""Weight files on the command line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.cli.session import Session
    from shapecalc.formats.weights.stored import Array

ENDINGS = (".npz", ".weights.h5")
"""Of files that weights are written to."""


class WeightSource(NamedTuple):
    """The weight file, and the file that says what its layers are called in the spec."""

    file: str | None
    names: str | None


def refuse_ending(path: str) -> None:
    """Raises Fault with SC607 where the end of a path does not say what to write."""
    from shapecalc.diagnostics import Fault, error, shorten

    if not path.endswith(ENDINGS):
        help = "end it in `.npz`, or in `.weights.h5`, which Keras loads"
        raise Fault(error("SC607", f"cannot write {shorten(path)}: its ending names no format", help=help))


def read_weights(
    session: Session, report: Report, source: WeightSource, most: int | None
) -> tuple[dict[str, Array] | None, list[str]]:
    """The arrays of a weight file by the paths of the model's weights, and how they were found. Raises Fault.

    What does not match is shown, and added to the findings.
    """
    from shapecalc.diagnostics import Fault
    from shapecalc.formats.weights.match import match_weights
    from shapecalc.formats.weights.read import open_weights

    if source.file is None:
        return None, []
    names = None if source.names is None else _read_names(session, source.names)
    with open_weights(source.file, most) as file:
        match = match_weights(report, file, names)
        findings = match.findings(file)
        if match.leftovers(file):
            _show_leftovers(match.leftovers(file))
        if any(finding.severity == "error" for finding in findings):
            raise Fault(*findings)
        session.diagnostics += findings
        return {path: file.weights[name].read() for path, name in match.names.items()}, match.notes(file)


def _show_leftovers(rows: list[tuple[str, str, str, str]]) -> None:
    from shapecalc.cli.session import is_colour_forced
    from shapecalc.render.table import terminal_of
    from shapecalc.render.weights import leftovers_text

    sys.stdout.flush()
    sys.stderr.write(leftovers_text(rows, terminal_of(sys.stderr, forced=is_colour_forced())))


def _read_names(session: Session, path: str) -> dict[str, str]:
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
