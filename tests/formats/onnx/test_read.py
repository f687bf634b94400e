"""ONNX files: every tensor has the shape that ONNX Runtime computes, and what an export has baked in is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shapecalc.analysis.analyse import Settings
from shapecalc.analysis.report import Report
from shapecalc.cli.session import Session
from shapecalc.formats.onnx.messages import Graph, Model
from shapecalc.formats.onnx.wire import read_message
from tests.cli.conftest import Command
from tests.cli.conftest import shapecalc as shapecalc
from tests.formats.onnx.building import Graph as WrittenGraph
from tests.formats.onnx.building import write_model, write_node, write_numbers, write_value

FOLDER = Path(__file__).parent
RECORDED: dict[str, list[dict[str, Any]]] = json.loads((FOLDER / "shapes.json").read_text("utf-8"))
CASES = [(name, position) for name, runs in RECORDED.items() for position in range(len(runs))]


def path_of(name: str) -> str:
    return str(FOLDER / "files" / f"{name}.onnx")


def report_of(name: str, **sizes: int) -> tuple[Report, Session]:
    session = Session(Settings(dict(sizes)), wants_exact=True)
    report = session.report(path_of(name))
    assert report is not None
    return report, session


def graph_of(name: str) -> Graph:
    graph = read_message(Model, memoryview(Path(path_of(name)).read_bytes())).graph
    assert graph is not None
    return graph


def list_shapes(name: str, report: Report, session: Session) -> dict[str, list[int]]:
    """The shape of every tensor by its name in the file."""
    places = {place: layer for layer, place in session.written[path_of(name)].flat.places.items()}
    rows = {row.name: row for row in report.rows}
    shapes = {}
    for node in graph_of(name).node:
        row = rows.get(places.get(node.name, ""))
        if row is not None:
            for output, tensor in zip(node.output, row.outputs.values(), strict=False):
                shapes[output] = list(tensor.shape)
    return shapes  # type: ignore[return-value]


@pytest.mark.parametrize(("name", "position"), CASES)
def test_every_tensor_has_the_shape_that_the_runtime_computes(name: str, position: int) -> None:
    run = RECORDED[name][position]
    report, session = report_of(name, **run["binding"])
    assert session.diagnostics == []
    shapes = list_shapes(name, report, session)
    computed = {tensor: shape for tensor, shape in run["shapes"].items() if tensor in shapes}
    constants = {output for node in graph_of(name).node if node.op_type == "Constant" for output in node.output}
    assert set(run["shapes"]) - set(shapes) <= constants
    assert {tensor: shapes[tensor] for tensor in computed} == computed


@pytest.mark.parametrize("name", RECORDED)
def test_formulas_give_the_same_shapes(name: str) -> None:
    from shapecalc.dims import bind

    report, session = report_of(name)
    shapes = list_shapes(name, report, session)
    for run in RECORDED[name]:
        bound = {tensor: [bind(size, run["binding"]) for size in shape] for tensor, shape in shapes.items()}
        assert {tensor: bound[tensor] for tensor in run["shapes"] if tensor in bound} == {
            tensor: shape for tensor, shape in run["shapes"].items() if tensor in bound
        }


BAKED = {
    "self_attention": ["attention_Reshape_4: the file leaves `seq` open, and this holds for seq == 6 alone"],
    "pyramid": [
        f"{node}: the file leaves `{axis}` open, and this holds for {axis} {text} alone"
        for node, text in (("halves_2_Conv", ">= 8"), ("Add", "% 8 in (0, 1, 2, 3)"), ("Add_1", "% 4 in (0, 1)"))
        for axis in ("height", "width")
    ],
    "decoder": ["Slice: the file leaves `seq` open, and this holds for seq <= 64 alone"],
}


@pytest.mark.parametrize("name", RECORDED)
def test_check_says_what_a_file_has_baked_in(shapecalc: Command, name: str) -> None:
    result = shapecalc("check", path_of(name), "--output-format", "concise", "--quiet")
    said = [line.partition("warning[SC515] ")[2] for line in result.out.splitlines()]
    assert (result.code, said) == (0, BAKED.get(name, []))


def test_the_node_and_its_tensors_are_named(shapecalc: Command) -> None:
    result = shapecalc("check", path_of("self_attention"))
    assert "self_attention.onnx:/attention/Reshape_4: warning[SC515]" in result.out
    assert "  = note: fed (seq, batch, 16), (3,), it gives (6, 4*batch, 4)\n" in result.out


def test_a_size_that_the_file_has_not_is_an_error(shapecalc: Command) -> None:
    result = shapecalc("check", path_of("self_attention"), "--set", "seq=7")
    assert result.code == 1
    assert "cannot reshape (7, 3, 16) to (6, 12, 4)" not in result.out


@pytest.mark.parametrize(
    ("starts", "ends", "text"),
    [([0], [8], "seq >= 8"), ([-3], [1 << 62], "seq >= 3"), ([0], [1 << 62], ""), ([-1], [1 << 62], "")],
)
def test_an_axis_that_is_cut_is_not_baked_in(
    shapecalc: Command, tmp_path: Path, starts: list[int], ends: list[int], text: str
) -> None:
    """What is shorter gives what it has: no runtime refuses it, and only the shape that is shown is another."""
    tensors = [write_numbers("starts", starts), write_numbers("ends", ends), write_numbers("axes", [1])]
    graph = WrittenGraph(
        [write_node("Slice", ["x", "starts", "ends", "axes"], ["y"])],
        [write_value("x", ["batch", "seq"])], [write_value("y", ["batch", "cut"])], tensors,
    )  # fmt: skip
    path = tmp_path / "m.onnx"
    path.write_bytes(write_model(graph))
    said = shapecalc("check", str(path), "--output-format", "concise", "--quiet").out
    assert "SC515" not in said
    assert said.count("note[SC503]") == (1 if text else 0)
    assert text in said


def test_nodes_below_those_that_use_what_they_give_are_sorted(shapecalc: Command, tmp_path: Path) -> None:
    """As converters to half precision write them: the first cast comes last."""
    nodes = [
        write_node("Relu", ["b"], ["y"]), write_node("Tanh", ["a"], ["b"], "early"), write_node("Neg", ["x"], ["a"]),
        write_node("Abs", ["y"], ["z"], "last"),
    ]  # fmt: skip
    inputs, outputs = [write_value("x", ["batch", 4])], [write_value("z", ["batch", 4])]
    path = tmp_path / "m.onnx"
    path.write_bytes(write_model(WrittenGraph(nodes, inputs, outputs)))
    result = shapecalc("check", str(path), "--run", "--output-format", "concise")
    words = "note[SC616] 2 nodes use what nodes below give, and so the nodes are sorted: `Relu` that gives `y`, `early`"
    assert (result.code, result.out.splitlines()[0]) == (0, f"{path}: {words}")
    session = Session(wants_exact=True)
    report = session.report(str(path))
    assert report is not None
    places = session.written[str(path)].flat.places
    assert [places[row.name] for row in report.rows if row.name in places] == [
        "x", "graph.node[2]", "early", "graph.node[0]", "last",
    ]  # fmt: skip
