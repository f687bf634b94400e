"""The server, driven over its protocol."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lsp.client import Client, session

WRONG = "input: [5, 1]\nlayers:\n  - LSTM: {units: 5}\n  - TimeDistributed: {layer: {Dense: {units: 1}}}\n"
RIGHT = WRONG.replace("{units: 5}", "{units: 5, return_sequences: true}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("editor")


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[Client]:
    with session(folder) as client:
        yield client


@pytest.fixture
def uri(folder: Path, request: pytest.FixtureRequest) -> str:
    return (folder / f"{request.node.name}.yaml").as_uri()


def test_findings_come_with_their_places(client: Client, uri: str) -> None:
    client.open(uri, WRONG)
    (finding,) = client.wait_for_findings(uri)
    assert (finding["code"], finding["severity"], finding["source"]) == ("SC412", 1, "shapecalc")
    assert finding["range"] == {"start": {"line": 3, "character": 4}, "end": {"line": 3, "character": 19}}
    assert finding["message"].split("\n") == [
        "time_distributed: needs a time axis, got (None, 5)",
        "help: set `return_sequences: true` on `lstm`",
    ]
    (related,) = finding["relatedInformation"]
    assert related["message"] == "returns its last step only"
    assert related["location"]["uri"] == uri
    assert related["location"]["range"]["start"] == {"line": 2, "character": 4}


def test_findings_follow_the_text(client: Client, uri: str) -> None:
    client.open(uri, WRONG)
    assert client.wait_for_findings(uri)
    client.change(uri, RIGHT)
    assert client.wait_for_findings(uri) == []


def test_hover_shows_the_numbers_and_the_page(client: Client, uri: str) -> None:
    client.open(uri, RIGHT)
    hover = client.at("hover", uri, 2, 5)
    assert hover["range"] == {"start": {"line": 2, "character": 4}, "end": {"line": 2, "character": 8}}
    numbers, page = hover["contents"]["value"].split("### LSTM")
    assert "lstm (LSTM)" in numbers
    assert "total             4*units*(features + units + 1)  140" in numbers
    assert "Output every step." in page


def test_hints_stand_at_the_end_of_each_line(client: Client, uri: str) -> None:
    client.open(uri, RIGHT)
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 4, "character": 0}}
    hints = client.request("textDocument/inlayHint", {"textDocument": {"uri": uri}, "range": whole})
    lines = RIGHT.split("\n")
    assert [(hint["position"], hint["label"]) for hint in hints] == [
        ({"line": 2, "character": len(lines[2])}, "(None, 5, 5)  140 params"),
        ({"line": 3, "character": len(lines[3])}, "(None, 5, 1)  6 params"),
    ]


def test_hints_stay_while_a_line_is_typed(client: Client, uri: str) -> None:
    client.open(uri, RIGHT)
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}}
    params = {"textDocument": {"uri": uri}, "range": whole}
    assert len(client.request("textDocument/inlayHint", params)) == 2
    client.change(uri, RIGHT.replace("  - Time", "  - Dense: {uni\n  - Time"))
    labels = [hint["label"] for hint in client.request("textDocument/inlayHint", params)]
    assert labels == ["(None, 5, 5)  140 params", "(None, 5, 1)  6 params"]


def test_yaml_that_is_no_model_has_no_findings(client: Client, uri: str) -> None:
    client.open(uri, "on: push\njobs:\n  test: {runs-on: ubuntu-latest}\n")
    assert client.wait_for_findings(uri) == []
