"""Records models with layers that hold code as Keras 3 writes them, and what it says of each layer.

Run it where keras and tensorflow are installed: `python tests/formats/keras/record_code.py` writes `code.json` anew:
of each model its `json`, of each of its layers the shapes of the outputs of each call and the parameters, the totals,
and the names and shapes of the weights as `.keras` holds them.
"""

# mypy: disable-error-code="misc, untyped-decorator"
# Keras's classes are Any where it is not installed.

from __future__ import annotations

import json
import os
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

sys.path.insert(0, str(Path(__file__).parents[3]))

import h5py
import keras
from keras import layers, ops

from tests.formats.keras.recording import without_bytes

HERE = Path(__file__).parent
register = keras.saving.register_keras_serializable


@register("mine")
class Attend(layers.Layer):
    """Two outputs, of two layers within and a weight of its own."""

    def __init__(self, units: int = 4, **given: Any) -> None:
        super().__init__(**given)
        self.units = units
        self.query = layers.Dense(units)
        self.normalize = layers.BatchNormalization()

    def build(self, shape: Any) -> None:
        self.query.build(shape)
        self.normalize.build((*shape[:-1], self.units))
        self.scale = self.add_weight(shape=(shape[-1], 3), name="scale")
        self.steps = self.add_weight(shape=(), name="steps", trainable=False)

    def call(self, inputs: Any) -> Any:
        return self.normalize(self.query(inputs)), inputs @ self.scale

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}


class Double(layers.Layer):
    """Not registered, without weights."""

    def call(self, inputs: Any) -> Any:
        return inputs * 2

    def compute_output_shape(self, shape: Any) -> Any:
        return shape


@register("mine")
class Pool(layers.Layer):
    """Takes what axes it is fed, and gives up one of them; takes two tensors and an argument."""

    def call(self, inputs: Any, weights: Any = None, power: int = 1) -> Any:
        weighted = inputs if weights is None else inputs * weights
        return ops.mean(weighted**power, axis=1)


@register("mine")
class Patches(layers.Layer):
    """Folds an axis into the batch, and back."""

    def call(self, inputs: Any) -> Any:
        return ops.reshape(inputs, (-1, inputs.shape[-1]))


@register("mine")
class Tower(keras.Model):
    """A subclass of Model: code in place of a list of layers."""

    def __init__(self, units: int = 5, **given: Any) -> None:
        super().__init__(**given)
        self.units = units
        self.first = layers.Dense(units, activation="relu")
        self.second = layers.Dense(units)

    def call(self, inputs: Any) -> Any:
        return self.second(self.first(inputs))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}


@register("mine")
class Cell(layers.Layer):
    """The cell of a recurrent layer."""

    def __init__(self, units: int, **given: Any) -> None:
        super().__init__(**given)
        self.units = self.state_size = units

    def build(self, shape: Any) -> None:
        self.kernel = self.add_weight(shape=(shape[-1], self.units), name="kernel")

    def call(self, inputs: Any, states: Any) -> Any:
        state = inputs @ self.kernel + states[0]
        return state, [state]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}


@register("mine")
class Named(layers.Layer):
    """Outputs in a mapping."""

    def call(self, inputs: Any) -> Any:
        return {"twice": inputs * 2, "mean": ops.mean(inputs, axis=1)}


class Draw(layers.Layer):
    """Random numbers around others; its seed is no parameter."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.numbers = keras.random.SeedGenerator(3)

    def call(self, inputs: Any) -> Any:
        middle, width = inputs
        return middle + ops.exp(width) * keras.random.normal(ops.shape(middle), seed=self.numbers)


@register("mine")
class Places(layers.Layer):
    """Embeds words and where they stand, and makes a mask."""

    def __init__(self, length: int = 7, **given: Any) -> None:
        super().__init__(**given)
        self.length = length
        self.words, self.steps = layers.Embedding(30, 6), layers.Embedding(length, 6)

    def call(self, inputs: Any) -> Any:
        return self.words(inputs) + self.steps(ops.arange(self.length))

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return ops.not_equal(inputs, 0)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "length": self.length}


@register("mine")
class Blend(layers.Layer):
    """Attention, and a model of its own."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.attend = layers.MultiHeadAttention(2, 3)
        self.deepen = keras.Sequential([layers.Dense(10, activation="relu"), layers.Dense(6)])
        self.even = layers.LayerNormalization()

    def call(self, inputs: Any) -> Any:
        return self.even(inputs + self.deepen(self.attend(inputs, inputs)))


@register("mine")
class Shortcut(keras.Model):
    """A model of layers within a model, whose config says no more than its name."""

    def __init__(self, filters: int, **given: Any) -> None:
        super().__init__(**given)
        self.filters = filters
        self.main, self.side = layers.Conv2D(filters, 3, padding="same"), layers.Conv2D(filters, 1)
        self.even = layers.BatchNormalization()

    def call(self, inputs: Any) -> Any:
        return ops.relu(self.even(self.main(inputs))) + self.side(inputs)

    def get_config(self) -> dict[str, Any]:
        return {"filters": self.filters, "name": self.name}


@register("mine")
def swoosh(inputs: Any) -> Any:
    return inputs * ops.sigmoid(inputs)


@register("mine")
class Halves(keras.initializers.Initializer):
    def __call__(self, shape: Any, dtype: Any = None, **_: Any) -> Any:
        return ops.full(shape, 0.5, dtype)


@register("mine")
class Small(keras.constraints.Constraint):
    def __call__(self, weight: Any) -> Any:
        return weight


@register("mine")
class Lean(keras.regularizers.Regularizer):
    def __call__(self, weight: Any) -> Any:
        return 0.1 * ops.sum(ops.abs(weight))

    def get_config(self) -> dict[str, Any]:
        return {}


def halve(inputs: Any) -> Any:
    return inputs / 2


def several_outputs() -> Any:
    start = keras.Input((8, 6), name="start")
    first, second = Attend(name="attend")(start)
    joined = layers.Concatenate()([layers.Dense(3)(first), second])
    return keras.Model(start, layers.Dense(2)(joined), name="several_outputs")


def lambdas() -> Any:
    start = keras.Input((8, 6), name="start")
    flow = layers.Lambda(lambda tensor: tensor[:, :4], name="cut")(start)
    flow = layers.Lambda(halve, name="halved")(layers.Dense(5)(flow))
    flow = layers.Lambda(lambda tensor: tensor + 1, output_shape=(4, 5), name="shifted")(flow)
    return keras.Model(start, layers.Flatten()(flow), name="lambdas")


def at_the_end() -> Any:
    start = keras.Input((8, 6), name="start")
    return keras.Model(start, Pool(name="pool")(layers.Dense(5)(start)), name="at_the_end")


def subclass_within() -> Any:
    start = keras.Input((8,), name="start")
    return keras.Model(start, layers.Dense(2)(Tower(name="tower")(layers.Dense(6)(start))), name="subclass_within")


def in_wrappers() -> Any:
    start = keras.Input((8, 6), name="start")
    flow = layers.TimeDistributed(Double(), name="each")(start)
    flow = layers.RNN(Cell(5), return_sequences=True, name="loop")(flow)
    flow = layers.Bidirectional(layers.LSTM(3, activation=swoosh, return_sequences=True), name="both")(flow)
    flow = layers.TimeDistributed(layers.Dense(4, activation=swoosh), name="dense_each")(flow)
    return keras.Model(start, layers.Dense(2)(flow), name="in_wrappers")


def nested() -> Any:
    inner_start = keras.Input((8, 6), name="inner_start")
    flow = Double(name="double")(layers.Dense(5, name="inner_dense")(inner_start))
    inner = keras.Model(inner_start, Pool(name="inner_pool")(flow), name="encoder")
    one, two = keras.Input((8, 6), name="one"), keras.Input((8, 6), name="two")
    joined = layers.Subtract()([inner(one), inner(two)])
    return keras.Model([one, two], layers.Dense(1)(joined), name="nested")


def arguments() -> Any:
    start = keras.Input((8,), name="start")
    flow = layers.Dense(6, activation=swoosh, name="active")(start)
    flow = layers.Dense(5, kernel_initializer=Halves(), kernel_constraint=Small(), name="weighed")(flow)
    flow = layers.Activation(halve, name="function")(flow)
    flow = layers.Dense(4, kernel_regularizer=Lean(), bias_initializer=Halves(), name="lean")(flow)
    model = keras.Model(start, flow, name="arguments")
    model.compile(loss=lambda wanted, given: ops.mean(wanted - given), optimizer="adam")
    return model


def called_twice() -> Any:
    one, two = keras.Input((8, 6), name="one"), keras.Input((5, 6), name="two")
    shared = Double(name="double")
    flow = layers.Concatenate(axis=1)([shared(one), shared(two)])
    return keras.Model([one, two], layers.Dense(3)(flow), name="called_twice")


def call_arguments() -> Any:
    start, weights = keras.Input((8, 6), name="start"), keras.Input((8, 1), name="weights")
    flow = Pool(name="pool")(layers.Dense(5)(start), weights=weights, power=2)
    return keras.Model([start, weights], layers.Dense(3)(flow), name="call_arguments")


def sequential() -> Any:
    stack = [layers.Dense(4, name="before"), Double(name="double"), layers.Dropout(0.1), layers.Activation("relu")]
    stack += [Pool(name="pool"), layers.Dense(2, name="after")]
    return keras.Sequential([keras.Input((8, 6), name="start"), *stack], name="sequential")


def masked() -> Any:
    ids = keras.Input((7,), dtype="int32", name="ids")
    flow = layers.Embedding(9, 6, mask_zero=True, name="embedding")(ids)
    flow = layers.LSTM(5, name="lstm")(Double(name="double")(layers.Dropout(0.1)(flow)))
    return keras.Model(ids, layers.Dense(1)(flow), name="masked")


def open_axes() -> Any:
    start = keras.Input((None, 6), name="start")
    flow = layers.Dense(4)(Double(name="double")(start))
    return keras.Model(start, layers.GlobalAveragePooling1D()(flow), name="open_axes")


def in_the_batch() -> Any:
    start = keras.Input((8, 6), name="start")
    return keras.Model(start, layers.Dense(3)(Patches(name="patches")(start)), name="in_the_batch")


def mapping() -> Any:
    start = keras.Input((8, 6), name="start")
    found = Named(name="named")(start)
    flow = layers.Concatenate()([layers.Dense(2)(found["mean"]), layers.Flatten()(found["twice"])])
    return keras.Model(start, flow, name="mapping")


def frozen() -> Any:
    start = keras.Input((8, 6), name="start")
    first, second = Attend(name="attend", trainable=False, dtype="mixed_bfloat16")(start)
    return keras.Model(start, layers.Concatenate()([first, second]), name="frozen")


def autoencoder() -> Any:
    start = keras.Input((8, 8, 1), name="start")
    flow = layers.Flatten()(layers.Conv2D(4, 3, strides=2)(start))
    middle, width = layers.Dense(2, name="middle")(flow), layers.Dense(2, name="width")(flow)
    encoder = keras.Model(start, [middle, width, Draw(name="draw")([middle, width])], name="encoder")
    decoder = keras.Sequential([keras.Input((2,)), layers.Dense(64), layers.Reshape((8, 8, 1))], name="decoder")
    return keras.Model(start, decoder(encoder(start)[2]), name="autoencoder")


def reader() -> Any:
    ids = keras.Input((7,), dtype="int32", name="ids")
    flow = Blend(name="blend")(Places(name="places")(ids))
    return keras.Model(ids, layers.Dense(2)(layers.GlobalAveragePooling1D()(flow)), name="reader")


def shortcuts() -> Any:
    start = keras.Input((8, 8, 3), name="start")
    flow = layers.MaxPooling2D()(Shortcut(4, name="first")(start))
    return keras.Model(start, layers.Dense(2)(layers.Flatten()(Shortcut(5, name="second")(flow))), name="shortcuts")


MODELS = (
    several_outputs, lambdas, at_the_end, subclass_within, in_wrappers, nested, arguments, called_twice,
    call_arguments, sequential, masked, open_axes, in_the_batch, mapping, frozen, autoencoder, reader,
    shortcuts,
)  # fmt: skip


def shapes_of(layer: Any) -> list[list[list[int | None]]]:
    """The shapes of all outputs of each call of a layer."""
    nodes = [node for node in layer._inbound_nodes if node.operation is layer]
    return [[list(tensor.shape) for tensor in node.output_tensors] for node in nodes]


def weights_of(model: Any) -> dict[str, dict[str, Any]]:
    """The names and shapes of the arrays that a `.keras` file holds for the layers, and the names that groups note."""
    shapes: dict[str, list[int]] = {}
    names: dict[str, str] = {}

    def note(path: str, item: Any) -> None:
        if path.startswith("optimizer"):
            return
        if hasattr(item, "shape"):
            shapes[path] = list(item.shape)
        elif "name" in item.attrs:
            names[path] = item.attrs["name"]

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        with zipfile.ZipFile(path) as archive:
            archive.extract("model.weights.h5", folder)
        with h5py.File(Path(folder) / "model.weights.h5") as file:
            file.visititems(note)
    return {"shapes": shapes, "names": names}


def record(model: Any) -> dict[str, Any]:
    """What is recorded of one model."""
    named = [layer for layer in model.layers if layer.__class__.__name__ != "InputLayer"]
    trainable = sum(int(ops.size(weight)) for weight in model.trainable_weights)
    return {
        "json": without_bytes(model.to_json()),
        "layers": {layer.name: [layer.__class__.__name__, shapes_of(layer), layer.count_params()] for layer in named},
        "params": model.count_params(),
        "trainable": trainable,
        "weights": weights_of(model),
    }


if __name__ == "__main__":
    recorded = {}
    for make in MODELS:
        keras.utils.clear_session()
        recorded[make.__name__] = record(make())
    (HERE / "code.json").write_text(json.dumps(recorded, indent=1) + "\n", "utf-8")
