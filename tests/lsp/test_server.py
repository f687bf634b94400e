"""The server, driven over its protocol."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

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


@pytest.mark.parametrize(
    "text",
    [
        "on: push\njobs:\n  test: {runs-on: ubuntu-latest}\n",
        "services:\n  web: {image: nginx}\n",
        "layers:\n  roads: {visible: true}\nname: map\ncenter: [0, 0]\n",
    ],
)
def test_yaml_that_is_no_model_is_left_alone(client: Client, folder: Path, text: str) -> None:
    uri = (folder / "other.yaml").as_uri()
    client.open(uri, text)
    assert client.wait_for_findings(uri) == []
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}}
    document = {"textDocument": {"uri": uri}, "range": whole}
    assert client.at("hover", uri, 0, 1) is None
    assert client.at("completion", uri, 1, 0) is None
    assert client.at("prepareRename", uri, 0, 1) is None
    assert client.request("textDocument/inlayHint", document) is None
    assert client.request("textDocument/documentSymbol", document) is None
    assert client.request("textDocument/codeAction", document | {"context": {"diagnostics": []}}) is None
    client.notify("textDocument/didClose", document)
    client.published.pop(uri, None)


NAMES = """\
args: {depth: 2, width: 8}
input: [T, 8]
blocks:
  Mix:
    args: {units: required}
    layers:
      - Dense: {units: $units, name: inner}
      - Add:
        from: [inner, input]
layers:
  - LSTM: {units: $width, return_sequences: true, return_state: true, name: reader}
  - Mix: {units: $width}
    from: reader
    repeat: $depth
  - Dense: {units: 3}
    from: mix
outputs: {last: dense, memory: reader.state_h}
expect:
  layers:
    reader: {params: 544}
    mix/0/inner: {output: [T, 8]}
"""


def position(text: str, word: str, after: str = "") -> dict[str, int]:
    """The position of a word as an editor counts it, or of its first occurrence after another text."""
    offset = text.index(word, text.index(after) + len(after))
    line_start = text.rfind("\n", 0, offset) + 1
    units = len(text[line_start:offset].encode("utf-16-le")) // 2
    return {"line": text.count("\n", 0, offset), "character": units}


def edited(text: str, edits: list[dict[str, Any]]) -> str:
    """The text with the edits of an editor made."""
    lines = text.split("\n")
    for edit in sorted(edits, key=lambda edit: list(edit["range"]["start"].values()), reverse=True):
        start, end = edit["range"]["start"], edit["range"]["end"]
        head = lines[start["line"]].encode("utf-16-le")[: 2 * start["character"]].decode("utf-16-le")
        tail = lines[end["line"]].encode("utf-16-le")[2 * end["character"] :].decode("utf-16-le")
        lines[start["line"] : end["line"] + 1] = (head + edit["newText"] + tail).split("\n")
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("word", "after", "declared"),
    [
        ("reader\n", "", "reader}"),
        ("reader", "memory: ", "reader}"),
        ("reader", "layers:\n    ", "reader}"),
        ("mix", "Dense: {units: 3}\n    from: ", "Mix: {units: $width}"),
        ("Mix", "  - ", "Mix:\n"),
        ("width", "$", "width: 8"),
        ("units", "Mix: {", "units: required"),
        ("units", "Dense: {units: $", "units: required"),
        ("inner", "mix/0/", "inner}"),
        ("T", "output: [", "T, 8]\nblocks"),
    ],
)
def test_definitions(client: Client, uri: str, word: str, after: str, declared: str) -> None:
    client.open(uri, NAMES)
    where = position(NAMES, word, after)
    (location,) = client.at("definition", uri, *where.values())
    assert location["uri"] == uri
    assert location["range"]["start"] == position(NAMES, declared)


@pytest.mark.parametrize(
    ("entry", "word", "declared"),
    [
        ("  - Flatten:\n    from: prev\n", "prev", "TimeDistributed"),
        ("  - Flatten:\n    from: input\n", "input\n", "input:"),
    ],
)
def test_names_that_are_taken_lead_somewhere_too(
    client: Client, uri: str, entry: str, word: str, declared: str
) -> None:
    text = RIGHT + entry
    client.open(uri, text)
    (location,) = client.at("definition", uri, *position(text, word).values())
    assert location["range"]["start"] == position(text, declared)


def test_at_the_top_prev_is_the_input(client: Client, uri: str) -> None:
    text = "input: [4]\nlayers:\n  - Flatten:\n    from: prev\n"
    client.open(uri, text)
    (location,) = client.at("definition", uri, *position(text, "prev").values())
    assert location["range"]["start"] == position(text, "input")


def test_a_block_of_another_file_leads_there(client: Client, folder: Path, uri: str) -> None:
    (folder / "part.yaml").write_text("args: {n: 2}\ninput: [4]\nlayers:\n  - Dense: {units: $n}\n", "utf-8")
    text = "input: [4]\nblocks:\n  Part: {file: part.yaml}\nlayers:\n  - Part: {n: 3}\n"
    client.open(uri, text)
    assert client.wait_for_findings(uri) == []
    (location,) = client.at("definition", uri, *position(text, "part.yaml").values())
    assert location == {
        "uri": (folder / "part.yaml").as_uri(),
        "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}},
    }
    (location,) = client.at("definition", uri, *position(text, "n: 3").values())
    assert location["uri"] == (folder / "part.yaml").as_uri()
    assert location["range"]["start"] == {"line": 0, "character": 7}


def test_what_is_typed_in_a_block_of_another_file_counts_at_once(client: Client, folder: Path, uri: str) -> None:
    (folder / "piece.yaml").write_text("input: [4]\nlayers:\n  - Dense: {units: 2}\n", "utf-8")
    text = "input: [4]\nblocks:\n  Piece: {file: piece.yaml}\nlayers:\n  - Piece\nexpect: {params: 10}\n"
    client.open(uri, text)
    assert client.wait_for_findings(uri) == []
    other = (folder / "piece.yaml").as_uri()
    client.open(other, "input: [4]\nlayers:\n  - Dense: {units: 2}\n")
    client.at("hover", other, 0, 0)  # what it had to say by now has been read
    client.published.pop(uri)
    client.change(other, "input: [4]\nlayers:\n  - Dense: {units: 3}\n")
    (finding,) = client.wait_for_findings(uri)
    assert finding["code"] == "SC501"


def test_references(client: Client, uri: str) -> None:
    client.open(uri, NAMES)
    where = position(NAMES, "reader}")
    found = client.at("references", uri, *where.values(), context={"includeDeclaration": True})
    starts = [location["range"]["start"] for location in found]
    assert starts == [
        where,
        position(NAMES, "reader\n"),
        position(NAMES, "reader", "memory: "),
        position(NAMES, "reader", "expect:\n  layers:\n    "),
    ]
    found = client.at("references", uri, *where.values(), context={"includeDeclaration": False})
    assert [location["range"]["start"] for location in found] == starts[1:]


@pytest.mark.parametrize(
    ("word", "after", "new", "changes"),
    [
        ("reader", "units: $width}\n    from: ", "first", 4),
        ("Mix", "  - ", "Blend", 4),  # the block, its use, and the automatic name twice
        ("width", "$", "wide", 3),
        ("T", "input: [", "time", 2),
        ("units", "args: {", "size", 3),
        ("inner", "name: ", "core", 3),
        ("last", "outputs: {", "logits", 1),
        ("dense", "last: ", "head", 2),  # the reference, and a name for the entry
    ],
)
def test_rename(client: Client, uri: str, word: str, after: str, new: str, changes: int) -> None:
    start = NAMES.index("args: {units") if word == "units" else 0
    where = position(NAMES, word, NAMES[:start] + after if start else after)
    client.open(uri, NAMES)
    prepared = client.at("prepareRename", uri, *where.values())
    assert (prepared["placeholder"], prepared["range"]["start"]) == (word, where)
    edits = client.at("rename", uri, *where.values(), newName=new)["changes"][uri]
    assert len(edits) == changes
    client.change(uri, edited(NAMES, edits))
    assert client.wait_for_findings(uri) == []


@pytest.mark.parametrize(
    ("word", "new", "why"),
    [
        (
            "reader}",
            "mix/1",
            "`mix/1` cannot be a name: it begins with a letter and holds letters, digits, `_` and `-`",
        ),
        ("reader}", "prev", "the name `prev` is taken: `input` is the input and `prev` the entry above"),
        ("reader}", "mix", "the name `mix` is taken"),
        ("Mix:", "Dense", "a block cannot be called `Dense`: that is a layer type"),
        ("width: 8", "depth", "the name `depth` is taken"),
        ("width: 8", "2x", "`2x` cannot be a name: it begins with a letter and holds letters, digits and `_`"),
        ("T, 8]", "null", "`null` cannot be a name: it begins with a letter and holds letters, digits and `_`"),
    ],
)
def test_a_name_that_cannot_be_given_is_refused(client: Client, uri: str, word: str, new: str, why: str) -> None:
    client.open(uri, NAMES)
    assert client.refused("rename", uri, *position(NAMES, word).values(), newName=new) == why


def test_what_has_no_name_is_not_renamed(client: Client, uri: str) -> None:
    client.open(uri, NAMES)
    assert client.at("prepareRename", uri, *position(NAMES, "return_state").values()) is None


def test_a_fix_is_offered_where_it_is_wanted(client: Client, uri: str) -> None:
    text = WRONG.replace("LSTM", "LTSM").replace("{units: 5}", "{units: 5, return_sequences: true}")
    client.open(uri, text)
    (finding,) = client.wait_for_findings(uri)
    assert finding["data"]["safe"] is True
    place = {"textDocument": {"uri": uri}, "range": finding["range"], "context": {"diagnostics": [finding]}}
    fix, *others = client.request("textDocument/codeAction", place)
    assert (fix["title"], fix["kind"], fix["isPreferred"]) == ("did you mean `LSTM`?", "quickfix", True)
    assert fix["diagnostics"] == [finding]
    assert edited(text, fix["edit"]["changes"][uri]) == RIGHT
    assert edited(text, finding["data"]["edits"]) == RIGHT
    assert [other["kind"] for other in others] == ["source.fixAll.shapecalc"]


def test_the_layer_that_lost_an_axis_gets_it_back(client: Client, uri: str) -> None:
    client.open(uri, WRONG)
    (finding,) = client.wait_for_findings(uri)
    place = {"textDocument": {"uri": uri}, "range": finding["range"], "context": {"diagnostics": [finding]}}
    (fix,) = client.request("textDocument/codeAction", place)
    assert fix["title"] == "set `return_sequences: true` on `lstm`"
    assert "isPreferred" not in fix
    assert edited(WRONG, fix["edit"]["changes"][uri]) == RIGHT


def test_a_warning_can_be_silenced(client: Client, uri: str) -> None:
    text = RIGHT.replace("input:", "args: {unused: 1}\ninput:")
    client.open(uri, text)
    (finding,) = client.wait_for_findings(uri)
    assert (finding["code"], finding["severity"], finding["tags"]) == ("SC506", 2, [1])
    place = {"textDocument": {"uri": uri}, "range": finding["range"], "context": {"diagnostics": [finding]}}
    found = {action["title"]: action for action in client.request("textDocument/codeAction", place)}
    silenced = edited(text, found["silence SC506 on this line"]["edit"]["changes"][uri])
    assert silenced == text.replace("{unused: 1}", "{unused: 1}  # shapecalc: ignore[SC506]")
    client.change(uri, silenced)
    assert client.wait_for_findings(uri) == []


def test_expectations_are_brought_up_to_date(client: Client, uri: str) -> None:
    text = RIGHT + "expect: {params: 1, output: [5, 2]}  # kept\n"
    client.open(uri, text)
    first, _ = client.wait_for_findings(uri)
    place = {"textDocument": {"uri": uri}, "range": first["range"], "context": {"diagnostics": []}}
    found = {action["title"]: action for action in client.request("textDocument/codeAction", place)}
    here = edited(text, found["update `expect` here"]["edit"]["changes"][uri])
    assert here == text.replace("params: 1", "params: 146")
    place["context"] = {"diagnostics": [], "only": ["source.updateExpect"]}
    (action,) = client.request("textDocument/codeAction", place)
    assert edited(text, action["edit"]["changes"][uri]) == here.replace("[5, 2]", "[5, 1]")


def test_the_outline(client: Client, uri: str) -> None:
    client.open(uri, NAMES)
    items = client.request("textDocument/documentSymbol", {"textDocument": {"uri": uri}})
    assert [(item["name"], item.get("detail")) for item in items] == [
        ("input", None),
        ("Mix", None),
        ("reader", "LSTM [(None, T, 8), (None, 8), (None, 8)]"),
        ("mix", "Mix (None, T, 8)"),
        ("dense", "Dense (None, T, 3)"),
    ]


def test_completion(client: Client, uri: str) -> None:
    text = RIGHT + "  - Dense: {uni"
    client.open(uri, text)
    answer = client.at("completion", uri, 4, len("  - Dense: {uni"))
    assert answer["isIncomplete"] is False
    (units,) = [item for item in answer["items"] if item["label"] == "units"]
    assert edited(text, [units["textEdit"]]) == RIGHT + "  - Dense: {units: "
    assert units["documentation"] == "Size of the last axis of the output."


def test_the_page_of_a_type_comes_when_it_is_looked_at(client: Client, uri: str) -> None:
    client.open(uri, RIGHT + "  - Den")
    items = client.at("completion", uri, 4, 7)["items"]
    (dense,) = [item for item in items if item["label"] == "Dense"]
    assert "documentation" not in dense
    assert dense["textEdit"]["newText"] == "Dense: {units: }"  # this editor knows no snippets
    assert "### Dense" in client.request("completionItem/resolve", dense)["documentation"]["value"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_columns_are_counted_as_the_editor_counts_them(folder: Path, encoding: str) -> None:
    entries = "{LSTM: {units: 5, name: '\U0001f600 é'}}, {Dense: {units: 2, nam: x}}"
    text = f"name: 'a'\r\ninput: [5, 1]\r\nlayers: [{entries}]\r\n"
    uri = (folder / "columns.yaml").as_uri()
    line = text.split("\r\n")[2]
    longer = {"utf-8": 4, "utf-16": 1, "utf-32": 0}[encoding]  # than characters, of what stands before the fault
    with session(folder, [encoding]) as client:
        assert client.capabilities["positionEncoding"] == encoding
        client.open(uri, text)
        findings = client.wait_for_findings(uri)
        (finding,) = [finding for finding in findings if finding["code"] == "SC202"]
        assert finding["range"]["start"] == {"line": 2, "character": line.index("nam:") + longer}
        place = {"textDocument": {"uri": uri}, "position": finding["range"]["start"]}
        assert client.request("textDocument/hover", place)["range"]["start"] == finding["range"]["start"]
        place["position"] = {"line": 2, "character": line.index("units: 2") + longer}
        assert client.request("textDocument/hover", place)["range"]["start"] == place["position"]


def test_a_closed_document_has_no_findings(client: Client, uri: str) -> None:
    client.open(uri, WRONG)
    assert client.wait_for_findings(uri)
    client.published.pop(uri)
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    assert client.wait_for_findings(uri) == []


def test_settings_of_the_project_hold_here_too(client: Client, folder: Path, uri: str) -> None:
    (folder / "shapecalc.toml").write_text('ignore = ["SC412"]\n', "utf-8")
    try:
        client.open(uri, WRONG)
        assert client.wait_for_findings(uri) == []
    finally:
        (folder / "shapecalc.toml").unlink()


def test_budgets_of_the_project_hold_here_too(client: Client, folder: Path, uri: str) -> None:
    (folder / "shapecalc.toml").write_text("[budgets]\nmax-params = 100\n", "utf-8")
    try:
        client.open(uri, RIGHT)
        assert [finding["code"] for finding in client.wait_for_findings(uri)] == ["SC512"]
    finally:
        (folder / "shapecalc.toml").unlink()


def test_settings_that_cannot_be_read_are_a_finding(client: Client, folder: Path, uri: str) -> None:
    (folder / "shapecalc.toml").write_text("ignore = 3\n", "utf-8")
    try:
        client.open(uri, RIGHT)
        (finding,) = client.wait_for_findings(uri)
        assert finding["code"] == "SC608"
        assert finding["range"]["start"] == {"line": 0, "character": 0}
    finally:
        (folder / "shapecalc.toml").unlink()


def test_files_that_change_on_disk_are_read_anew(folder: Path) -> None:
    watching = {"didChangeWatchedFiles": {"dynamicRegistration": True}}
    part, settings = folder / "slice.yaml", folder / "shapecalc.toml"
    part.write_text("input: [4]\nlayers:\n  - Dense: {units: 2}\n", "utf-8")
    text = "input: [4]\nblocks:\n  Slice: {file: slice.yaml}\nlayers:\n  - Slice\nexpect: {params: 10}\n"
    uri = (folder / "whole.yaml").as_uri()
    with session(folder, workspace=watching) as client:
        client.open(uri, text)
        assert client.wait_for_findings(uri) == []
        (registration,) = client.asked[0]["params"]["registrations"]
        assert registration["method"] == "workspace/didChangeWatchedFiles"
        part.write_text("input: [4]\nlayers:\n  - Dense: {units: 3}\n", "utf-8")
        assert [finding["code"] for finding in client.tell_of(part, uri)] == ["SC501"]
        settings.write_text('ignore = ["SC501"]\n', "utf-8")
        assert client.tell_of(settings, uri) == []
        settings.unlink()


def test_a_comment_silences_a_finding(client: Client, uri: str) -> None:
    client.open(uri, WRONG.replace("{units: 1}}}", "{units: 1}}}  # shapecalc: ignore[SC412]"))
    assert client.wait_for_findings(uri) == []


def test_a_document_that_is_not_saved_yet_is_read_too(client: Client) -> None:
    client.open("untitled:Untitled-1", WRONG)
    assert [finding["code"] for finding in client.wait_for_findings("untitled:Untitled-1")] == ["SC412"]
