"""Weight files on the command line."""

from __future__ import annotations

import sys
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NamedTuple

from shapecalc.document.files import open_file
from shapecalc.formats.model_files import SpecText

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.cli.session import Session
    from shapecalc.formats.weights.stored import Array, WeightFile

_START = 8
"""Bytes that tell a file."""
ENDINGS = (".npz", ".weights.h5")
"""Of files that weights are written to."""


class WeightSource(NamedTuple):
    """Where the weights of a run are: in a file, which may be the model's own; `data` is what was read of it already.

    `names` has the path of a layer by its name in the file.
    """

    file: str | None
    names: dict[str, str]
    is_own: bool = False
    data: bytes | None = None


def find_source(session: Session, spec: str, report: Report, file: str | None, names: str | None) -> WeightSource:
    """The weights that the options name, else those that a model's file brings along. Raises Fault."""
    from shapecalc.formats.weights.model_file import brings_weights, find_names

    model = session.written.get(report.file)
    given = {} if model is None else find_names(model.flat, report)
    if names is not None:
        given |= _read_names(session, names)
    if file is not None or model is None:
        return WeightSource(file, given)
    if spec == "-":
        data = session.bytes_of(spec)
        own = brings_weights(data[:_START])
        return WeightSource("standard input" if own else None, given, own, data)
    with open_file(spec) as opened:
        own = brings_weights(opened.read(_START))
    return WeightSource(spec if own else None, given, own)


def refuse_ending(path: str) -> None:
    """Raises Fault with SC607 where the end of a path does not say what to write."""
    from shapecalc.diagnostics import Fault, error, shorten

    if not path.endswith(ENDINGS):
        help = "end it in `.npz`, or in `.weights.h5`, which Keras loads"
        raise Fault(error("SC607", f"cannot write {shorten(path)}: its ending names no format", help=help))


class LoadedWeights(NamedTuple):
    """The arrays of a weight file by the paths of the model's weights, notes on how they were found, and JSON of it."""

    arrays: dict[str, Array] | None
    notes: list[str]
    told: dict[str, Any] | None


def read_weights(session: Session, report: Report, source: WeightSource, most: int | None) -> LoadedWeights:
    """What a run takes of a weight file. What does not match is shown, and added to the findings. Raises Fault."""
    from shapecalc.diagnostics import Fault
    from shapecalc.formats.weights.match import match_weights
    from shapecalc.formats.weights.model_file import constants_in_report, list_held
    from shapecalc.formats.weights.read import open_weights

    model = session.written.get(report.file)
    given = {} if model is None else constants_in_report(model.flat, report)
    held = [] if model is None else [path for path, _ in list_held(model.flat)]
    if source.file is None or (source.is_own and held):
        note, told = _tell_held(report, held)
        return LoadedWeights(given or None, note, told)
    with open_weights(source.file, most, source.data) as file:
        if not source.is_own:
            given |= _read_constants(session, source.file, report, source.names)
        match = match_weights(report, file, source.names, given)
        findings = match.findings(file)
        if leftovers := match.list_leftovers(file):
            _show_leftovers(leftovers)
        if any(finding.severity == "error" for finding in findings):
            raise Fault(*findings)
        session.diagnostics += findings
        notes = [match.note(file)] if (source.is_own and file.weights) or match.by_order else []
        arrays = given | {path: file.weights[name].read() for path, name in match.names.items()}
        return LoadedWeights(arrays, notes, match.as_json(file))


def _tell_held(report: Report, held: Collection[str]) -> tuple[list[str], dict[str, Any] | None]:
    """A note on how many weights a model's own ONNX file has, and JSON of it."""
    from shapecalc.diagnostics import shorten

    paths = [f"{row.name}/{path}" for row in report.rows for path, _ in row.weights]
    found = sum(path in held for path in paths)
    if not held:
        return [], None
    noun = "weight" if found == 1 else "weights"
    told = {"file": report.file, "found": found, "by_order": [], "missing": [], "unexpected": []}
    return [f"{found} {noun} of {shorten(report.file)}"] if found else [], told


def _read_constants(session: Session, path: str, report: Report, names: dict[str, str]) -> dict[str, Array]:
    """The arrays that calls in a model's file are given, of which a spec of that model has weights, by their paths."""
    from shapecalc.diagnostics import Fault
    from shapecalc.formats.weights.model_file import brings_weights, constants_by_names

    with open_file(path) as opened:
        if not brings_weights(opened.read(_START)):
            return {}
    try:
        model = session.content(path)
    except Fault:
        return {}  # a file of weights alone
    return {} if isinstance(model, bytes | SpecText) else constants_by_names(model, report, names)


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


def _show_leftovers(rows: list[tuple[str, str, str, str]]) -> None:
    from shapecalc.cli.session import is_colour_forced
    from shapecalc.render.table import terminal_of
    from shapecalc.render.weights import write_leftovers

    sys.stdout.flush()
    sys.stderr.write(write_leftovers(rows, terminal_of(sys.stderr, forced=is_colour_forced())))


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
