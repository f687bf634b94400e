"""Records what Keras says of the examples: `record_examples.py [NAME...]`, where keras and tensorflow are installed.

`examples.json.gz` holds of each its JSON, its layers with shapes and counts, and a digest of what it makes of an input
with weights that depend on their names (`formula.py`). What is recorded is the model that Keras makes of the JSON.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

from shapecalc.analysis.analyse import analyse
from shapecalc.formats.flat_model import flatten, list_constants
from shapecalc.formats.folding.write import write_spec
from shapecalc.formats.keras.reading.read import read_keras
from shapecalc.formats.keras.writing.json import keras_json
from shapecalc.model.load import Library
from tests.formats.keras import formula
from tests.formats.keras.examples import Example, list_examples
from tests.formats.keras.recording import record_named

FILE = Path(__file__).parent / "examples.json.gz"


def record(example: Example) -> dict[str, Any]:
    """What is recorded of an example."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(0)
    built = example.build()
    text = built.to_json()
    vocabularies = find_vocabularies(built, text)
    model = built if vocabularies else load(text) or built
    rows = list_rows(model)
    inputs: list[dict[str, Any]] = [
        {"name": tensor.name, "shape": [*tensor.shape], "dtype": tensor.dtype}
        for tensor in keras.tree.flatten(model.inputs)
    ]
    numbers = None if example.random else compute(model, inputs, example)
    check_way_back(example, text, vocabularies, inputs, numbers)
    return {
        "json": text,
        "vocabularies": vocabularies,
        "fed": {"high": example.high, "words": example.words, "size": example.size},
        "inputs": inputs,
        "rows": rows,
        "params": model.count_params(),
        "trainable": sum(int(np.prod(weight.shape)) for weight in model.trainable_weights),
        "outputs": [[*tensor.shape] for tensor in keras.tree.flatten(model.outputs)],
        "numbers": numbers,
    }


def find_vocabularies(model: Any, text: str) -> dict[str, str]:
    """The files of words in a model's archive, by their names, where layers have learnt such."""
    if '"vocabulary": null' not in text:
        return {}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        with ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith("/vocabulary.txt")]
            return {name: archive.read(name).decode() for name in names}


def load(text: str) -> Any:
    """The model that Keras makes of a text; None where it makes none."""
    try:
        return keras.models.model_from_json(text)
    except (TypeError, ValueError) as failure:
        print("  Keras does not load it:", str(failure).splitlines()[0][:150])
        return None


def operations_of(model: Any) -> list[tuple[Any, list[Any]]]:
    """The layers and functions of a model, with the shapes of each call."""
    graph = getattr(model, "_functional", None) or model
    found: dict[int, tuple[Any, list[Any]]] = {}
    for node in [node for _, nodes in sorted(graph._nodes_by_depth.items(), reverse=True) for node in nodes]:
        operation = node.operation
        if not isinstance(operation, keras.layers.InputLayer):
            shapes = [[*tensor.shape] for tensor in keras.tree.flatten(node.outputs)]
            found.setdefault(id(operation), (operation, []))[1].append(shapes)
    return [*found.values()]


def list_rows(model: Any, prefix: str = "") -> list[list[Any]]:
    """Every layer and function, those of models within too: path, class, shapes of each call, parameters."""
    rows: list[list[Any]] = []
    for operation, calls in operations_of(model):
        path = prefix + operation.name
        is_layer = isinstance(operation, keras.Layer)
        rows.append([path, type(operation).__name__, is_layer, calls, operation.count_params() if is_layer else 0])
        if isinstance(operation, keras.Model):
            rows += list_rows(operation, f"{path}/")
    return rows


def set_weights(model: Any, prefix: str = "") -> None:
    """Gives each weight what `formula.py` says."""
    for operation, _ in operations_of(model):
        if isinstance(operation, keras.Model):
            set_weights(operation, f"{prefix}{operation.name}/")
        elif isinstance(operation, keras.Layer):
            give_weights(operation, prefix + operation.name)


def give_weights(layer: Any, path: str) -> None:
    """Gives each weight of a layer what `formula.py` says of that path."""
    for position, weight in enumerate(layer.weights):
        weight.assign(formula.weight(path, position, weight.name, tuple(weight.shape), weight.dtype))
    if isinstance(layer, keras.layers.Normalization) and layer.weights:
        layer.finalize_state()  # it computes with copies of its weights


def check_way_back(
    example: Example, text: str, vocabularies: dict[str, str], inputs: list[dict[str, Any]], numbers: Any
) -> None:
    """Has Keras read what is written of what was read of a model. Raises ValueError where that is another."""
    flat = read_keras(text, "model.json", vocabularies)
    if flat.code is not None:
        return
    written = write_spec(flat, lambda spec: analyse(Library().parse(spec, "model.yaml")))
    again = flatten(written.report)
    back = keras.models.model_from_json(keras_json(again))
    if back.count_params() != written.report.params:
        raise ValueError(f"{written.report.params} parameters became {back.count_params()}")
    constants = list_constants(flat).values()
    if numbers is None or not all(array.is_in_initializer for array in constants):
        return
    names = dict(zip(again.layers, written.names, strict=True))
    for layer in back.layers:
        if layer.name in names and not (constants and layer.name.startswith("constant")):
            give_weights(layer, names[layer.name])
    for digest, recorded in zip(digest_outputs(back, inputs, example), numbers, strict=True):
        np.testing.assert_allclose(digest, recorded, rtol=1e-4, atol=1e-4)


def compute(model: Any, inputs: list[dict[str, Any]], example: Example) -> list[list[float]]:
    """Digests of what leaves the model with weights that depend on their names. Raises ValueError where it is dull."""
    set_weights(model)
    digests = digest_outputs(model, inputs, example)
    if not any(abs(number) > 1e-6 for digest in digests for number in digest):
        raise ValueError("it gives nothing but zeros")
    if not np.isfinite(np.concatenate(digests)).all():
        raise ValueError(f"it gives numbers that are not finite: {digests}")
    return digests


def digest_outputs(model: Any, inputs: list[dict[str, Any]], example: Example) -> list[list[float]]:
    """Digests of what leaves the model."""
    arrays = [
        formula.sample(f"input {at}", shape_of(each["shape"], example.size), each["dtype"], example.high, example.words)
        for at, each in enumerate(inputs)
    ]
    fed = keras.tree.pack_sequence_as(model._inputs_struct if hasattr(model, "_inputs_struct") else [0], arrays)
    if not hasattr(model, "_inputs_struct"):
        (fed,) = arrays
    fed = keras.tree.map_structure(as_tensor, fed)
    outputs = keras.tree.flatten(model(fed, training=False))
    return [formula.digest(np.array(output)) for output in outputs]


def as_tensor(array: Any) -> Any:
    import tensorflow as tf

    return tf.constant(array)


def shape_of(shape: list[int | None], size: int) -> tuple[int, ...]:
    """A shape with two samples, and `size` wherever else a size is not known."""
    return tuple([(2 if at == 0 else size) if each is None else each for at, each in enumerate(shape)])


def main() -> None:
    wanted = sys.argv[1:]
    gc.freeze()
    examples = {example.name: example for example in list_examples()}
    chosen = {name: example for name, example in examples.items() if not wanted or any(part in name for part in wanted)}
    record_named(FILE, chosen, record, keep=bool(wanted))


if __name__ == "__main__":
    main()
