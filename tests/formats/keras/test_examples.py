"""Models in the manner of public examples, against what Keras says of them (`record_examples.py`)."""

from __future__ import annotations

import gzip
import json
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from shapecalc.analysis.report import Row
from shapecalc.analysis.verify import run_model
from shapecalc.formats.flat_model import flatten
from shapecalc.formats.folding.write import Written, write_spec
from shapecalc.formats.keras.json import keras_json
from shapecalc.formats.keras.read import read_keras
from shapecalc.formats.spec_text import spec_text
from shapecalc.render.as_json import shape_json
from tests.formats.keras import formula
from tests.formats.keras.recorded import numbers, report_of

EXAMPLES: dict[str, Any] = json.loads(gzip.decompress((Path(__file__).parent / "examples.json.gz").read_bytes()))
UNREAD = (
    "audio.audio_classifier_with_reset_names",
    "audio.fourier_power",
    "audio.video_factorized",
    "audio.video_layers_over_time",
    "audio.video_with_frames",
    "generative.adaptive_instance_norm",
    "generative.autoencoder_of_two_models",
    "generative.autoencoder_over_the_encoders_input",
    "generative.gan_functional",
    "generative.info_gan",
    "generative.nested_model_called_twice_as_outputs",
    "generative.nested_model_of_two_outputs",
    "generative.shared_between_two_models",
    "generative.variational_autoencoder",
    "odd.augmentation_told_training",
    "odd.bidirectional_of_a_stack",
    "odd.constant_into_a_layer",
    "odd.constant_matrix",
    "odd.constant_of_whole_numbers",
    "odd.convolution_by_function",
    "odd.custom_sequential",
    "odd.custom_train_step",
    "odd.custom_with_metric",
    "odd.custom_within",
    "odd.einsum_dense",
    "odd.functions_of_activations",
    "odd.input_that_is_not_used",
    "odd.models_three_deep",
    "odd.monte_carlo_dropout",
    "odd.names_of_all_kinds",
    "odd.names_that_clash_when_cleaned",
    "odd.nested_names_equal",
    "odd.nested_of_two_inputs_by_name",
    "odd.nested_with_dict_outputs",
    "odd.one_input_only",
    "odd.random_crop",
    "odd.reductions",
    "odd.resizing_by_function",
    "odd.set_of_functions",
    "odd.short_constants",
    "odd.time_distributed_model",
    "odd.time_distributed_model_twice",
    "odd.unbatched_crop",
    "odd.unbatched_image_layer",
    "tabular.dictionary_in_and_out",
    "tabular.mixture_of_experts_multitask",
    "tabular.preprocessing_alone",
    "tabular.ticket_router",
    "text.fourier_network",
    "text.hierarchical_attention",
    "text.inputs_nested_in_a_list",
    "text.multi_hot_text",
    "text.natural_language_inference",
    "text.recurrent_cells",
    "text.translation_transformer",
    "vision.cats_and_dogs",
)
"""What cannot be read yet, or not with the numbers that Keras has."""

ALL = [pytest.param(name, marks=[pytest.mark.xfail()] * (name in UNREAD)) for name in EXAMPLES]


@cache
def read(name: str) -> Written:
    """An example as `convert` writes it."""
    written = write_spec(read_keras(EXAMPLES[name]["json"], "model.json"), report_of)
    assert written.report.diagnostics == []
    return written


def rows_by_path(rows: list[Row], prefix: str = "") -> dict[str, list[Row]]:
    """The rows of a report, those within blocks too, by the path of the layer that is called."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        path = prefix + row.node.weights_of
        found.setdefault(path, []).append(row)
        if not row.reused:
            found |= rows_by_path(row.rows, f"{path}/")
    return found


def rows_by_name(written: Written, example: Any) -> dict[str, list[Row]]:
    """The rows of an example by the path that the layer has in Keras."""
    paths = {row[0] for row in example["rows"]}
    by_end = {path.rpartition("/")[2]: path for path in paths}
    found = rows_by_path(written.report.rows)
    return {name if name in paths else by_end[name]: found[path] for name, path in written.names.items()}


def make_weights(written: Written, example: Any) -> dict[str, NDArray[Any]]:
    """The weights that the recorder gave Keras, by their paths here."""
    found = {}
    for path, (row, *_) in rows_by_name(written, example).items():
        for position, (name, weight) in enumerate(row.weights):
            shape = tuple(size for size in weight.shape if isinstance(size, int))
            last = name.rpartition("/")[2]
            found[f"{row.path}{row.name}/{name}"] = formula.weight(
                path, position, last, shape, weight.dtype or "float32"
            )
    return found


@pytest.mark.parametrize("name", ALL)
def test_counts_and_outputs_equal_kerass(name: str) -> None:
    example = EXAMPLES[name]
    assert numbers(read(name).report) == {key: example[key] for key in ("params", "trainable", "outputs")}


@pytest.mark.parametrize("name", ALL)
def test_every_layer_equals_kerass(name: str) -> None:
    example, rows = EXAMPLES[name], rows_by_name(read(name), EXAMPLES[name])
    for path, class_name, is_layer, calls, params in example["rows"]:
        if path not in rows and (class_name in ("Functional", "Sequential") or not is_layer):
            continue  # a model laid flat; a function that Keras writes for a mask
        assert sum(row.params for row in rows[path]) == params, path
        ours = [[shape_json(shape) for shape in row.shapes] for row in rows[path]]
        if "/" in path:  # Keras says the shapes of a model's own inputs, this those of its calls
            assert all(is_within(shapes, calls[0]) for shapes in ours), path
        else:
            assert sorted(map(json.dumps, ours)) == sorted(map(json.dumps, calls)), path


def is_within(shapes: list[Any], recorded: list[Any]) -> bool:
    """Whether shapes are those recorded, where one may have a number in place of a size that is not known."""
    pairs = zip(chain(*shapes), chain(*recorded), strict=True)
    return all(wanted in (None, size) for size, wanted in pairs)


@pytest.mark.parametrize("name", ALL)
def test_numbers_equal_kerass(name: str) -> None:
    example, written = EXAMPLES[name], read(name)
    report, inputs = written.report, {}
    if example["numbers"] is None:
        return
    for at, (given, name) in enumerate(zip(example["inputs"], report.inputs, strict=True)):
        fed = example["fed"]
        sizes = [fed["size"] if size is None else size for size in given["shape"]]
        sizes[:1] = [2 if size is None else size for size in given["shape"][:1]]
        inputs[name] = formula.sample(f"input {at}", tuple(sizes), given["dtype"], fed["high"], fed["words"])
    run = run_model(report, inputs, make_weights(written, example))
    assert run.agrees
    assert [finding for finding in run.diagnostics if finding.severity == "error"] == []
    for array, wanted in zip(run.outputs.values(), example["numbers"], strict=True):
        np.testing.assert_allclose(formula.digest(array), wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ALL)
def test_the_way_back_holds_the_same_model(name: str) -> None:
    again = report_of(spec_text(read_keras(keras_json(flatten(read(name).report)), "model.json")))
    assert numbers(again) == numbers(read(name).report)
