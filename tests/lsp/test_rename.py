"""A model is the same after any of its names has become another."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shapecalc.analysis.expect import check_expectations
from shapecalc.analysis.report import Report
from shapecalc.lsp.documents import OpenFiles
from shapecalc.lsp.references import list_references
from shapecalc.lsp.rename import Refused, apply_replacements, find_renamed, rename

SPECS = Path(__file__).parents[2] / "specs"
FILES = sorted(path for path in SPECS.glob("*/*.yaml") if path.parent.name not in ("reject", "weights"))
SHORT = sorted((SPECS / "tutorial").glob("*.yaml"))
FILE = "/nowhere/model.yaml"


def open_file(text: str, file: str = FILE) -> OpenFiles:
    files = OpenFiles()
    files.put(file, text)
    return files


def report_of(files: OpenFiles, file: str) -> Report:
    snapshot = files.snapshot(file)
    assert snapshot is not None
    assert snapshot.report is not None
    return snapshot.report


def rename_everything(path: Path) -> int:
    """Gives every declared name of a spec another, each in a text of its own, and compares the models."""
    text, file = path.read_text("utf-8"), str(path)
    files = open_file(text, file)
    snapshot = files.snapshot(file)
    assert snapshot is not None
    report = report_of(files, file)
    counts = [(str(row.inferred.params), len(row.shapes)) for row in report.rows]
    own = [each for each in snapshot.occurrences if each.is_declaration and each.document is snapshot.document]
    declared = {each.symbol: each for each in reversed(own)}
    for occurrence in declared.values():
        found = find_renamed(files, file, occurrence.start)
        assert found is not None
        replacements = rename(files, file, occurrence.start, "Fresh_1")[file]
        assert replacements
        changed = report_of(open_file(apply_replacements(text, replacements), file), file)
        assert [finding for finding in changed.diagnostics if finding.severity == "error"] == []
        assert check_expectations(changed) == []
        if occurrence.symbol.kind not in ("size", "argument"):
            assert [(str(row.inferred.params), len(row.shapes)) for row in changed.rows] == counts
    return len(declared)


@pytest.mark.parametrize("path", SHORT, ids=lambda path: path.stem)
def test_every_name_of_a_spec_can_be_another(path: Path) -> None:
    assert rename_everything(path) > 0


@pytest.mark.long
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_name_of_every_spec_can_be_another(path: Path) -> None:
    rename_everything(path)


def renamed(text: str, word: str, name: str) -> str:
    return apply_replacements(text, rename(open_file(text), FILE, text.index(word), name)[FILE])


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("Flatten", "Flatten: {name: flat}"),
        ("Flatten:", "Flatten: {name: flat}"),
        ("Flatten: {}", "Flatten: {name: flat}"),
        ("Flatten: { data_format: null }", "Flatten: { data_format: null, name: flat }"),
        ("Flatten:\n      data_format: null", "Flatten:\n      data_format: null\n      name: flat"),
    ],
)
def test_a_layer_without_a_name_gets_one(entry: str, expected: str) -> None:
    head, tail = "input: [2, 3]\nlayers:\n  - ", "\n  - Dense: {units: 1}\n    from: flatten\n"
    changed = renamed(head + entry + tail, "flatten", "flat")
    assert changed == head + expected + tail.replace("flatten", "flat")


def test_automatic_names_that_move_up_are_followed() -> None:
    text = (
        "input: [2]\nlayers:\n  - Dense: {units: 1}\n  - Dense: {units: 2}\nexpect: {layers: {dense_1: {params: 4}}}\n"
    )
    assert renamed(text, "Dense", "first") == text.replace("units: 1}", "units: 1, name: first}").replace(
        "dense_1", "dense"
    )


def test_names_of_outputs_that_come_of_layers_are_followed() -> None:
    text = """\
input: [4]
blocks:
  Pair:
    layers:
      - Dense: {units: 2, name: left}
      - Dense: {units: 3, name: right}
        from: input
    outputs: [left, right]
layers:
  - Pair: {name: pair}
  - Concatenate:
    from: [pair.left, pair.right]
expect:
  layers:
    pair: {outputs: {left: [2], right: [3]}}
    pair/left: {params: 10}
"""
    assert renamed(text, "left}", "first") == text.replace("left", "first")


def test_names_in_quotes_and_formulas() -> None:
    text = """\
inputs:
  "x": "(None, T, 4)"
layers:
  - Dense: {units: "$T * 2"}
expect: {output: [T, "2*T"], params: "10 * T"}
"""
    assert renamed(text, "T, 4", "steps") == text.replace("T", "steps")


def test_rounds_outputs_and_further_calls_of_a_layer() -> None:
    text = """\
input: [5, 4]
layers:
  - LSTM: {units: 4, return_sequences: true, return_state: true, name: a}
  - Concatenate: {axis: 1}
    from: [a, a.output]
  - Dense: {units: 4, name: d}
    repeat: 2
  - Concatenate:
    from: [d/0, d/*, d]
  - reuse: d
    from: a
  - reuse: a
    from: d/1@2
outputs: [concatenate_1, a@2.state_h, d/1@2]
expect: {layers: {d/1: {params: 20}, "a@2": {params: 0}}}
"""
    for word, names in (("a}", r"\ba\b(?=[@.,}]|$)"), ("d}", r"\bd\b(?=[/@,}\]]|$)")):
        assert report_of(open_file(text), FILE).ok
        changed = renamed(text, word, "other")
        assert changed == re.sub(names, "other", text, flags=re.MULTILINE)


def test_a_bound_is_no_name() -> None:
    text = "input: [M, 4]\nlayers:\n  - Dense: {units: 2}\nexpect: {params: '<= 5 M', output: [M, 2]}\n"
    assert renamed(text, "M, 4", "rows") == text.replace("[M", "[rows")


def test_a_text_that_cannot_be_read_is_left_alone() -> None:
    text = "input: [4\nlayers:\n  - Dense: {units: 2, name: a}\n"
    with pytest.raises(Refused, match="mend its YAML first"):
        renamed(text, "a}", "b")


def test_open_files_that_use_this_one_follow(tmp_path: Path) -> None:
    part, whole = tmp_path / "part.yaml", tmp_path / "whole.yaml"
    inner = """\
args: {n: 2}
inputs: {x: [4]}
layers:
  - Dense: {units: $n, name: a}
  - Dense: {units: 3, name: b}
    from: x
outputs: [a, b]
"""
    outer = """\
input: [4]
blocks:
  Part: {file: part.yaml}
layers:
  - Part: {n: 5}
    from: {x: input}
  - Concatenate:
    from: [part.a, part.b]
expect: {layers: {part/a: {params: 25}}}
"""
    part.write_text(inner, "utf-8")
    files = OpenFiles()
    for path, text in ((part, inner), (whole, outer)):
        files.put(str(path), text)
    for word, changed in (
        ("n: 2", outer.replace("{n: 5}", "{new: 5}")),
        ("x: [4]", outer.replace("{x: input}", "{new: input}")),
        ("a}", outer.replace("part.a", "part.new").replace("part/a", "part/new")),
    ):
        replacements = rename(files, str(part), inner.index(word), "new")
        assert apply_replacements(outer, replacements[str(whole)]) == changed
        found = list_references(files, str(part), inner.index(word))
        assert {location.file for location in found} == {str(part), str(whole)}
