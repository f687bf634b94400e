"""Every command reads models in other notations: archives and JSON of Keras, from files and standard input."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.formats.keras.recorded import READ

SIAMESE = READ["models"]["siamese"]["json"]

COMMANDS = [
    ("summary", "FILE"),
    ("check", "FILE"),
    ("run", "FILE", "--input", "random"),
    ("explain", "FILE"),
    ("diff", "FILE", "FILE"),
    ("convert", "FILE", "--to", "yaml"),
    ("convert", "FILE", "--to", "keras-json"),
    ("convert", "FILE", "--to", "svg"),
]


@pytest.fixture
def model_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same model as JSON and as an archive, with names that say nothing of it."""
    monkeypatch.chdir(tmp_path)
    Path("model.txt").write_text(SIAMESE)
    with zipfile.ZipFile("model.bin", "w") as archive:
        archive.writestr("config.json", SIAMESE)


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_command_reads_archives_json_and_standard_input(
    shapecalc: Command, model_files: None, arguments: tuple[str, ...]
) -> None:
    def call(file: str, stdin: str = "") -> tuple[int, list[str], str]:
        result = shapecalc(*(file if word == "FILE" else word for word in arguments), stdin=stdin)
        shown = "<stdin>" if stdin else file
        return result.code, result.out.replace(f"{shown}:config", "FILE:config").split(), result.err

    text = call("model.txt")
    # An archive brings its weights along, and this one has none.
    archive = call("model.bin") if arguments[0] != "run" else text
    assert text[::2] == archive[::2] == (0, "")
    if arguments[0] != "diff":  # which names the files, and reads standard input once
        assert text == archive == call("-", SIAMESE)


def test_what_cannot_vary_is_said_of_a_model_file_too(shapecalc: Command, model_files: None) -> None:
    solved = shapecalc("solve", "model.bin", "--for", "units", "--max-params", "1M")
    assert (solved.code, solved.err) == (
        1,
        "error[SC210] --for: the model has no argument or size `units`\n"
        "  = help: it has none: `shapecalc convert model.bin --to yaml` writes a spec, in which `args` declares them\n",
    )
    swept = shapecalc("sweep", "model.bin", "--set", "units=1,2")
    assert swept.code == 1
    assert "--set: the model has no argument or size `units`" in swept.err


@pytest.mark.parametrize("before", ["\ufeff", "\n" * 20, "\ufeff  \n"])
@pytest.mark.parametrize("command", ["summary", "check", "explain"])
def test_what_an_editor_puts_before_the_text(shapecalc: Command, model_files: None, command: str, before: str) -> None:
    Path("lodel.txt").write_text(before + SIAMESE, encoding="utf-8")
    assert shapecalc(command, "lodel.txt").out.replace("lodel", "model") == shapecalc(command, "model.txt").out


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("net.kers", "net.keras"),
        ("net.jsn", "net.json"),
        ("net", "net.yaml"),
        ("net.yml", "net.yaml"),
        ("ney.h5", "net.h5"),
    ],
)
def test_a_mistyped_name_of_a_model_file(
    shapecalc: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, meant: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("net.keras", "net.h5", "net.json", "net.yaml", "net.npz"):
        Path(name).write_text("")
    assert shapecalc("summary", typed).err == (
        f"error[SC601] cannot read {typed}: No such file or directory\n  = help: did you mean `{meant}`?\n"
    )


def break_layer(text: str, **config: object) -> str:
    """The siamese model with other arguments for the layer `conv`, in the model within it."""
    data = json.loads(text)
    encoder = next(layer for layer in data["config"]["layers"] if layer["config"]["name"] == "encoder")
    conv = next(layer for layer in encoder["config"]["layers"] if layer["config"]["name"] == "conv")
    conv["config"] |= config
    return json.dumps(data)


def test_a_finding_names_the_layer_and_its_place(shapecalc: Command, model_files: None) -> None:
    Path("model.txt").write_text(break_layer(SIAMESE, kernel_size=[9, 9]))
    found = shapecalc("check", "model.txt", "--output-format", "concise")
    assert found.code == 1
    assert found.out.split("\n")[0] == (
        "model.txt:config.layers[2].config.layers[1]: error[SC402] encoder/conv: kernel of 9 does not fit an input of 8"
    )


def test_a_place_stands_in_json_and_takes_no_edits(shapecalc: Command, model_files: None) -> None:
    Path("model.txt").write_text(break_layer(SIAMESE, kernel_size=[9, 9]))
    found = shapecalc("check", "model.txt", "--output-format", "json")
    (finding,) = json.loads(found.out)["diagnostics"]
    assert (finding["place"], finding["line"], finding["edits"]) == ("config.layers[2].config.layers[1]", None, [])


def test_rows_of_a_model_file_have_no_line(shapecalc: Command, model_files: None) -> None:
    rows = json.loads(shapecalc("summary", "model.bin", "--output-format", "json").out)["models"][0]["layers"]
    assert {row["line"] for row in rows} == {None}


def test_explain_says_where_a_layer_stands(shapecalc: Command, model_files: None) -> None:
    explained = shapecalc("explain", "model.bin", "encoder/conv").out
    assert explained.split("\n")[0].split() == ["conv", "(Conv2D)", "model.bin:config.layers[2].config.layers[1]"]


def test_one_broken_model_file_does_not_silence_another(shapecalc: Command, model_files: None) -> None:
    Path("broken.keras").write_bytes(Path("model.bin").read_bytes()[:200])
    found = shapecalc("summary", "broken.keras", "model.bin")
    assert found.code == 2
    assert found.err.startswith("error[SC601] cannot read broken.keras: the archive is damaged\n")
    assert found.out.startswith('Model: "siamese"\n')


def test_a_revision_holds_model_files(shapecalc: Command, model_files: None) -> None:
    import subprocess

    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *words], check=True)
    Path("model.bin").write_bytes(b"")
    assert shapecalc("diff", "HEAD:model.bin", "HEAD:model.txt").code == 0


def test_a_shared_layer_may_be_the_last(shapecalc: Command, tmp_path: Path) -> None:
    """The tied output layer of a language model is its embedding again."""

    def call(source: str) -> dict[str, object]:
        tensor = {"class_name": "__keras_tensor__", "config": {"shape": [None, 4], "keras_history": [source, 0, 0]}}
        return {"args": [tensor], "kwargs": {}}

    def entry(kind: str, name: str, *fed: str, **config: object) -> dict[str, object]:
        nodes = [call(source) for source in fed]
        return {
            "module": "keras.layers",
            "class_name": kind,
            "name": name,
            "config": {**config, "name": name},
            "inbound_nodes": nodes,
        }

    layers = [
        entry("InputLayer", "x", batch_shape=[None, 4]),
        entry("Dense", "shared", "x", "between", units=4),
        entry("Dense", "between", "shared", units=4),
    ]
    ends = {"input_layers": ["x", 0, 0], "output_layers": ["shared", 1, 0]}
    config = {"name": "m", "layers": layers, **ends}
    Path("model.json").write_text(json.dumps({"module": "keras", "class_name": "Functional", "config": config}))
    found = shapecalc("summary", "model.json")
    assert (found.code, found.err) == (0, "")
    assert " Total params: 40 (160.00 B)\n" in found.out
