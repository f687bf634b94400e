"""Records what Keras says of models: `python tests/formats/keras/record.py`, where keras and tensorflow are installed.

`read.json` holds models as Keras writes them, with their numbers; `operations.json` models of one function each;
`layers.json` what shapecalc writes of layers, which Keras has read; `written.json` the numbers of what it wrote of
`specs/` into `written/`.
"""

from __future__ import annotations

import gc
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
from keras import layers

from shapecalc.formats.flat_model import plain_arguments
from shapecalc.formats.keras.writing.json import serialize_layer
from tests.golden.cases import families, load
from tests.golden.record import build, call, make, symbolic_inputs
from tests.layering import layer_of

HERE = Path(__file__).parent


def graph() -> Any:
    """States, a reused layer, a nested model, layers that are called with several tensors."""
    source = keras.Input((5, 3), name="source")
    sequence, state, memory = layers.LSTM(
        4, return_state=True, return_sequences=True, kernel_regularizer="l2", name="encoder"
    )(source)
    both = layers.Bidirectional(layers.GRU(2, return_sequences=True))(sequence)
    shared = layers.Dense(4, kernel_initializer=keras.initializers.RandomNormal(stddev=0.1), name="shared")
    first, second = shared(both), shared(sequence)
    attended = layers.MultiHeadAttention(2, 3)(first, second, use_causal_mask=True)
    added = layers.Add()([first, attended])
    last = layers.LSTM(4)(source, initial_state=[state, memory])
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(2, trainable=False)], name="inner")
    return keras.Model([source], [layers.Permute((2, 1))(added), inner(last)], name="graph")


def chain() -> Any:
    """A sequential model with windows, masks and a wrapper."""
    return keras.Sequential(
        [
            keras.Input((8, 8, 3), batch_size=2),
            layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Reshape((16, 4)),
            layers.TimeDistributed(layers.Dense(3)),
            layers.GRU(5, return_state=False),
            layers.Dense(1, "sigmoid"),
        ],
        name="chain",
    )


def tokens() -> Any:
    """Integers in, two calls of a nested model."""
    left, right = keras.Input((6,), dtype="int32", name="left"), keras.Input((6,), dtype="int32", name="right")
    word = keras.Input((6,), dtype="int32")
    vector = layers.GlobalAveragePooling1D()(layers.Embedding(10, 4)(word))
    tower = keras.Model(word, vector, name="tower")
    joined = layers.Concatenate()([tower(left), tower(right)])
    return keras.Model({"left": left, "right": right}, layers.Dense(1)(joined), name="tokens")


def masked() -> Any:
    """A mask that travels with its tensor: Keras writes it as a function of the ids."""
    word = keras.Input((4,), dtype="int32", name="word")
    vectors = layers.Dropout(0.1)(layers.Embedding(9, 3, mask_zero=True)(word))
    return keras.Model(word, layers.LSTM(2)(vectors), name="masked")


def masks() -> Any:
    """Masks that Keras writes out: an Embedding's, through attention, and a Masking's; one that is used otherwise."""
    ids, steps = keras.Input((5,), dtype="int32", name="ids"), keras.Input((5, 2), name="steps")
    vectors = layers.Embedding(9, 2, mask_zero=True, name="vectors")(ids)
    read = layers.LSTM(3, name="read")(layers.Attention(name="attention")([vectors, vectors]))
    kept = layers.Dense(2, name="dense")(layers.Masking(-1.0, name="masking")(steps))
    seen = layers.GRU(3, name="seen")(kept)
    told = layers.SimpleRNN(3, name="told")(steps, mask=keras.ops.any(steps != -1.0, axis=-1))
    return keras.Model([ids, steps], layers.Concatenate(name="all")([read, seen, told]), name="masks")


def words() -> Any:
    """Text in; the vocabulary stands in the config."""
    source = keras.Input((4,), dtype="string", name="words")
    ids = layers.StringLookup(vocabulary=["a", "b", "c"], name="lookup")(source)
    vector = layers.GlobalAveragePooling1D(name="mean")(layers.Embedding(5, 3, name="vectors")(ids))
    return keras.Model(source, layers.Dense(2, name="scores")(vector), name="words")


def functions() -> Any:
    """Functions of keras.ops, as operators and by name; `ids != 0` as a mask, and as numbers."""
    ids = keras.Input((5,), dtype="int32", name="ids")
    vectors = layers.Embedding(9, 4, mask_zero=True, name="vectors")(ids)
    kept = keras.ops.expand_dims(keras.ops.cast(ids != 0, "float32"), -1)
    mean = keras.ops.sum(vectors * kept, axis=1) / keras.ops.maximum(keras.ops.sum(kept, axis=[1]), 1.0)
    state = layers.LSTM(4, name="state")(vectors)
    first, *_, last = keras.ops.split(state + 0.5 * mean[:, ::-1], 4, axis=-1)
    scores = keras.ops.einsum("bi,bti->bt", keras.ops.concatenate([first, last, mean[..., :2]], axis=-1), vectors)
    return keras.Model(ids, 1.0 - keras.ops.softmax(scores), name="functions")


def encoder() -> Any:
    """A small model that others call."""
    image = keras.Input((8, 8, 1), name="image")
    features = layers.Conv2D(4, 3, activation="relu", name="conv")(image)
    return keras.Model(image, layers.GlobalMaxPooling2D(name="pool")(features), name="encoder")


def siamese() -> Any:
    """A nested model that is called twice, and one that was never built alone."""
    left, right = keras.Input((8, 8, 1), name="left"), keras.Input((8, 8, 1), name="right")
    shared = encoder()
    head = keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(1)], name="head")
    joined = layers.Concatenate(name="joined")([shared(left), shared(right)])
    return keras.Model([left, right], head(joined), name="siamese")


def video() -> Any:
    """A nested model in a wrapper."""
    frames = keras.Input((10, 8, 8, 1), name="frames")
    vectors = layers.TimeDistributed(encoder(), name="each")(frames)
    return keras.Model(frames, layers.LSTM(4, name="state")(vectors), name="video")


def two_ways() -> Any:
    """A nested model with two outputs, one of them used; it is fed by name."""
    first, second = keras.Input((4,), name="first"), keras.Input((6,), name="second")
    inner = keras.Model(
        {"b": second, "a": first},
        [layers.Dense(2, name="one")(second), layers.Dense(3, name="two")(first)],
        name="inner",
    )
    p, q = keras.Input((6,), name="p"), keras.Input((4,), name="q")
    _, result = inner({"a": q, "b": p})
    return keras.Model([p, q], layers.Dense(1, name="last")(result), name="two_ways")


def operations() -> dict[str, list[dict[str, Any]]]:
    """How Keras saves functions: of each, calls of the golden cases that differ in more than numbers."""
    found: dict[str, list[dict[str, Any]]] = {}
    for kind, cases in load("ops").CASES.items():
        calls: dict[str, dict[str, Any]] = {}
        for index, case in enumerate(cases):
            entries = None if case.get("error") else saved(kind, case)
            if entries is not None:
                calls.setdefault(form(entries[-1]), {"case": index, "layers": entries})
        found[kind] = list(calls.values())
    return found


def layers_written() -> dict[str, list[dict[str, Any]]]:
    """What shapecalc writes of layers, of each the golden cases that name other arguments; Keras reads all as meant."""
    found: dict[str, list[dict[str, Any]]] = {}
    for family in families():
        for kind, cases in load(family).CASES.items() if family != "ops" else ():
            ways: dict[str, dict[str, Any]] = {}
            for case in cases:
                config = case["config"]
                if not case.get("error"):
                    ways.setdefault(" ".join(sorted(config)) + re.sub("[^A-Z]", "", str(config)), config)
            found[kind] = [{"config": config, "written": read_as_meant(kind, config)} for config in ways.values()]
    return found


def read_as_meant(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    """What shapecalc writes of a layer. Fails where Keras makes another layer of it than of the arguments."""
    written = serialize_layer(kind, {"name": "x", **plain_arguments(layer_of(kind, config), kind)}, kind)
    read = keras.layers.deserialize(json.loads(json.dumps(written)))  # which changes what it reads
    made, meant = (plain(layer.get_config()) for layer in (read, make({kind: config})))
    if made != meant:
        raise SystemExit(f"{kind} {config} is written as {made}, which is not {meant}")
    return written


def plain(config: Any) -> Any:
    """A config without what is drawn anew for each layer: names and seeds."""
    if isinstance(config, dict):
        return {key: plain(value) for key, value in config.items() if key not in ("name", "seed")}
    return [plain(item) for item in config] if isinstance(config, (list, tuple)) else config


def saved(kind: str, case: Any) -> list[dict[str, Any]] | None:
    """The layers of a model of one function; None of one that makes none."""
    keras.backend.clear_session()
    ports = symbolic_inputs(case, free=False)
    try:
        model = keras.Model(keras.tree.flatten(ports), call(build(kind, case["config"]), ports, case))
        found: list[dict[str, Any]] = json.loads(model.to_json())["config"]["layers"]
    except (NotImplementedError, ValueError):  # Keras cannot save it, or computes it at once: there is no model
        return None
    return found


def form(entry: dict[str, Any]) -> str:
    """What an entry says, without its tensors and its numbers."""

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            items = {} if value.get("class_name") == "__keras_tensor__" else value
            return {key: bare(item) for key, item in items.items()}
        return [bare(item) for item in value] if isinstance(value, list) else value

    return re.sub(r"-?[0-9.]+", "0", json.dumps(bare([entry["config"], entry["inbound_nodes"]])))


def refused() -> dict[str, str]:
    """Models that a spec cannot say."""
    source = keras.Input((4,))
    words = keras.Input((4,), dtype="string")
    lookup = layers.StringLookup(name="lookup")
    lookup.adapt(["a b", "b"])
    return {
        "learnt": keras.Model(words, lookup(words)).to_json(),
        "code": without_code(keras.Model(source, layers.Lambda(lambda x: x + 1)(source)).to_json()),
        "constant": keras.Model(source, keras.ops.concatenate([source, np.ones((1, 4))], axis=0)).to_json(),
        "training": keras.Model(source, layers.Dropout(0.5)(source, training=True)).to_json(),
        "sparse": keras.Model(*[keras.Input((4,), sparse=True)] * 2).to_json(),
    }


def without_code(text: str) -> str:
    """A model's JSON with the bytes of a function left out: they hold the path of this file."""
    data = json.loads(text)
    data["config"]["layers"][-1]["config"]["function"]["config"]["code"] = ""
    return json.dumps(data)


def numbers(model: Any) -> dict[str, Any]:
    outputs = [[None if size is None else int(size) for size in tensor.shape] for tensor in model.outputs]
    return {
        "params": model.count_params(),
        "trainable": sum(int(keras.ops.size(weight)) for weight in model.trainable_weights),
        "outputs": outputs,
    }


def write_lines(name: str, found: dict[str, list[dict[str, Any]]]) -> None:
    """A file with a type a line, so that a change of one is seen as such."""
    lines = [f"{json.dumps(kind)}: {json.dumps(rows)}" for kind, rows in found.items()]
    (HERE / name).write_text("{\n" + ",\n".join(lines) + "\n}\n")


def main() -> None:
    gc.freeze()  # every session that is cleared collects garbage: TensorFlow's modules need no looking at
    models = [graph(), chain(), tokens(), masked(), masks(), words(), functions(), siamese(), video(), two_ways()]
    read = {model.name: {"json": model.to_json(), **numbers(model)} for model in models}
    (HERE / "read.json").write_text(json.dumps({"models": read, "refused": refused()}, indent=1) + "\n")
    write_lines("operations.json", operations())
    write_lines("layers.json", layers_written())
    written = {
        path.stem: numbers(keras.models.model_from_json(path.read_text()))
        for path in sorted((HERE / "written").glob("*.json"))
    }
    (HERE / "written.json").write_text(json.dumps(written, indent=1) + "\n")


if __name__ == "__main__":
    main()
