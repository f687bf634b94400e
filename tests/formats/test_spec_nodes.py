"""The nodes of a spec that was not written are those that reading its text gives."""

from __future__ import annotations

import pytest

from shapecalc.cli.session import Session
from shapecalc.diagnostics import Fault
from shapecalc.document.nodes import Document, MappingNode, Node, SequenceNode, is_same
from shapecalc.document.read import read
from shapecalc.formats.flat_model import FlatModel
from shapecalc.formats.keras.reading.read import read_keras
from shapecalc.formats.model_files import WrittenModel
from shapecalc.formats.onnx.lifting.exact import infer_nodes
from shapecalc.formats.onnx.lifting.lift import lift_nodes
from shapecalc.formats.onnx.read import read_onnx
from tests.formats.keras.recorded import READ
from tests.formats.onnx.nodes import list_tests
from tests.formats.onnx.test_read import RECORDED, path_of


def require_same(flat: FlatModel) -> None:
    """Demands that a model's nodes are those of its text, and stand for the same parts of its file."""
    written = WrittenModel(flat)
    document, again = written.document("model"), read(written.text, "model")
    again.places = written.places
    assert document.root is not None
    assert again.root is not None
    assert again.diagnostics == []
    assert is_same(document.root, again.root)
    assert list_places(document, document.root) == list_places(again, again.root)
    assert document.text == again.text
    assert document.has_expressions == again.has_expressions


def list_places(document: Document, root: Node) -> list[str]:
    """What the nodes of all entries stand for, in order."""
    assert isinstance(root, MappingNode)
    blocks = root.fields.get("blocks")
    inner = blocks.fields.values() if isinstance(blocks, MappingNode) else []
    places = [place for block in inner for place in list_places(document, block)]
    layers = root.fields["layers"]
    assert isinstance(layers, SequenceNode)
    waiting = layers.items[::-1]
    while waiting:
        node = waiting.pop()
        places.append(document.span(node).place)
        if isinstance(node, (MappingNode, SequenceNode)):
            waiting += list(node.fields.values()) if isinstance(node, MappingNode) else node.items
    return places


@pytest.mark.parametrize("name", READ["models"])
def test_models_of_keras(name: str) -> None:
    require_same(read_keras(READ["models"][name]["json"], "model.json"))


@pytest.mark.parametrize("name", RECORDED)
def test_files_of_onnx(name: str) -> None:
    flat = Session().content(path_of(name))
    assert isinstance(flat, FlatModel)
    exact = infer_nodes(flat)
    assert exact is not None
    lifted = lift_nodes(flat, exact, "model.onnx")
    require_same(flat)
    require_same(lifted)


def test_operators_of_onnx() -> None:
    tried = 0
    for model in [model for test in list_tests() for model in test.models]:
        try:
            flat = read_onnx(memoryview(model), "model.onnx")
            WrittenModel(flat).document("model.onnx")
        except Fault:
            continue
        tried += 1
        require_same(flat)
    assert tried > 1_000


def test_what_no_spec_can_hold_is_refused() -> None:
    flat = FlatModel("model")
    flat.layers["dense"] = "Dense", {"units": 8, "activation": "$f"}
    flat.outputs["y"] = "dense", flat.call("dense", {}, {}), 0
    with pytest.raises(Fault) as fault:
        WrittenModel(flat).document("model")
    assert fault.value.diagnostics[0].message == "a spec would take the `$` in '$f' for an expression"
