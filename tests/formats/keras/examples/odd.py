"""What Keras lets people build besides: subclasses, names, training calls, scalars, constants, models in layers."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from tests.formats.keras.examples import fed


class CustomModel(keras.Model):  # type: ignore[misc]
    """A model with a training step of its own, of the layers it is given."""

    def train_step(self, data: Any) -> dict[str, Any]:
        return {"loss": ops.mean(self(data))}


class WithTracker(keras.Model):  # type: ignore[misc]
    """A model that keeps a metric."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.loss_tracker = keras.metrics.Mean(name="loss")


class CustomSequential(keras.Sequential):  # type: ignore[misc]
    """A Sequential with a training step of its own."""


def custom_train_step() -> Any:
    """A subclass of Model that is called with inputs and outputs."""
    inputs = keras.Input(shape=(8,))
    return CustomModel(inputs, layers.Dense(1)(layers.Dense(4, activation="relu")(inputs)))


def custom_with_metric() -> Any:
    """A subclass with a metric, two outputs."""
    inputs = keras.Input((4,), name="x")
    return WithTracker(inputs, [layers.Dense(1, name="a")(inputs), layers.Dense(2, name="b")(inputs)], name="tracked")


def custom_sequential() -> Any:
    """A subclass of Sequential."""
    return CustomSequential([keras.Input((4,)), layers.Dense(3), layers.Dense(1)])


def custom_within() -> Any:
    """A subclass within a functional model."""
    start = keras.Input((4,))
    inner = CustomModel(start, layers.Dense(3)(start), name="inner")
    inputs = keras.Input((4,))
    return keras.Model(inputs, layers.Dense(2)(inner(inputs)))


def names_of_all_kinds() -> Any:
    """Names with spaces, dots, brackets, digits first, and one that a spec keeps for itself."""
    inputs = keras.Input((6,), name="1 input")
    x = layers.Dense(4, name="dense layer (first)")(inputs)
    x = layers.Dense(4, name="prev")(x)
    x = layers.BatchNormalization(name="block.1.bn")(x)
    x = layers.Dense(4, name="2nd")(x)
    return keras.Model(inputs, layers.Dense(2, name="output[0]")(x), name="a model: v1.0")


def names_that_clash_when_cleaned() -> Any:
    """Two names that differ only in what a spec cannot hold."""
    inputs = keras.Input((4,))
    x = layers.Dense(3, name="a.b")(inputs)
    return keras.Model(inputs, layers.Dense(3, name="a_b")(layers.Dense(3, name="a b")(x)))


def name_of_the_model_as_a_layer() -> Any:
    """A layer called as its model, an input called as an output."""
    inputs = keras.Input((4,), name="input")
    return keras.Model(inputs, layers.Dense(3, name="net")(inputs), name="net")


def nested_names_equal() -> Any:
    """Layers of one name in two models, and outside."""

    def make(name: str) -> Any:
        return keras.Sequential([keras.Input((4,)), layers.Dense(4, name="dense")], name=name)

    inputs = keras.Input((4,))
    x = layers.Dense(4, name="dense")(make("b")(make("a")(inputs)))
    return keras.Model(inputs, x)


def models_three_deep() -> Any:
    """A model in a model in a model."""
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(4, name="d")], name="inner")
    middle_in = keras.Input((4,))
    middle = keras.Model(middle_in, layers.ReLU()(inner(middle_in)), name="middle")
    outer_in = keras.Input((4,))
    outer = keras.Model(outer_in, middle(middle(outer_in)), name="outer")
    inputs = keras.Input((4,))
    return keras.Model(inputs, layers.Dense(1)(outer(inputs)), name="whole")


def sequential_in_sequential() -> Any:
    """A Sequential whose parts are Sequentials without shapes."""
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.Sequential([layers.Rescaling(1 / 255), layers.RandomFlip()], name="preprocessing"),
            keras.Sequential([layers.Conv2D(4, 3), layers.ReLU()], name="features"),
            layers.GlobalAveragePooling2D(),
            keras.Sequential([layers.Dense(3)], name="head"),
        ]
    )


def nested_at_another_shape() -> Any:
    """A nested convolution called with images of two sizes."""
    shared = keras.Sequential([keras.Input((None, None, 2)), layers.Conv2D(3, 3, padding="same")], name="shared")
    large, small = keras.Input((8, 8, 2), name="large"), keras.Input((4, 4, 2), name="small")
    return keras.Model([large, small], [shared(large), shared(small)])


def nested_of_two_inputs_by_name() -> Any:
    """A nested model that is fed a mapping."""
    parts = {"a": keras.Input((3,), name="a"), "b": keras.Input((4,), name="b")}
    inner = keras.Model(parts, layers.Dense(2)(layers.concatenate([parts["a"], parts["b"]])), name="inner")
    x, y = keras.Input((4,), name="x"), keras.Input((3,), name="y")
    return keras.Model([x, y], inner({"b": x, "a": y}))


def sole_output_of_several() -> Any:
    """A model whose one output is the second of a layer's."""
    inputs = keras.Input((4, 3))
    return keras.Model(inputs, layers.LSTM(2, return_state=True)(inputs)[1])


def nested_by_keyword() -> Any:
    """A nested model that is called with `inputs=`, and attention whose every argument is named."""
    start = keras.Input((4, 3), name="start")
    inner = keras.Model(start, layers.Dense(3)(start), name="inner")
    a, b = keras.Input((4, 3), name="a"), keras.Input((5, 3), name="b")
    return keras.Model([a, b], layers.MultiHeadAttention(2, 3)(query=inner(inputs=a), value=b, key=b))


def layers_as_activations() -> Any:
    """Activations that are layers, of layers that are called twice."""
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    dense = layers.Dense(4, activation=layers.LeakyReLU(negative_slope=0.3), name="dense")
    conv = layers.Conv1D(2, 2, activation=layers.Softmax(axis=1))
    return keras.Model([a, b], [conv(ops.expand_dims(dense(a), -1)), dense(b)])


def nested_with_dict_outputs() -> Any:
    """A nested model that gives a mapping, of which one is used."""
    start = keras.Input((5,))
    inner = keras.Model(start, {"z": layers.Dense(2)(start), "c": layers.Dense(3)(start)}, name="inner")
    inputs = keras.Input((5,))
    outputs = inner(inputs)
    return keras.Model(inputs, layers.Dense(1)(layers.concatenate([outputs["z"], outputs["c"]])))


def time_distributed_model() -> Any:
    """TimeDistributed over a functional model."""
    image = keras.Input((6, 6, 1))
    network = keras.Model(image, layers.Flatten()(layers.Conv2D(2, 3)(image)), name="frame")
    video = keras.Input((4, 6, 6, 1))
    return keras.Model(video, layers.LSTM(3)(layers.TimeDistributed(network)(video)))


def time_distributed_model_twice() -> Any:
    """One model both in a TimeDistributed and alone."""
    network = keras.Sequential([keras.Input((5,)), layers.Dense(3), layers.ReLU()], name="network")
    steps, single = keras.Input((4, 5), name="steps"), keras.Input((5,), name="single")
    return keras.Model([steps, single], [layers.TimeDistributed(network)(steps), network(single)])


def time_distributed_twice_nested() -> Any:
    """TimeDistributed in TimeDistributed."""
    inputs = keras.Input((2, 3, 4))
    return keras.Model(inputs, layers.TimeDistributed(layers.TimeDistributed(layers.Dense(2)))(inputs))


def bidirectional_of_a_stack() -> Any:
    """Bidirectional over a RNN of cells."""
    inputs = keras.Input((5, 3))
    stack = layers.RNN(layers.StackedRNNCells([layers.LSTMCell(3), layers.LSTMCell(2)]), return_sequences=True)
    return keras.Model(inputs, layers.Bidirectional(stack)(inputs))


def bidirectional_with_states() -> Any:
    """All states of both ways."""
    inputs = keras.Input((5, 3))
    _, h, c, back_h, back_c = layers.Bidirectional(layers.LSTM(3, return_state=True))(inputs)
    h, c = layers.Concatenate()([h, back_h]), layers.Concatenate()([c, back_c])
    return keras.Model(inputs, layers.LSTM(6)(inputs, initial_state=[h, c]))


@fed(random=True)
def monte_carlo_dropout() -> Any:
    """Dropout that is on in inference too."""
    inputs = keras.Input((6,))
    return keras.Model(inputs, layers.Dense(2)(layers.Dropout(0.5)(layers.Dense(8)(inputs), training=True)))


def batch_norm_told_inference() -> Any:
    """Layers that are called with `training=False`."""
    inputs = keras.Input((6,))
    x = layers.BatchNormalization()(layers.Dense(4)(inputs), training=False)
    return keras.Model(inputs, layers.Dropout(0.5)(x, training=False))


def augmentation_told_training() -> Any:
    """Augmentation called with `training=True`, layer by layer and as a model."""
    inputs = keras.Input((12, 12, 3))
    x = layers.RandomFlip()(inputs, training=True)
    x = keras.Sequential([layers.RandomRotation(0.1), layers.RandomTranslation(0.1, 0.1)])(x, training=True)
    return keras.Model(inputs, layers.GlobalAveragePooling2D()(x))


@fed(random=True)
def random_crop() -> Any:
    """RandomCrop, which in inference hands on what it is fed, though Keras infers a piece: the next shape is wrong."""
    inputs = keras.Input((12, 12, 3))
    return keras.Model(inputs, layers.Conv2D(2, 3)(layers.RandomCrop(8, 8)(inputs)))


def augmentation_of_many_kinds() -> Any:
    """Augmentations one after the other."""
    return keras.Sequential(
        [
            keras.Input((12, 12, 3)),
            layers.RandomFlip("horizontal_and_vertical"),
            layers.RandomRotation(0.2, fill_mode="nearest"),
            layers.RandomZoom(0.1, 0.1),
            layers.RandomContrast(0.2),
            layers.RandomBrightness(0.2),
            layers.RandomTranslation(0.1, 0.1),
            layers.Rescaling(1.0 / 127.5, offset=-1),
            layers.CenterCrop(8, 8),
            layers.GaussianNoise(0.1),
        ]
    )


def mixed_precision_policy() -> Any:
    """Layers in half precision, the last in single."""
    inputs = keras.Input((6,))
    x = layers.Dense(4, activation="relu", dtype="mixed_float16")(inputs)
    return keras.Model(inputs, layers.Dense(2, dtype="float32")(x))


def unbatched_image_layer() -> Any:
    """An image without a batch axis in layers that take one such."""
    inputs = keras.Input(batch_shape=(12, 10, 3))
    return keras.Model(inputs, layers.Resizing(6, 6)(inputs))


def unbatched_crop() -> Any:
    """A crop and a flip of one image alone."""
    inputs = keras.Input(batch_shape=(12, 10, 3))
    return keras.Model(inputs, layers.CenterCrop(6, 6)(layers.RandomFlip()(inputs)))


def one_input_only() -> Any:
    """A model that hands on its input."""
    inputs = keras.Input((3,))
    return keras.Model(inputs, inputs)


def input_as_an_output_too() -> Any:
    """Outputs of which one is an input."""
    inputs = keras.Input((3,), name="x")
    return keras.Model(inputs, {"given": inputs, "made": layers.Dense(2)(inputs)})


def input_that_is_not_used() -> Any:
    """An input that leads nowhere but out."""
    a, b = keras.Input((3,), name="a"), keras.Input((2,), name="b")
    return keras.Model([a, b], [layers.Dense(2)(a), b])


def same_output_twice() -> Any:
    """One tensor as two outputs."""
    inputs = keras.Input((3,))
    x = layers.Dense(2)(inputs)
    return keras.Model(inputs, [x, x])


def scalar_inputs() -> Any:
    """Inputs without any axis but the batch."""
    a, b = keras.Input((), name="a"), keras.Input((), name="b")
    return keras.Model([a, b], ops.stack([a + b, a * b, ops.maximum(a, b)], axis=-1))


def numbers_on_either_side() -> Any:
    """Operators with numbers on the left and on the right."""
    x = keras.Input((4,))
    y = (1.0 - x) * 2 / 3 + 4
    y = -y + ops.abs(x) ** 2 - 2**x
    return keras.Model(x, [y, 1 / (2 + ops.exp(x)), ops.floor(x * 10) % 3, x > 0.5])


def short_constants() -> Any:
    """Arrays of a few numbers, as operands of each kind."""
    x = keras.Input((3,))
    mean, scale = np.array([0.5, 0.4, 0.3], "float32"), np.array([[2.0], [1.0], [3.0]], "float32")
    y = (x - mean) / np.array([0.2, 0.2, 0.1], "float32")
    return keras.Model(x, [ops.matmul(y, scale), ops.maximum(y, mean), ops.concatenate([y, x * mean], axis=-1)])


def imagenet_statistics() -> Any:
    """Channels turned and centred by a constant, as preprocessing by hand."""
    image = keras.Input((8, 8, 3))
    x = image[..., ::-1] - np.array([103.9, 116.8, 123.7], "float32")
    return keras.Model(image, layers.Conv2D(2, 3)(x))


def constant_as_first_operand() -> Any:
    """A constant whose shape is larger than the tensor's."""
    x = keras.Input((1,), batch_size=1)
    return keras.Model(x, ops.add(np.arange(6, dtype="float32").reshape(2, 3), x))


def constant_of_whole_numbers() -> Any:
    """Positions taken by a constant list of indices."""
    x = keras.Input((8, 3))
    return keras.Model(x, ops.take(x, np.array([0, 2, 5]), axis=1))


def constant_matrix() -> Any:
    """A fixed projection, and a mask of a triangle."""
    x = keras.Input((6, 6))
    triangle = np.tril(np.ones((6, 6), "float32"))
    return keras.Model(x, ops.matmul(ops.softmax(x * triangle), np.linspace(-1, 1, 24).reshape(6, 4).astype("float32")))


def constant_into_a_layer() -> Any:
    """A layer that is fed an array beside tensors."""
    x = keras.Input((3,), batch_size=2)
    return keras.Model(x, layers.Add()([x, np.ones((2, 3), "float32")]))


def constant_cell_state() -> Any:
    """Broadcast, ones and zeros like others."""
    x = keras.Input((4, 3))
    state = ops.zeros_like(x[:, 0])
    y = layers.GRU(3)(x, initial_state=state)
    return keras.Model(x, [y, ops.full_like(y, 2.0), ops.ones_like(y)])


def slices_of_all_kinds() -> Any:
    """Slices, steps, new axes, ellipses."""
    x = keras.Input((6, 5, 4))
    return keras.Model(x, [x[:, 1:3], x[..., 0], x[:, ::-1, ::2], x[:, None, 2, ..., -1:], x[:, -1, -2]])


def splits_of_all_kinds() -> Any:
    """Splits by count and by places, unstack, and what is left unused."""
    x = keras.Input((6, 4))
    a, b, c = ops.split(x, 3, axis=1)
    d, e = ops.split(x, [1], axis=-1)
    first, *_ = ops.unstack(x, axis=2)
    return keras.Model(x, [a + c, layers.concatenate([d, e], axis=-1), first, b])


def reductions() -> Any:
    """Reductions over axes of all kinds."""
    x = keras.Input((4, 5))
    outputs = [
        ops.sum(x, axis=1), ops.mean(x, axis=(1, 2)), ops.max(x, axis=-1, keepdims=True), ops.var(x, axis=-1),
        ops.logsumexp(x, axis=1), ops.any(x > 0.9, axis=1), ops.argmax(x, axis=-1), ops.norm(x, axis=-1),
        ops.prod(x, axis=2), ops.min(x, axis=1), ops.count_nonzero(x > 0, axis=1),
    ]  # fmt: skip
    return keras.Model(x, outputs)


def comparisons_and_logic() -> Any:
    """Booleans by operators and functions."""
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    both = ops.logical_and(a > 0, ops.less_equal(b, 0.5))
    either = ops.logical_or(both, ops.isfinite(a))
    return keras.Model([a, b], [ops.where(either, a, b), ops.cast(both, "float32") * a, ops.logical_not(both)])


def resizing_by_function() -> Any:
    """Images resized, cropped and padded by functions."""
    x = keras.Input((8, 8, 3))
    small = ops.image.resize(x, (4, 4))
    return keras.Model(x, [small, ops.image.resize(x, (16, 12), interpolation="nearest")])


def convolution_by_function() -> Any:
    """A convolution whose kernel is another tensor."""
    x, kernel = keras.Input((8, 8, 2)), keras.Input(batch_shape=(3, 3, 2, 4), name="kernel")
    return keras.Model([x, kernel], ops.relu(ops.conv(x, kernel, padding="same")))


def functions_of_activations() -> Any:
    """Activations as layers, strings, functions and layers of their own."""
    x = keras.Input((6,))
    outputs = [
        layers.Activation("mish")(x), layers.Dense(2, activation=layers.LeakyReLU(negative_slope=0.1))(x),
        keras.activations.elu(x), ops.hard_sigmoid(x), layers.PReLU()(x), layers.Softmax()(x), ops.softplus(x),
        layers.Dense(2, activation=keras.activations.relu6)(x), layers.ELU(alpha=0.5)(x),
    ]  # fmt: skip
    return keras.Model(x, outputs)


def channels_first() -> Any:
    """Pooling and reshaping with channels first."""
    x = keras.Input((3, 8, 8))
    y = layers.GlobalAveragePooling2D(data_format="channels_first")(x)
    z = layers.Flatten(data_format="channels_first")(layers.ZeroPadding2D(1, data_format="channels_first")(x))
    return keras.Model(x, [y, layers.Dense(2)(z)])


def layers_called_twice() -> Any:
    """Layers with weights called on different inputs, the second call first in use."""
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    dense, norm = layers.Dense(4, name="dense"), layers.BatchNormalization(name="norm")
    x, y = norm(dense(a)), norm(dense(b))
    return keras.Model([b, a], [layers.Subtract()([y, x]), dense(y)])


def partly_frozen() -> Any:
    """Layers of which some are not trained."""
    inputs = keras.Input((6,))
    x = layers.Dense(4, trainable=False)(inputs)
    bn = layers.BatchNormalization(name="fixed_bn")
    bn.trainable = False
    model = keras.Model(inputs, layers.Dense(2)(layers.Bidirectional(layers.GRU(2))(bn(x)[:, None])))
    model.layers[1].trainable = False
    return model


def wholly_frozen() -> Any:
    """A model that is not trained at all."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.BatchNormalization()])
    model.trainable = False
    return model


def regularized_and_constrained() -> Any:
    """Regularizers, constraints, initializers of all kinds."""
    inputs = keras.Input((6,))
    x = layers.Dense(
        4,
        kernel_initializer=keras.initializers.VarianceScaling(2.0, "fan_out", "uniform"),
        bias_initializer=keras.initializers.Constant(0.1),
        kernel_regularizer=keras.regularizers.OrthogonalRegularizer(0.01),
        kernel_constraint=keras.constraints.UnitNorm(axis=0),
        activity_regularizer="l1",
    )(inputs)
    x = layers.Dense(4, kernel_initializer=keras.initializers.Orthogonal(0.5), kernel_constraint="non_neg")(x)
    return keras.Model(inputs, layers.Dense(2, bias_regularizer=keras.regularizers.L1L2(0.1, 0.2))(x))


def initial_array() -> Any:
    """A bias that starts as an array of numbers."""
    inputs = keras.Input((3,))
    start = keras.initializers.Constant(np.eye(2, dtype="float32").flatten())
    return keras.Model(inputs, layers.Dense(4, kernel_initializer="zeros", bias_initializer=start)(inputs))


def attention_of_all_kinds() -> Any:
    """Attention of three kinds, with scores and causes."""
    query, value = keras.Input((4, 6), name="query"), keras.Input((5, 6), name="value")
    first, scores = layers.Attention(use_scale=True)([query, value], return_attention_scores=True)
    second = layers.MultiHeadAttention(2, 3, value_dim=4, output_shape=5)(query, value, value)
    third = layers.AdditiveAttention(use_scale=False)([query, value, value], use_causal_mask=True)
    return keras.Model([query, value], [layers.concatenate([first, second, third]), scores])


def cosine_of_vectors() -> Any:
    """Dots of matrices and vectors along chosen axes."""
    a, b = keras.Input((4, 3), name="a"), keras.Input((5, 3), name="b")
    return keras.Model([a, b], [layers.Dot(axes=(2, 2), normalize=True)([a, b]), layers.Dot(axes=-1)([a, b])])


def einsum_dense() -> Any:
    """EinsumDense in place of heads."""
    inputs = keras.Input((5, 8))
    x = layers.EinsumDense("abc,cde->abde", output_shape=(None, 2, 4), bias_axes="de")(inputs)
    return keras.Model(inputs, layers.EinsumDense("abde,def->abf", output_shape=(None, 6), activation="relu")(x))


def set_of_functions() -> Any:
    """Functions that examples call now and then."""
    x = keras.Input((4, 6))
    outputs = [
        ops.flip(x, axis=1), ops.roll(x, 1, axis=2), ops.repeat(x, 2, axis=1), ops.swapaxes(x, 1, 2),
        ops.sort(x, axis=-1), ops.clip(x, -0.5, 0.5), ops.sign(x), ops.round(x * 3), ops.moveaxis(x, 1, -1),
        ops.cumsum(x, axis=1),
    ]  # fmt: skip
    return keras.Model(x, outputs)
