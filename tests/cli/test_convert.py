"""`shapecalc convert`."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path

import pytest

from shapecalc.cli.convert import TARGETS
from tests.cli.conftest import Command

SPEC = """\
name: two
inputs: {a: [4], b: [4]}
blocks:
  Both:
    inputs: [x, y]
    layers:
      - Dense: {units: 3, name: shared}
        from: x
      - reuse: {layer: shared, name: again}
        from: y
      - Add:
        from: [shared, again]
layers:
  - Both:
    from: [a, b]
  - Dense: {units: 1, name: 'out"put'}
"""
SPEC = SPEC.replace("'out\"put'", "head")
KERAS = Path(__file__).parents[1] / "formats" / "keras"


def test_graphviz(shapecalc: Command) -> None:
    assert shapecalc("convert", "-", "--to", "dot", stdin=SPEC) == (
        0,
        'digraph "two" {\n'
        '  node [shape=box, fontname="sans-serif", fontsize=10];\n'
        '  n0 [label="a (InputLayer)\\n(None, 4)", style="rounded"];\n'
        '  n1 [label="b (InputLayer)\\n(None, 4)", style="rounded"];\n'
        '  n2 [label="both (Both)\\n(None, 3)\\n15 params"];\n'
        '  n3 [label="head (Dense)\\n(None, 1)\\n4 params"];\n'
        '  out0 [label="output\\n(None, 1)", style="rounded"];\n'
        "  n0 -> n2;\n"
        "  n1 -> n2;\n"
        "  n2 -> n3;\n"
        "  n3 -> out0;\n"
        "}\n",
        "",
    )


def test_blocks_are_clusters(shapecalc: Command) -> None:
    out = shapecalc("convert", "-", "--to", "dot", "--depth", "2", stdin=SPEC).out
    assert (
        "  subgraph cluster_n2 {\n"
        '    label="both (Both)\\n(None, 3)\\n15 params";\n'
        '    n3 [label="shared (Dense)\\n(None, 3)\\n15 params"];\n'
        '    n4 [label="again (Dense, shared)\\n(None, 3)\\nweights of shared"];\n'
        '    n5 [label="add (Add)\\n(None, 3)"];\n'
        "  }\n"
    ) in out
    assert "  n0 -> n3;\n  n1 -> n4;\n  n3 -> n5;\n  n4 -> n5;\n  n5 -> n6;\n  n6 -> out0;\n" in out


def test_mermaid(shapecalc: Command) -> None:
    assert shapecalc("convert", "-", "--to", "mermaid", "--depth", "2", stdin=SPEC).out == (
        "flowchart TD\n"
        '  n0(["a (InputLayer)<br>(None, 4)"])\n'
        '  n1(["b (InputLayer)<br>(None, 4)"])\n'
        '  subgraph n2["both (Both)<br>(None, 3)<br>15 params"]\n'
        '    n3["shared (Dense)<br>(None, 3)<br>15 params"]\n'
        '    n4["again (Dense, shared)<br>(None, 3)<br>weights of shared"]\n'
        '    n5["add (Add)<br>(None, 3)"]\n'
        "  end\n"
        '  n6["head (Dense)<br>(None, 1)<br>4 params"]\n'
        '  out0(["output<br>(None, 1)"])\n'
        "  n0 --> n3\n"
        "  n1 --> n4\n"
        "  n3 --> n5\n"
        "  n4 --> n5\n"
        "  n5 --> n6\n"
        "  n6 --> out0\n"
    )


def test_names_cannot_break_out_of_a_drawing(shapecalc: Command) -> None:
    text = 'name: "a\\"];\\n<b>"\ninput: [4]\nlayers: [Flatten]\noutputs: {"x<\\"#`": flatten}\n'
    out = shapecalc("convert", "-", "--to", "dot", stdin=text.replace('"x<\\"#`"', "x")).out
    assert out.startswith('digraph "a\\"];\\\\n<b>" {\n')


def test_a_spec_unfolded(shapecalc: Command) -> None:
    assert shapecalc("convert", "-", "--to", "yaml", stdin=SPEC).out == (
        "name: two\n"
        "inputs:\n"
        "  a: [4]\n"
        "  b: [4]\n"
        "layers:\n"
        "  - Dense: {units: 3, name: both_shared}\n"
        "    from: a\n"
        "  - reuse: both_shared\n"
        "    from: b\n"
        "  - Add: {name: both_add}\n"
        "    from: [both_shared, prev]\n"
        "  - Dense: {units: 1, name: head}\n"
    )


def test_the_sole_output_of_a_layer_with_several(shapecalc: Command) -> None:
    text = "input: [5, 1]\nlayers: [{LSTM: {units: 2, return_state: true}}]\noutputs: lstm.%s\n"
    for port, written in (("output", "lstm.0"), ("state_c", "lstm.2")):
        out = shapecalc("convert", "-", "--to", "yaml", stdin=text % port).out
        assert out.split("\n")[-2] == f"outputs: {written}"
        assert shapecalc("summary", "-", "--output-format", "concise", stdin=out).out.endswith(", output (None, 2)\n")


def test_keras_both_ways(shapecalc: Command, tmp_path: Path) -> None:
    assert shapecalc("convert", str(KERAS / "specs" / "cnn.yaml"), "--to", "keras-json", "--out", "cnn.json").code == 0
    assert (tmp_path / "cnn.json").read_text() == (KERAS / "written" / "cnn.json").read_text()
    code, out, err = shapecalc("convert", "cnn.json", "--to", "yaml")
    assert (code, err) == (0, "")
    assert shapecalc("summary", "-", "--output-format", "concise", stdin=out).out.startswith("cnn: 562 params")
    assert shapecalc("convert", "cnn.json", "--to", "mermaid").out.startswith("flowchart TD\n")


def test_arguments_are_put_in(shapecalc: Command) -> None:
    text = "args: {n: required}\ninput: [4]\nlayers:\n  - Dense: {units: $n}\n"
    out = shapecalc("convert", "-", "--to", "keras-json", "--set", "n=7", "--batch", "2", stdin=text).out
    layers = json.loads(out)["config"]["layers"]
    assert layers[0]["config"]["batch_shape"] == [2, 4]
    assert layers[1]["config"] == {"name": "dense", "units": 7}


@pytest.mark.parametrize("name", ["frozen", "reuse"])
def test_code_says_what_json_cannot(shapecalc: Command, name: str) -> None:
    path = str(KERAS / "constructs" / f"{name}.yaml")
    assert shapecalc("convert", path, "--to", "keras-json").code == 1
    code, out, err = shapecalc("convert", path, "--to", "keras-python")
    assert (code, err) == (0, "")
    assert "def build_model():" in out


@pytest.mark.parametrize("target", ["keras-json", "keras-python"])
def test_keras_leaves_out_what_leads_to_no_output(shapecalc: Command, target: str) -> None:
    blocks = "blocks:\n  Two:\n    layers: [Flatten, {Dense: {units: 2}}]\n    outputs: {a: flatten, b: dense}\n"
    code, out, err = shapecalc(
        "convert", "-", "--to", target, stdin=f"input: [4]\n{blocks}layers: [Two]\noutputs: two.a"
    )
    assert (code, out != "") == (0, True)
    assert err == "note[SC303] two_dense: leads to no output of the model, and Keras leaves it out with its weights\n"


@pytest.mark.parametrize(
    ("text", "target", "message"),
    [
        (
            "inputs: {a: [4], low: [4]}\nlayers:\n  - ops.clip: {x_max: 1.0}\n    from: [a, low]\n",
            "keras-json",
            "error[SC609] clip: ops.clip cannot be written for Keras: Keras cannot save bounds that are tensors",
        ),
        (
            "input: [d]\nlayers:\n  - Dense: {units: 3}\n",
            "keras-json",
            "error[SC609] dense: the shape of its `kernel` depends on d\n  = help: give its symbols values: ",
        ),
        ("input: [4]\nlayers: [Dance]\n", "dot", "<stdin>:2:10: error[SC201] there is no layer type `Dance`"),
        (
            '{"class_name": "Functional", "config": ',
            "yaml",
            "<stdin>:1:40: error[SC101] the file is no JSON: Expecting value",
        ),
        (
            '{"class_name": "A", "config": {}}',
            "yaml",
            "<stdin>: error[SC609] the model is of a class of somebody's own, A: "
            "its layers are in code, not in the file\n"
            "  = help: in Keras, make it of inputs and outputs: `keras.Model(inputs, outputs)`\n",
        ),
        (
            '{"class_name": "Sequential", "config": {"layers": []}}',
            "yaml",
            "<stdin>: error[SC609] the model does not say what it is fed: it was never built\n"
            "  = help: in Keras, begin it with an Input, or call it on data before it is saved\n",
        ),
    ],
)
def test_what_is_refused(shapecalc: Command, text: str, target: str, message: str) -> None:
    code, out, err = shapecalc("convert", "-", "--to", target, stdin=text)
    assert (code, out) == (1, "")
    assert err.startswith(message)


def test_where_nothing_can_be_read_or_written(shapecalc: Command, spec: Path) -> None:
    code, _, err = shapecalc("convert", "no.json", "--to", "yaml")
    assert (code, err) == (2, "error[SC601] cannot read no.json: No such file or directory\n")
    code, _, err = shapecalc("convert", str(spec), "--to", "dot", "--out", "no/x.dot")
    assert (code, err) == (2, "error[SC607] cannot write no/x.dot: No such file or directory\n")
    code, _, err = shapecalc("convert", str(spec), "--to", "svgz")
    assert (code, err.split("\n")[0][:72]) == (
        2,
        "error[SC608] --to must be one of dot, mermaid, svg, png, keras-json, ker",
    )


def test_json_that_nests_too_deep(shapecalc: Command) -> None:
    text = '{"class_name": "Functional", "config": ' + "[" * 100_000
    code, out, err = shapecalc("convert", "-", "--to", "yaml", stdin=text)
    assert (code, out) == (1, "")
    assert err.startswith("<stdin>: error[SC602] the JSON nests too deep")


@pytest.mark.parametrize("name", ["Add", "Concatenate"])
def test_a_list_of_one_stays_a_list(shapecalc: Command, tmp_path: Path, name: str) -> None:
    """Keras refuses a merging layer that is called on a tensor without a list around it."""
    text = (
        f"name: m\ninput: [4]\nlayers:\n  - Dense: {{units: 4, name: d}}\n  - {name}: {{name: s}}\n    from: [prev]\n"
    )
    assert shapecalc("convert", "-", "--to", "yaml", stdin=text) == (0, text, "")
    (tmp_path / "m.json").write_text(shapecalc("convert", "-", "--to", "keras-json", stdin=text).out)
    assert shapecalc("convert", "m.json", "--to", "yaml") == (0, text, "")


def archive(**members: str | bytes) -> bytes:
    """A file as `keras.Model.save` writes it, with these members."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name.replace("_", "."), data)
    return whole.getvalue()


def test_a_saved_model_is_read_by_its_config(shapecalc: Command, tmp_path: Path) -> None:
    config = shapecalc("convert", "-", "--to", "keras-json", stdin=SPEC).out
    saved = tmp_path / "two.keras"
    saved.write_bytes(archive(metadata_json="{}", config_json=config, model_weights_h5=b"\x89HDF" * 1000))
    (tmp_path / "two.json").write_text(config)
    read = shapecalc("convert", str(saved), "--to", "yaml")
    assert read.code == 0
    assert "  - Dense: {units: 1, name: head}\n" in read.out
    assert read == shapecalc("convert", str(tmp_path / "two.json"), "--to", "yaml")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (archive(metadata_json="{}"), "error[SC601] m.keras is a ZIP archive, not a spec\n"),
        (archive(config_json="{}" * 500)[:80], "error[SC601] cannot read m.keras: the archive is damaged\n"),
        (archive(config_json=" " * (2**25 + 1)), "error[SC602] the config.json in m.keras is larger than 32 MiB\n"),
        (
            archive(config_json="[1]"),
            "m.keras: error[SC609] a Functional or a Sequential model is wanted, this is something else",
        ),
        (archive(config_json="{"), "m.keras:1:2: error[SC101] the file is no JSON: "),
        (b"PK\x03\x04", "error[SC601] cannot read m.keras: the archive is damaged\n"),
    ],
    ids=["no config", "cut short", "too large", "another JSON", "no JSON", "a signature alone"],
)
def test_an_archive_that_is_no_model(
    shapecalc: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m.keras").write_bytes(data)
    found = shapecalc("convert", "m.keras", "--to", "yaml")
    assert found.code == (2 if "SC601" in said else 1)
    assert (found.out, found.err[: len(said)]) == ("", said)


def test_a_pipe_of_the_shell_is_read_once(shapecalc: Command) -> None:
    reading, writing = os.pipe()
    os.write(writing, SPEC.encode())
    os.close(writing)
    out = shapecalc("convert", f"/dev/fd/{reading}", "--to", "yaml")
    os.close(reading)
    assert out.code == 0
    assert out == shapecalc("convert", "-", "--to", "yaml", stdin=SPEC)


def test_a_spec_is_written_with_blocks_and_repeats(shapecalc: Command, tmp_path: Path) -> None:
    entries = "  - Dense: {units: 4}\n  - LayerNormalization\n  - ReLU\n"
    text = f"name: m\ninput: [4]\nlayers:\n{entries * 5}  - Dense: {{units: 2, name: head}}\n"
    names = tmp_path / "names.json"
    assert shapecalc("convert", "-", "--to", "yaml", "--names", str(names), stdin=text) == (
        0,
        "name: m\n"
        "input: [4]\n"
        "blocks:\n"
        "  DenseNormAct:\n"
        "    layers:\n"
        "      - Dense: {units: 4}\n"
        "      - LayerNormalization\n"
        "      - ReLU\n"
        "layers:\n"
        "  - DenseNormAct:\n"
        "    repeat: 5\n"
        "  - Dense: {units: 2, name: head}\n",
        "",
    )
    found = json.loads(names.read_text())
    assert found["dense_3"] == "dense_norm_act/3/dense"
    assert found["head"] == "head"
    assert shapecalc("convert", "-", "--to", "yaml", "--no-fold", stdin=text).out == text


def test_names_are_of_a_spec(shapecalc: Command) -> None:
    code, out, err = shapecalc("convert", "-", "--to", "svg", "--names", "names.json", stdin=SPEC)
    assert (code, out) == (2, "")
    assert "--names goes with `--to yaml`" in err


def test_a_picture_of_a_keras_model_shows_its_own_layers(shapecalc: Command) -> None:
    entries = "  - Dense: {units: 4}\n  - LayerNormalization\n  - ReLU\n"
    config = shapecalc("convert", "-", "--to", "keras-json", stdin=f"input: [4]\nlayers:\n{entries * 5}").out
    out = shapecalc("convert", "-", "--to", "mermaid", stdin=config).out
    assert out.count("LayerNormalization") == 5


ENDINGS = {
    "x.dot": 'digraph "two" {', "x.gv": 'digraph "two" {', "x.mmd": "flowchart TD", "x.SVG": "<svg ",
    "x.json": '"Functional"', "x.py": "import keras", "x.yaml": "name: two", "x.yml": "name: two",
}  # fmt: skip


@pytest.mark.parametrize("name", ENDINGS)
def test_the_ending_of_a_file_says_the_notation(shapecalc: Command, name: str) -> None:
    assert shapecalc("convert", "-", "--out", name, stdin=SPEC) == (0, "", "")
    assert ENDINGS[name] in Path(name).read_text("utf-8")


def test_to_is_more_than_the_ending(shapecalc: Command) -> None:
    assert shapecalc("convert", "-", "--to", "dot", "--out", "x.svg", stdin=SPEC).code == 0
    assert Path("x.svg").read_text("utf-8").startswith("digraph")


def test_an_ending_that_says_nothing(shapecalc: Command) -> None:
    assert shapecalc("convert", "-", "--out", "x.pdf", stdin=SPEC) == (
        2,
        "",
        "error[SC608] --to is missing, and `.pdf` says no notation: it must be one of "
        f"{', '.join(TARGETS)}\n  = help: `shapecalc convert --help` lists what it takes\n",
    )
    lacking = shapecalc("convert", "-", "--out", "x", stdin=SPEC)
    assert lacking.err.startswith("error[SC608] --to is missing: it must be one of dot, ")


def test_rounds_are_folded_in_pictures(shapecalc: Command) -> None:
    text = "input: [4]\nlayers:\n  - Dense: {units: 4}\n    repeat: 3\n"
    folded = shapecalc("convert", "-", "--to", "mermaid", stdin=text).out
    assert '  n1[["dense (Dense) × 3<br>(None, 4)<br>20 params each"]]\n' in folded
    unfolded = shapecalc("convert", "-", "--to", "mermaid", "--unfold", stdin=text).out
    assert '  n3["dense/2 (Dense)<br>(None, 4)<br>20 params"]\n' in unfolded
    refused = shapecalc("convert", "-", "--to", "yaml", "--unfold", stdin=text)
    assert (refused.code, refused.err.split("\n")[0]) == (
        2,
        "error[SC608] --unfold goes with pictures: dot, mermaid, svg, png",
    )


def test_png_goes_to_a_file(shapecalc: Command) -> None:
    refused = shapecalc("convert", "-", "--to", "png", stdin=SPEC)
    assert (refused.code, refused.out, refused.err.split("\n")[0]) == (
        2,
        "",
        "error[SC608] `--to png` writes bytes, and needs --out FILE; `-` is standard output",
    )
