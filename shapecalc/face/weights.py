"""The weights of a run: of a file that is named, else of the model's own file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from shapecalc.document.files import open_file
from shapecalc.formats.made_spec import SpecText

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.face.reading import Reading
    from shapecalc.formats.weights.stored import Array

_START = 8
"""Bytes that tell a file."""
ShowLeftovers = Callable[[list[tuple[str, str, str, str]]], None]
"""Is called with what is left over of a weight file and of the model."""


class WeightSource(NamedTuple):
    """Where the weights of a run are: in a file, which may be the model's own; `data` is what was read of it already.

    `names` has the path of a layer by its name in the file.
    """

    file: str | None
    names: dict[str, str]
    is_own: bool = False
    data: bytes | None = None


def find_source(
    reading: Reading, spec: str, report: Report, file: str | None, names: Mapping[str, str]
) -> WeightSource:
    """The weights that the options name, else those that a model's file brings along. Raises Fault."""
    from shapecalc.formats.weights.model_file import brings_weights, find_names

    model = reading.written.get(report.file)
    given = {} if model is None else find_names(model.flat, report)
    given |= names
    if file is not None or model is None:
        return WeightSource(file, given)
    if spec == "-":
        data = reading.bytes_of(spec)
        own = brings_weights(data[:_START])
        return WeightSource("standard input" if own else None, given, own, data)
    with open_file(spec) as opened:
        own = brings_weights(opened.read(_START))
    return WeightSource(spec if own else None, given, own)


class LoadedWeights(NamedTuple):
    """The arrays of a weight file by the paths of the model's weights, notes on how they were found, and JSON of it."""

    arrays: dict[str, Array] | None
    notes: list[str]
    told: dict[str, Any] | None


def read_weights(
    reading: Reading, report: Report, source: WeightSource, most: int | None, show: ShowLeftovers | None = None
) -> LoadedWeights:
    """What a run takes of a weight file. What does not match is shown, and added to the findings. Raises Fault."""
    from shapecalc.diagnostics import Fault
    from shapecalc.formats.weights.layout import list_unsaid
    from shapecalc.formats.weights.match import match_weights
    from shapecalc.formats.weights.model_file import constants_in_report, list_held
    from shapecalc.formats.weights.read import open_weights

    model = reading.written.get(report.file)
    given = {} if model is None else constants_in_report(model.flat, report)
    held = [] if model is None else [path for path, _ in list_held(model.flat)]
    if source.file is None or (source.is_own and held):
        note, told = _tell_held(report, held)
        return LoadedWeights(given or None, note, told)
    with open_weights(source.file, most, source.data) as file:
        if not source.is_own:
            given |= _read_constants(reading, source.file, report, source.names)
        constants = {path for path in list_unsaid(report) if path in file.weights}
        match = match_weights(report, file, source.names, given, constants)
        findings = match.findings(file) if len(file.weights) > len(constants) or match.missing else []
        if show is not None and (leftovers := match.list_leftovers(file)):
            show(leftovers)
        if any(finding.severity == "error" for finding in findings):
            raise Fault(*findings)
        reading.diagnostics += findings
        notes = [match.note(file)] if (source.is_own and file.weights) or match.by_order else []
        arrays = given | {path: file.weights[name].read() for path, name in match.names.items()}
        arrays |= {path: file.weights[path].read() for path in constants}
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


def _read_constants(reading: Reading, path: str, report: Report, names: dict[str, str]) -> dict[str, Array]:
    """The arrays that calls in a model's file are given, of which a spec of that model has weights, by their paths."""
    from shapecalc.diagnostics import Fault
    from shapecalc.formats.weights.model_file import brings_weights, constants_by_names

    with open_file(path) as opened:
        if not brings_weights(opened.read(_START)):
            return {}
    try:
        model = reading.content(path)
    except Fault:
        return {}  # a file of weights alone
    return {} if isinstance(model, bytes | SpecText) else constants_by_names(model, report, names)
