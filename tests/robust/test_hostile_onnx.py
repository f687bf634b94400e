"""Hostile ONNX files meet a diagnostic, soon: never a traceback, a hang, runaway memory, or a name that is obeyed."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.cli.session import Session
from shapecalc.diagnostics import Fault
from shapecalc.document.files import hold_file
from shapecalc.formats.onnx.read import read_onnx
from tests.cli.conftest import Command
from tests.cli.conftest import shapecalc as shapecalc
from tests.formats.onnx.building import (
    Graph,
    field,
    write_attribute,
    write_chain,
    write_function,
    write_model,
    write_node,
    write_numbers,
    write_tensor,
    write_value,
)
from tests.robust.fuzz.runner import answer, find_fault
from tests.work import at_most

FILES = [path.read_bytes() for path in sorted((Path(__file__).parents[1] / "formats/onnx/files").glob("*.onnx"))]
MOST_CALLS = 10_000_000
HUGE = 2**63 - 1
X, Y = write_value("x", [4]), write_value("y", [4])


def relu(fed: str = "x", gives: str = "y", name: str = "") -> bytes:
    return write_node("Relu", [fed], [gives], name)


def told_what(operator: str, fed: str, *tensors: bytes, **attributes: Any) -> bytes:
    """A file with one node `n`, fed these tensors, each named by a letter."""
    return write_chain([write_node(operator, fed.split(), ["y"], "n", **attributes)], tensors=tensors)


def twice(operator: str, fed: str, key: str, value: int | str) -> bytes:
    """A file with one node that says an attribute twice."""
    given: Any = {key: value}
    return write_chain([write_node(operator, fed.split(), ["y"], "n", **given) + field(5, write_attribute(key, value))])


def within(depth: int) -> Graph:
    """A branch in a branch, so deep."""
    graph = Graph([relu(gives="q")], [], [write_value("q", [4])])
    for _ in range(depth):
        node = write_node("If", ["c"], ["q"], "n", then_branch=graph, else_branch=Graph([], [], []))
        graph = Graph([node], [], [write_value("q", [4])])
    return graph


def doubled(levels: int) -> bytes:
    """A file whose function calls another twice, which calls another twice."""
    functions = [write_function("F0", ["a"], ["b"], [relu("a", "b")])]
    for level in range(1, levels):
        calls = [
            write_node(f"F{level - 1}", [fed], [gives], name, "own")
            for fed, gives, name in (("a", "t", "i"), ("t", "b", "j"))
        ]
        functions.append(write_function(f"F{level}", ["a"], ["b"], calls))
    call = write_node(f"F{levels - 1}", ["x"], ["y"], "c", "own")
    return write_model(Graph([call], [X], [Y]), functions=functions)


def external(location: bytes, offset: int = 0, length: int = 16) -> bytes:
    said = {b"location": location, b"offset": b"%d" % offset, b"length": b"%d" % length}
    pairs = b"".join(field(13, field(1, key) + field(2, value)) for key, value in said.items())
    return told_what("Add", "x w", write_tensor("w", [4], 1, None, pairs + field(14, 1)))


ITSELF = write_function("F", ["a"], ["b"], [write_node("F", ["a"], ["b"], "i", "own")])

HOSTILE: dict[str, tuple[bytes, str, str]] = {
    "nothing": (b"", "SC617", "it is empty"),
    "text": (b"hello", "SC617", "it does not begin as ONNX files do"),
    "a spec": (b"input: [4]\nlayers: [Flatten]\n", "SC617", "it does not begin as ONNX files do"),
    "a pointer of Git LFS": (b"version https://git-lfs.github.com/spec/v1\n", "SC601", "a pointer of Git LFS"),
    "a page": (b"<!DOCTYPE html><html></html>", "SC601", "an HTML or XML document, not an ONNX model"),
    "a SavedModel": (b"\x08\x01\x12\x05abcde", "SC601", "a TensorFlow SavedModel, not an ONNX model"),
    "no graph": (field(1, 8), "SC617", "no graph with outputs"),
    "the first half": (FILES[0][:3000], "SC617", "is longer than what is left"),
    "millions of nodes": (field(1, 8) + field(7, field(1, b"") * 4_000_000), "SC602", "more than 100,000 of `node`"),
    "two nodes for a tensor": (
        write_chain([relu(name="a"), relu(name="b")]),
        "SC617",
        "the node `b` gives the tensor `y`, which is there already",
    ),
    "a node for an input": (write_chain([relu("x", "x", "a"), relu()]), "SC617", "the node `a` gives the tensor `x`"),
    "two inputs of a name": (write_model(Graph([relu()], [X, X], [Y])), "SC617", "two inputs are called `x`"),
    "two outputs of a name": (write_model(Graph([relu()], [X], [Y, Y])), "SC617", "two outputs are called `y`"),
    "two constants of a name": (
        told_what("Add", "x w", write_tensor("w", [1], 1, b"\0" * 4), write_tensor("w", [1], 1, b"\0" * 4)),
        "SC617",
        "two constants are called `w`",
    ),
    "a cycle": (
        write_chain([relu("y", "t", "one"), relu("t", "y", "two")]),
        "SC617",
        "the node `one` uses the tensor `y`, which the node `two` below it gives",
    ),
    "a node of itself": (write_chain([relu("y", "y", "one")]), "SC617", "uses the tensor `y`, which it gives itself"),
    "a tensor of nobody": (write_chain([relu("t", name="n")]), "SC617", "`n` uses the tensor `t`, which nothing gives"),
    "an output of nobody": (write_model(Graph([relu("x", "t")], [X], [Y])), "SC617", "nothing gives the tensor `y`"),
    "a node of no inputs": (write_chain([write_node("Relu", [], ["y"], "n")]), "SC617", "the node `n` is fed nothing"),
    "an empty name": (write_chain([relu("", name="n")]), "SC617", "the node `n` is fed nothing"),
    "too many inputs": (told_what("Relu", "x x x"), "SC617", "the node `n` has too many inputs"),
    "a huge size": (write_chain([relu()], [HUGE, HUGE]), "SC205", "at least 1"),
    "a thousand axes": (write_chain([relu()], [1] * 1_000), "SC602", "at most 100 axes"),
    "a million axes from a Reshape": (
        told_what("Reshape", "x s", write_numbers("s", [1] * 1_000_000)),
        "SC602",
        "n: gives a tensor of 1,000,000 axes",
    ),
    "a milliard axes that nobody knows": (
        write_chain(
            [write_node("ConstantOfShape", ["s"], ["t"]), write_node("Reshape", ["x", "t"], ["y"], "n")],
            tensors=[write_numbers("s", [10**9])],
        ),
        "SC602",
        "axes, and 100 are the most",
    ),
    "a huge Reshape": (told_what("Reshape", "x s", write_numbers("s", [HUGE, 2])), "SC404", "n: cannot reshape"),
    "a huge Expand": (told_what("Expand", "x s", write_numbers("s", [HUGE, 4])), "SC602", "more than 10**18"),
    "a huge Tile": (told_what("Tile", "x s", write_numbers("s", [HUGE])), "SC602", "more than 10**18"),
    "a huge Pad": (told_what("Pad", "x s", write_numbers("s", [HUGE, HUGE])), "SC602", "more than 10**18"),
    "a huge Range": (
        write_chain(
            [write_node("Range", ["a", "b", "c"], ["t"]), write_node("Add", ["x", "t"], ["y"], "n")],
            tensors=[write_numbers(name, [number], []) for name, number in (("a", 0), ("b", HUGE), ("c", 1))],
        ),
        "SC602",
        "more than 10**18",
    ),
    "a Range of no steps": (
        write_chain(
            [write_node("Range", ["a", "b", "c"], ["t"], "r"), write_node("Add", ["x", "t"], ["y"], "n")],
            tensors=[write_numbers(name, [number], []) for name, number in (("a", 0), ("b", 4), ("c", 0))],
        ),
        "SC205",
        "r: steps by 0",
    ),
    "a tensor of petabytes": (
        told_what("Add", "x w", write_tensor("w", [2**50])),
        "SC617",
        "the tensor `w` has 1,125,899,906,842,624 numbers by its shape, and the file has others",
    ),
    "a tensor of too few numbers": (told_what("Add", "x w", write_tensor("w", [4], 1, b"abc")), "SC617", "has others"),
    "a tensor of no numbers": (told_what("Add", "x w", write_tensor("w", [4], 1, None)), "SC617", "has others"),
    "floats that end early": (
        told_what("Add", "x w", write_tensor("w", [4], 1, None, field(4, struct.pack("<3f", 1, 2, 3)))),
        "SC617",
        "has others",
    ),
    "an axis below 0": (told_what("Add", "x w", write_tensor("w", [-4])), "SC617", "has an axis below 0"),
    "a dtype of a tensor": (told_what("Add", "x w", write_tensor("w", [4], 77)), "SC617", "the dtype 77"),
    "a dtype of an input": (write_model(Graph([relu()], [write_value("x", [4], 99)], [Y])), "SC617", "the dtype 99"),
    "an input without a shape": (write_model(Graph([relu()], [write_value("x", None)], [Y])), "SC609", "no shape"),
    "an unknown operator": (told_what("Nothing\x1b[31m", "x"), "SC609", r"not known here: Nothing\x1b[31m"),
    "a long operator": (told_what("N" * 10_000_000, "x"), "SC609", "NNN..."),
    "an unknown attribute": (told_what("Relu", "x", nothing=3), "SC202", "onnx.Relu has no argument `nothing`"),
    "a long attribute": (told_what("Transpose", "x", perm=[0] * 1_000_000), "SC602", "values of the attribute `perm`"),
    "a huge axis": (told_what("Softmax", "x", axis=HUGE), "SC205", "beyond 10**18"),
    "too many parts": (
        write_chain([write_node("Split", ["x"], [f"y{i}" for i in range(50_000)] + ["y"], "n", axis=0)]),
        "SC404",
        "n: cuts an axis of 4 into 50001 parts",
    ),
    "a function that calls itself": (
        write_model(Graph([write_node("F", ["x"], ["y"], "c", "own")], [X], [Y]), functions=[ITSELF]),
        "SC602",
        "functions that call each other without end",
    ),
    "functions that double": (doubled(40), "SC602", "more than 100,000 nodes"),
    "deep branches": (
        write_model(Graph(
            [write_node("If", ["c"], ["y"], "n", then_branch=within(100), else_branch=within(0))],
            [X, write_value("c", [], 9)],
            [Y],
        )),
        "SC617",
        "messages nest deeper than 100",
    ),
    "no branches": (told_what("If", "x"), "SC203", "onnx.If needs the arguments `then_branch` and `else_branch`"),
    "an old version": (write_chain([relu()], opset=6), "SC609", "its operators are of version 6"),
    "no version": (field(1, 3) + field(7, Graph([relu()], [X], [Y]).data), "SC609", "its operators are of version 1"),
    "a function of an old version": (
        write_model(Graph([write_node("f", ["x"], ["y"], "n", "own")], [X], [Y]), functions=[
            write_function("f", ["a"], ["b"], [relu("a", "b")]) + field(9, field(1, b"") + field(2, 6)),
        ]),
        "SC609", "its operators are of version 6",
    ),
    **{
        f"an attribute of {operator} twice": (
            twice(operator, fed, key, value), "SC617", f"the node `n` has two attributes `{key}`"
        )
        for operator, fed, key, value in (
            ("DepthToSpace", "x", "blocksize", 2), ("SpaceToDepth", "x", "blocksize", 2),
            ("SoftmaxCrossEntropyLoss", "x x", "ignore_index", 1),
            ("NegativeLogLikelihoodLoss", "x x", "reduction", "sum"),
        )
    },
    "a version below 0": (write_chain([relu()], opset=-1), "SC609", "its operators are of version -1"),
    "a long name of a node": (
        write_chain([write_node("Reshape", ["x", "s"], ["y"], "n" * 10_000_000)], tensors=[write_numbers("s", [5])]),
        "SC404",
        "cannot reshape (4,) to (5,)",
    ),
    "control characters in a name": (
        write_chain([write_node("Reshape", ["x", "s"], ["y"], "\x1b]0;x\x07")], tensors=[write_numbers("s", [5])]),
        "SC404",
        r"\x1b]0;x\x07",
    ),
    "numbers outside the folder": (external(b"../secret"), "SC613", "outside its folder"),
    "numbers at an absolute path": (external(b"/etc/passwd"), "SC613", "outside its folder"),
    "numbers behind the end of their file": (external(b"data", 8), "SC614", "end behind the file data"),
    "numbers before the start of their file": (external(b"data", -8), "SC614", "end behind the file data"),
}  # fmt: skip


def shows(text: str) -> bool:
    """Whether a text can be printed."""
    return all(line.isprintable() for line in text.split("\n"))


@pytest.mark.parametrize("name", HOSTILE)
def test_it_meets_a_diagnostic(shapecalc: Command, tmp_path: Path, name: str) -> None:
    data, code, words = HOSTILE[name]
    (tmp_path / "data").write_bytes(b"\0" * 20)
    file = tmp_path / "model.onnx"
    file.write_bytes(data)
    with at_most(MOST_CALLS):
        result = shapecalc("check", str(file), "--output-format", "concise")
    assert result.code in (1, 2)
    assert f"error[{code}]" in result.out
    assert words in result.out
    assert len(result.out) < 5_000
    assert shows(result.out)


SOUND: dict[str, bytes] = {
    "an input that is a constant too": write_model(
        Graph(
            [write_node("Add", ["x", "w"], ["y"])],
            [X, write_value("w", [4])],
            [Y],
            [write_tensor("w", [4], 1, bytes(16))],
        )
    ),
    "no node": write_model(Graph([], [X], [X])),
    "two nodes of a name": write_chain([relu("x", "t", "a"), relu("t", "y", "a")]),
    "names that are taken": write_chain([relu("x", "t", "input"), relu("t", "y", "prev")]),
    "names that are none": write_chain([relu("x", "t", "///"), relu("t", "y", "\x1b[2J")]),
    "names of sizes": write_chain([relu()], ["\x1b[31m", "N*2", "", "?", "a b", "1a", "input", "é", "s" * 9_000_000]),
    "long names of tensors": write_chain([relu("x", "t" * 9_000_000), relu("t" * 9_000_000, "y")]),
    "words": told_what("Identity", "x", write_tensor("w", [1], 8, None, field(6, b"\xff\x1b[31m"))),
    "numbers in a file that is not there": external(b"nowhere"),
    "deep branches": write_model(
        Graph(
            [write_node("If", ["c"], ["y"], "n", then_branch=within(0), else_branch=within(0))],
            [X, write_value("c", [], 9)],
            [Y],
        )
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SOUND)
def test_what_is_odd_and_sound_is_read(shapecalc: Command, tmp_path: Path, name: str) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes(SOUND[name])
    with at_most(MOST_CALLS):
        result = shapecalc("summary", str(file))
    assert (result.code, result.err) == (0, "")
    assert len(result.out) < 20_000
    assert shows(result.out)


def test_sizes_of_two_names_are_two_sizes(shapecalc: Command, tmp_path: Path) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes(write_chain([relu()], ["a b", "a.b", "a b"]))
    assert "(a_b, a_b_, a_b)" in shapecalc("summary", str(file)).out


def test_standard_input_holds_a_model(shapecalc: Command, tmp_path: Path) -> None:
    result = shapecalc("summary", "-", stdin=write_chain([relu(name="/first/Relu")]))
    assert "first_Relu (ReLU)" in result.out


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A file of those that stand beside the tests, with a few bytes changed, cut out, doubled or put in."""
    data = draw(st.sampled_from(FILES))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 30)))
        same_length = st.binary(min_size=end - start, max_size=end - start)
        piece = draw(st.one_of(st.just(b""), same_length, st.binary(max_size=8), st.just(data[start:end] * 2)))
        data = data[:start] + piece + data[end:]
    return data


def survives(file: Path, data: bytes, command: str) -> None:
    """Whatever it says of a file, little work answers it with findings that can be printed, or with numbers."""
    file.write_bytes(data)
    with at_most(MOST_CALLS):
        code, said = answer([command, str(file), *(["--to", "yaml"] if command == "convert" else [])])
    assert find_fault(code, said) == ""
    assert shows(said)


COMMANDS = st.sampled_from(["summary", "check", "explain", "convert"])


@settings(max_examples=150, deadline=None)
@given(mutated(), COMMANDS)
def test_a_mutated_file_is_answered(tmp_path_factory: pytest.TempPathFactory, data: bytes, command: str) -> None:
    survives(tmp_path_factory.getbasetemp() / "mutated.onnx", data, command)


@pytest.mark.long
@settings(max_examples=20_000, deadline=None)
@given(mutated(), COMMANDS)
def test_many_mutated_files_are_answered(tmp_path_factory: pytest.TempPathFactory, data: bytes, command: str) -> None:
    survives(tmp_path_factory.getbasetemp() / "mutated.onnx", data, command)


def test_a_file_that_is_cut_short_while_it_is_read_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    node = write_node("MatMul", ["x", "w"], ["y"], "n")
    path.write_bytes(write_chain([node], [4, 40], tensors=[write_tensor("w", [40, 1000], 1, bytes(160_000))]))
    session = Session()
    report = session.report(str(path))
    assert report is not None
    held = report.spec.held
    assert held is not None
    os.truncate(path, 4_096)
    with pytest.raises(Fault) as fault:
        held(None)
    assert fault.value.diagnostics[0].code == "SC601"
    assert fault.value.diagnostics[0].message.endswith(": it was cut short while it was read")


def test_a_file_that_is_cut_short_after_it_was_opened_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    nodes = [relu(f"t{number}", f"t{number + 1}") for number in range(2_000)]
    path.write_bytes(write_chain([relu("x", "t0"), *nodes, relu("t2000")]))
    file = hold_file(str(path))
    os.truncate(path, 5_000)
    with pytest.raises(Fault) as fault:
        read_onnx(file, str(path))
    assert fault.value.diagnostics[0].message.endswith(": it was cut short while it was read")
