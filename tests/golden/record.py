"""Record what Keras does with the golden cases: `python tests/golden/record.py [FAMILY...]`.

Needs Keras with the TensorFlow backend. Writes `data/FAMILY.json` and `data/FAMILY.npz`, described in README.md.
"""

from __future__ import annotations

import gc
import inspect
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np
import tensorflow as tf

from tests.golden.archive import archive
from tests.golden.arrays import Array, input_array, input_dtype, map_specs, steps_array, weight_value
from tests.golden.cases import Case, digest, families, load

DATA = Path(__file__).resolve().parent / "data"
LAYER_ARGUMENTS = {"layer", "backward_layer", "cell", "cells", "layers"}
"""Arguments that hold a layer, or a list of layers, in our spec language."""

Record = dict[str, Any]
Outputs = dict[str, Array]


class CaseError(Exception):
    """A case that says something untrue of Keras."""


def make(entry: Any) -> Any:
    """A Keras layer from `{"Dense": {"units": 3}}` or `"Flatten"`."""
    kind, config = (entry, {}) if isinstance(entry, str) else next(iter(entry.items()))
    return getattr(keras.layers, kind)(**{key: argument(key, value) for key, value in config.items()})


def argument(key: str, value: Any) -> Any:
    if key not in LAYER_ARGUMENTS or value is None:
        return value
    return [make(entry) for entry in value] if isinstance(value, list) else make(value)


def python(key: str, value: Any) -> Any:
    """An argument of an operation as Python has it: `axis` a tuple, the key of `get_item` what stands in brackets."""
    if key == "key":
        text = value if isinstance(value, str) else ", ".join(map(str, value))
        return eval(f"every[{text}]", {"every": np.s_})
    return tuple(value) if key == "axis" and isinstance(value, list) else value


class Operation:
    """A function of `keras.ops` with its arguments, called as a layer is; it has no weights and carries no mask."""

    weights: tuple[Any, ...] = ()
    trainable_weights: tuple[Any, ...] = ()
    supports_masking = False

    def __init__(self, name: str, config: Mapping[str, Any]) -> None:
        self.call = attrgetter(name)(keras.ops)
        self.config = {key: python(key, value) for key, value in config.items()}

    def __call__(self, **ports: Any) -> Any:
        given = {**self.config, **ports}
        parameters = inspect.signature(self.call).parameters.values()
        spread = next((parameter.name for parameter in parameters if parameter.kind is parameter.VAR_POSITIONAL), None)
        if spread is None:
            return self.call(**given)
        before = [given.pop(p.name) for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD and p.name in given]
        return self.call(*before, *given.pop(spread), **given)


def build(kind: str, config: Mapping[str, Any]) -> Any:
    keras.backend.clear_session()
    return Operation(kind.removeprefix("ops."), config) if kind.startswith("ops.") else make({kind: config})


def call(layer: Any, ports: Mapping[str, Any], case: Case) -> list[Any]:
    """The outputs of `layer`, flattened. The first port is given by position, as users write it."""
    parameters = inspect.signature(layer.call).parameters
    unknown = [name for name in ports if name not in parameters]
    if unknown:
        raise CaseError(f"{unknown} are no call arguments: {list(parameters)}")
    rest = {**ports, **case.get("call", {})}
    if isinstance(layer, Operation):
        return list(keras.tree.flatten(layer(**rest)))
    if "training" in parameters:
        rest.setdefault("training", False)
    first = rest.pop(next(iter(ports)))
    return list(keras.tree.flatten(layer(first, **rest)))


def eager_inputs(case: Case) -> dict[str, Any]:
    """The tensors of a case, with the masks that an earlier layer would have left on them."""
    ports: dict[str, Any] = map_specs(
        lambda spec, seed: keras.ops.convert_to_tensor(input_array(spec, seed), dtype=input_dtype(spec)),
        case["inputs"],
    )
    for port, patterns in case.get("mask", {}).items():
        several = isinstance(ports[port], list)
        for tensor, pattern in zip(ports[port], patterns, strict=True) if several else [(ports[port], patterns)]:
            if pattern is not None:
                mask = keras.ops.convert_to_tensor(steps_array(pattern, tensor.shape[1]))
                keras.src.backend.set_keras_mask(tensor, mask)
    return ports


def symbolic_inputs(case: Case, *, free: bool) -> dict[str, Any]:
    """`keras.Input`s of unknown batch; with `free` every other axis is unknown too, save those the spec calls known."""
    channels_first = case["config"].get("data_format") == "channels_first"

    def symbol(spec: Mapping[str, Any], _: int) -> Any:
        dtype = input_dtype(spec)
        shape = list(spec["shape"] if "shape" in spec else np.shape(spec["value"]))
        features = [1 if channels_first else len(shape) - 1] if dtype.startswith(("float", "bfloat")) else []
        known = spec.get("known", features)
        sizes = [None if free and axis not in known else size for axis, size in enumerate(shape)]
        return keras.Input(shape=sizes[1:], dtype=dtype)

    ports: dict[str, Any] = map_specs(symbol, case["inputs"])
    return ports


def symbolic_shapes(kind: str, case: Case, *, free: bool) -> list[list[int | None]] | None:
    """The shapes that Keras infers, or None where it refuses."""
    try:
        outputs = call(build(kind, case["config"]), symbolic_inputs(case, free=free), case)
    except Exception:  # Keras and TensorFlow raise whatever the failing line happens to
        return None
    return [list(output.shape) for output in outputs]


def set_weights(layer: Any) -> None:
    for index, weight in enumerate(layer.weights):
        weight.assign(weight_value(weight.name, tuple(weight.shape), index))


def mask_list(tensor: Any) -> Any:
    mask = keras.src.backend.get_keras_mask(tensor)
    return None if mask is None else np.asarray(mask).astype(int).tolist()


def masks_of(outputs: Iterable[Any]) -> list[Any] | None:
    masks = [mask_list(output) for output in outputs]
    return masks if any(mask is not None for mask in masks) else None


def weights_of(layer: Any) -> Record:
    # What a model trains: `layer.trainable_weights` leaves out weights that `trainable` does not reach.
    trainable = {id(weight) for weight in layer.weights if weight.trainable}
    rows = [[w.name, w.path, list(w.shape), id(w) in trainable] for w in layer.weights]
    counts = [int(np.prod(shape)) for _, _, shape, _ in rows]
    learned = sum(count for count, row in zip(counts, rows, strict=True) if row[3])
    return {
        "weights": rows,
        "params": sum(counts),
        "trainable": learned,
        "non_trainable": sum(counts) - learned,
        "trainable_weights": len(trainable),
        "non_trainable_weights": len(rows) - len(trainable),
    }


def value_of(tensor: Any) -> Array:
    values = keras.ops.convert_to_numpy(tensor)
    if "float" in keras.backend.standardize_dtype(tensor.dtype):
        return np.asarray(values).astype("float32")
    return np.asarray(values)


def outcome(layer: Any, outputs: list[Any], key: str, values: Outputs) -> Record:
    """What is recorded of one call; the output values go to `values`."""
    values.update({f"{key}/{index}": value_of(output) for index, output in enumerate(outputs)})
    return {
        "shapes": [list(output.shape) for output in outputs],
        "dtypes": [keras.backend.standardize_dtype(output.dtype) for output in outputs],
        "masks": masks_of(outputs),
        "supports_masking": layer.supports_masking,
        **weights_of(layer),
    }


def answered(layer: Any, case: Case) -> list[Any]:
    """The outputs of a call; a `compiled` case is of a kernel that TensorFlow has on a processor only as XLA."""
    ports = eager_inputs(case)
    if not case.get("compiled"):
        return call(layer, ports, case)
    return list(tf.function(lambda: call(layer, ports, case), jit_compile=True)())


def record_case(kind: str, case: Case, key: str, values: Outputs) -> Record:
    if case.get("error"):
        return {"case": digest(case), "error": refusal(kind, case)}
    layer = build(kind, case["config"])
    call(layer, symbolic_inputs(case, free=False) if case.get("compiled") else eager_inputs(case), case)
    set_weights(layer)
    if getattr(layer, "stateful", False):
        layer.reset_state()
    return {
        "case": digest(case),
        **outcome(layer, answered(layer, case), key, values),
        "symbolic": symbolic_shapes(kind, case, free=False),
        "unknown": symbolic_shapes(kind, case, free=True),
    }


def refusal(kind: str, case: Case) -> str:
    """The class of the exception that Keras raises."""
    try:
        call(build(kind, case["config"]), eager_inputs(case), case)
    except CaseError:
        raise
    except Exception as error:  # any class is a refusal; which one is what we record
        return type(error).__name__
    raise CaseError("Keras accepts it")


def record_chain(chain: Case, values: Outputs) -> Record:
    """Every layer of a chain of layers, each fed with the first output of the one above, mask and all."""
    keras.backend.clear_session()
    layers = [make(entry) for entry in chain["layers"]]
    spec = chain["input"]
    symbol = node = keras.Input(shape=spec["shape"][1:], dtype=input_dtype(spec))
    symbolic = []
    for layer in layers:
        outputs = keras.tree.flatten(layer(node))
        symbolic.append([list(output.shape) for output in outputs])
        node = outputs[0]
        set_weights(layer)
    source = keras.ops.convert_to_tensor(input_array(spec, 1))
    tensor, rows = source, []
    for position, (layer, shapes) in enumerate(zip(layers, symbolic, strict=True)):
        outputs = keras.tree.flatten(layer(tensor))
        row = outcome(layer, outputs, f"{chain['name']}/{position}", values)
        rows.append({"name": layer.name, "symbolic": shapes, **row})
        tensor = outputs[0]
    np.testing.assert_array_equal(keras.Model(symbol, node)(source), tensor)
    return {"case": digest(chain), "layers": rows}


def compact(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def document(cases: Mapping[str, list[Record]], chains: Mapping[str, Record]) -> str:
    """The JSON text, one case a line."""
    types = [f"{compact(kind)}:[\n" + ",\n".join(map(compact, rows)) + "\n]" for kind, rows in sorted(cases.items())]
    links = [f"{compact(name)}:{compact(row)}" for name, row in sorted(chains.items())]
    return (
        f'{{"keras":{compact(keras.__version__)},\n"cases":{{\n'
        + ",\n".join(types)
        + '\n},\n"chains":{\n'
        + ",\n".join(links)
        + "\n}}\n"
    )


def record_family(family: str) -> None:
    module = load(family)
    values: Outputs = {}
    faults: list[str] = []

    def told(what: str, record: Callable[..., Record], *arguments: Any) -> Record:
        try:
            return record(*arguments)
        except Exception as error:  # all faults of a family are told at once
            faults.append(f"{what}: {type(error).__name__}: {error}")
            return {}

    cases = {
        kind: [
            told(f"{kind}/{index} {case}", record_case, kind, case, f"{kind}/{index}", values)
            for index, case in enumerate(rows)
        ]
        for kind, rows in module.CASES.items()
    }
    chains = {chain["name"]: told(chain["name"], record_chain, chain, values) for chain in module.CHAINS}
    if faults:
        raise SystemExit("\n\n".join(faults))
    target = DATA / family
    DATA.mkdir(exist_ok=True)
    target.with_suffix(".json").write_text(document(cases, chains), encoding="utf-8")
    target.with_suffix(".npz").write_bytes(archive(values))
    print(f"{family}: {sum(map(len, cases.values()))} cases, {len(chains)} chains, {len(values)} outputs")


def main(names: list[str]) -> None:
    tf.config.threading.set_intra_op_parallelism_threads(1)
    gc.freeze()  # each case clears Keras's session, which collects garbage: TensorFlow's modules need no looking at
    warnings.simplefilter("ignore")  # a lost mask is recorded, and needs no telling here
    for family in names or families():
        record_family(family)


if __name__ == "__main__":
    main(sys.argv[1:])
