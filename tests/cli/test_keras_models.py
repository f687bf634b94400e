"""What Keras lets people write and a spec cannot: renamed, kept beside the spec, or refused where it would be run."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli.conftest import Command

KERAS = Path(__file__).parents[1] / "formats" / "keras"
EXAMPLES: dict[str, Any] = json.loads(gzip.decompress((KERAS / "examples.json.gz").read_bytes()))


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def save(name: str) -> None:
    """The JSON of an example in `model.json`, and in an archive with its words in `model.keras`."""
    example = EXAMPLES[name]
    Path("model.json").write_text(example["json"])
    with zipfile.ZipFile("model.keras", "w") as archive:
        archive.writestr("config.json", example["json"])
        for member, text in example["vocabularies"].items():
            archive.writestr(member, text)


def test_names_that_a_spec_cannot_have_are_changed_and_kept_for_the_weights(shapecalc: Command) -> None:
    save("odd.names_of_all_kinds")
    converted = shapecalc("convert", "model.json", "--to", "yaml", "--names", "names.json")
    assert converted.code == 0
    assert converted.err == (
        "model.json: note[SC616] a model: v1.0: "
        "names that a spec cannot have: '1 input' is `input_1_input`, '2nd' is `dense_2nd`, "
        "'block.1.bn' is `block_1_bn`, 'dense layer (first)' is `dense_layer_first`, 'output[0]' is `output_0`, and 1 "
        "more\n"
        "  = help: `convert FILE --to yaml --names NAMES.json` writes the paths of all layers by their old names\n"
    )
    names = json.loads(Path("names.json").read_text())
    assert [*names] == ["dense layer (first)", "prev", "block.1.bn", "2nd", "output[0]"]


def test_inputs_go_by_their_names_in_the_file_too(shapecalc: Command) -> None:
    """What was fed to Keras by name is saved by these names."""
    save("odd.names_of_all_kinds")
    report = json.loads(shapecalc("summary", "model.json", "--output-format", "json").out)["models"][0]
    inputs = {layer["name"]: layer["output_shape"] for layer in report["layers"] if layer["type"] == "InputLayer"}
    assert "input_1_input" in inputs
    arrays = {name: np.full((2, *shape[1:]), 0.5, "f4") for name, shape in inputs.items()}
    theirs = {"1 input" if name == "input_1_input" else name: x for name, x in arrays.items()}
    np.savez("ours.npz", **arrays)  # type: ignore[arg-type]
    np.savez("theirs.npz", **theirs)  # type: ignore[arg-type]
    runs = [shapecalc("run", "model.json", "--input", file) for file in ("ours.npz", "theirs.npz")]
    assert runs[0].code == 0
    assert runs[0] == runs[1]
    alone = shapecalc("run", "model.json", *(word for name in inputs for word in ("--input", f"{name}=zeros")))
    named = ("1 input" if name == "input_1_input" else name for name in inputs)
    assert shapecalc("run", "model.json", *(word for name in named for word in ("--input", f"{name}=zeros"))) == alone
    assert alone.code == 0


def test_a_subclass_is_read_as_its_layers(shapecalc: Command) -> None:
    save("odd.custom_train_step")
    summary = shapecalc("summary", "model.json")
    assert (summary.code, summary.err) == (
        0,
        "model.json: note[SC616] custom_model: "
        "CustomModel of tests.formats.keras.examples.odd, which is not Keras's, is read as "
        "the model of layers that it was made of\n"
        "  = help: what its class does besides, such as a `train_step` or a `call`, is code and is not in the file\n",
    )
    assert "Total params: 41 " in summary.out


def test_a_long_array_stands_beside_the_spec(shapecalc: Command) -> None:
    save("text.long_constant")
    converted = shapecalc("convert", "model.json", "--to", "yaml", "--out", "spec.yaml")
    assert converted.code == 0
    assert "note[SC616] the numbers of constant/weight are in spec.npz\n" in converted.err
    with np.load("spec.npz") as arrays:
        assert {name: array.shape for name, array in arrays.items()} == {"constant/weight": (1, 64, 32)}
    text = Path("spec.yaml").read_text()
    assert "  - Weight: {shape: [1, 64, 32], initializer: zeros, trainable: false, name: constant}\n" in text
    ours = shapecalc("run", "spec.yaml", "--weights", "spec.npz", "--input", "ones", "--save", "ours.npz")
    models = shapecalc("run", "model.json", "--input", "ones", "--save", "models.npz")
    assert (ours.code, models.code) == (0, 0)
    with np.load("ours.npz") as first, np.load("models.npz") as second:
        np.testing.assert_array_equal(*(next(iter(each.values())) for each in (first, second)))


def test_the_file_of_a_model_brings_its_long_arrays_to_the_spec_of_it(shapecalc: Command) -> None:
    save("text.long_constant")
    assert shapecalc("run", "model.json", "--save-weights", "model.weights.h5").code == 0
    with zipfile.ZipFile("model.keras", "w") as archive:
        archive.write("model.json", "config.json")
        archive.write("model.weights.h5", "model.weights.h5")
    assert shapecalc("convert", "model.keras", "--to", "yaml", "--out", "spec.yaml", "--names", "names.json").code == 0
    weights = ("--weights", "model.keras", "--names", "names.json")
    ours = shapecalc("run", "spec.yaml", *weights, "--seed", "3", "--input", "ones", "--save", "ours.npz")
    models = shapecalc("run", "model.keras", "--input", "ones", "--save", "models.npz")
    assert (ours.code, models.code) == (0, 0)
    assert "SC611" not in ours.err
    with np.load("ours.npz") as first, np.load("models.npz") as second:
        np.testing.assert_array_equal(*(next(iter(each.values())) for each in (first, second)))


def test_a_spec_on_standard_output_says_which_numbers_it_lacks(shapecalc: Command) -> None:
    save("text.long_constant")
    converted = shapecalc("convert", "model.json", "--to", "yaml")
    assert converted.code == 0
    assert "note[SC616] the spec lacks the numbers of constant/weight\n" in converted.err
    assert shapecalc("convert", "model.json", "--to", "yaml", "--weights-out", "w.npz").code == 0
    assert Path("w.npz").exists()
    refused = shapecalc("convert", "model.json", "--to", "svg", "--weights-out", "w.npz")
    assert refused.code == 2
    assert "--weights-out goes with `--to yaml`" in refused.err


def test_dropout_that_is_on_is_converted_and_not_run(shapecalc: Command) -> None:
    save("odd.monte_carlo_dropout")
    converted = shapecalc("convert", "model.json", "--to", "yaml", "--out", "spec.yaml")
    assert (converted.code, converted.err) == (0, "")
    assert "  - Dropout: {rate: 0.5}\n    call: {training: true}\n" in Path("spec.yaml").read_text()
    assert shapecalc("check", "spec.yaml").code == 0
    run = shapecalc("run", "spec.yaml", "--input", "ones")
    assert run.code == 1
    assert (
        "error[SC206] dropout: cannot be computed: draws at random in training, so it has no single answer" in run.err
    )
    assert "  = help: leave `training` out of its call: a forward pass is inference" in run.err


@pytest.mark.parametrize("name", ["odd.augmentation_told_training", "odd.batch_norm_told_inference"])
def test_calls_that_change_nothing_in_inference_are_run(shapecalc: Command, name: str) -> None:
    save(name)
    run = shapecalc("run", "model.json", "--input", "ones")
    assert (run.code, run.err) == (0, "")


def test_a_batch_normalization_told_to_train_is_not_run(shapecalc: Command) -> None:
    spec = "input: [4]\nlayers:\n  - BatchNormalization%s\n    call: {training: true}\n"
    run = shapecalc("run", "-", "--input", "ones", stdin=spec % ":")
    assert run.code == 1
    assert "takes the statistics of the batch in training" in run.err
    assert shapecalc("run", "-", "--input", "ones", stdin=spec % ": {trainable: false}").code == 0


def test_words_that_a_layer_has_learnt_come_from_the_archive(shapecalc: Command) -> None:
    save("tabular.learnt_vocabularies")
    converted = shapecalc("convert", "model.keras", "--to", "yaml")
    assert (converted.code, converted.err) == (0, "")
    assert "StringLookup: {vocabulary: [red, green], output_mode: one_hot}" in converted.out
    assert "IntegerLookup: {num_oov_indices: 2, vocabulary: [3, 1]}" in converted.out
    assert "StringLookup: {vocabulary: [blue, black], mask_token: " in converted.out
    refused = shapecalc("convert", "model.json", "--to", "yaml")
    assert refused.code == 1
    assert "its vocabulary was learnt, and is not in the config" in refused.err
    assert "  = help: save the model as a `.keras` file, which has the words, or write the spec by hand" in refused.err


def test_words_beyond_the_limit_are_refused(shapecalc: Command) -> None:
    save("tabular.learnt_vocabularies")
    with zipfile.ZipFile("model.keras", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("assets/layers/string_lookup_9/vocabulary.txt", "a" * (2**25 + 1))
    refused = shapecalc("summary", "model.keras")
    assert refused.code == 1
    assert (
        "error[SC602] the assets/layers/string_lookup_9/vocabulary.txt in model.keras is larger than 32" in refused.err
    )
