"""Commands on ONNX files: each reads them as it reads a spec."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shapecalc.cli.session import Session
from tests.benchmarks.onnx_files import write_chain_of
from tests.cli.conftest import Command
from tests.cli.conftest import shapecalc as shapecalc
from tests.formats.onnx.building import write_chain, write_node
from tests.work import at_most

FILES = {path.stem: str(path) for path in sorted((Path(__file__).parent / "files").glob("*.onnx"))}
PEOPLE = ("full", "json", "markdown")


def list_layers(file: str) -> dict[str, str]:
    """The layers of a file and what each is called in it; a border or transpose that a layer needs comes after it."""
    session = Session()
    report = session.report(file)
    assert report is not None
    rows = {row.name for row in report.rows}
    return {layer: place for layer, place in session.written[file].flat.places.items() if layer in rows}


@pytest.mark.parametrize("output_format", PEOPLE)
@pytest.mark.parametrize("name", FILES)
def test_every_layer_is_explained(shapecalc: Command, name: str, output_format: str) -> None:
    for layer in list_layers(FILES[name]):
        result = shapecalc("explain", FILES[name], layer, "--output-format", output_format)
        assert (result.code, result.err.count("error")) == (0, 0), layer
        assert layer in result.out


@pytest.mark.parametrize("name", FILES)
def test_every_node_is_explained_by_the_name_that_the_file_gives_it(shapecalc: Command, name: str) -> None:
    firsts = {place: layer for layer, place in reversed(list_layers(FILES[name]).items())}
    for place, layer in firsts.items():
        if place:
            asked = shapecalc("explain", FILES[name], place)
            assert asked == shapecalc("explain", FILES[name], layer)


@pytest.mark.parametrize("name", FILES)
def test_a_file_written_as_a_spec_is_the_same_model(shapecalc: Command, tmp_path: Path, name: str) -> None:
    spec = tmp_path / "model.yaml"
    spec.write_text(shapecalc("convert", FILES[name], "--to", "yaml").out, "utf-8")
    summaries = []
    for file in (FILES[name], str(spec)):
        shown = json.loads(shapecalc("summary", file, "--output-format", "json").out)["models"][0]
        summaries.append((shown["totals"], [layer | {"line": None} for layer in shown["layers"]]))
    assert summaries[0] == summaries[1]
    assert "No differences" in shapecalc("diff", FILES[name], str(spec)).out


@pytest.mark.parametrize("notation", ["keras-json", "keras-python"])
def test_an_operator_is_not_written_for_keras(shapecalc: Command, tmp_path: Path, notation: str) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes(write_chain([write_node("Hardmax", ["x"], ["y"], "/last/Hardmax")], ["batch", 4]))
    result = shapecalc("convert", str(file), "--to", notation)
    assert (result.code, result.out) == (1, "")
    assert "error[SC609] last_Hardmax: Keras has no layer for the operator onnx.Hardmax\n" in result.err


@pytest.mark.parametrize("notation", ["dot", "mermaid", "svg"])
@pytest.mark.parametrize("name", FILES)
def test_a_file_is_drawn(shapecalc: Command, name: str, notation: str) -> None:
    result = shapecalc("convert", FILES[name], "--to", notation)
    assert result.code == 0
    assert list(list_layers(FILES[name]))[-1] in result.out


def test_sizes_of_the_file_are_set_solved_and_swept(shapecalc: Command) -> None:
    decoder = FILES["decoder"]
    assert "(3, 7, 50)" in shapecalc("summary", decoder, "--set", "seq=7", "--batch", "3").out
    assert "seq = 64 is the largest" in shapecalc("solve", decoder, "--for", "seq", "--max-macs", "1M").out
    assert shapecalc("sweep", decoder, "--set", "seq=8,16").out.splitlines()[2].startswith("16,")


def test_twice_the_nodes_take_twice_the_work(shapecalc: Command, tmp_path: Path) -> None:
    calls = []
    for count in (500, 1_000, 2_000):
        file = tmp_path / "chain.onnx"
        write_chain_of(count, str(file))
        with at_most(10_000_000) as work:
            assert shapecalc("summary", str(file)).code == 0
        calls.append(work.calls)
    assert calls[2] - calls[1] < 2.2 * (calls[1] - calls[0])
