"""Tables: features of many kinds, wide and deep networks, recommendations, graphs, reinforcement learning."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from tests.formats.keras.examples import fed

COLOURS = ["red", "green", "blue"]


def boston_regression() -> Any:
    """Three dense layers, one of them after another by name."""
    model = keras.Sequential(name="my_sequential")
    model.add(keras.Input((13,), name="house"))
    model.add(layers.Dense(8, activation="relu", name="layer1"))
    model.add(
        layers.Dense(4, activation="relu", name="layer2", kernel_regularizer=keras.regularizers.l1_l2(1e-5, 1e-4))
    )
    model.add(layers.Dense(1, name="layer3"))
    return model


def credit_card_fraud() -> Any:
    """Dense layers with dropout on a wide table."""
    return keras.Sequential(
        [
            keras.Input(shape=(29,)),
            layers.Dense(16, activation="relu"),
            layers.Dropout(0.3),
            layers.Dense(16, activation="relu"),
            layers.Dropout(0.3),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def self_normalizing() -> Any:
    """SELU with LeCun's initial values and alpha dropout."""
    x = inputs = keras.Input((10,))
    for _ in range(3):
        x = layers.AlphaDropout(0.1)(layers.Dense(8, activation="selu", kernel_initializer="lecun_normal")(x))
    return keras.Model(inputs, layers.Dense(2)(x))


def wide_and_deep() -> Any:
    """A wide part beside a deep one."""
    inputs = keras.Input((8,), name="features")
    wide = layers.BatchNormalization()(inputs)
    deep = inputs
    for units in (8, 6):
        deep = layers.Dense(units)(deep)
        deep = layers.Dropout(0.1)(layers.ReLU()(layers.BatchNormalization()(deep)))
    merged = layers.concatenate([wide, deep])
    return keras.Model(inputs=inputs, outputs=layers.Dense(units=3, activation="softmax")(merged))


def deep_and_cross() -> Any:
    """Crosses of features with themselves."""
    inputs = keras.Input((6,))
    x0 = cross = layers.BatchNormalization()(inputs)
    for _ in range(2):
        units = cross.shape[-1]
        cross = x0 * layers.Dense(units)(cross) + cross
    return keras.Model(inputs, layers.Dense(2)(layers.concatenate([layers.BatchNormalization()(cross), inputs])))


def deep_factorization() -> Any:
    """Pairs of embedded fields by the square of sums."""
    ids = keras.Input((5,), dtype="int32", name="fields")
    x = layers.Embedding(20, 4, name="factors")(ids)
    first = ops.sum(layers.Embedding(20, 1, name="linear")(ids), axis=1)
    squared = ops.square(ops.sum(x, axis=1)) - ops.sum(ops.square(x), axis=1)
    second = 0.5 * ops.sum(squared, axis=1, keepdims=True)
    deep = layers.Dense(1)(layers.Dense(6, activation="relu")(layers.Flatten()(x)))
    return keras.Model(ids, layers.Activation("sigmoid")(layers.Add()([first, second, deep])))


@fed(words="red green blue black")
def structured_data() -> Any:
    """Features of numbers, words and whole numbers, each through a layer of preprocessing."""
    inputs = {
        "age": keras.Input((1,), name="age"),
        "colour": keras.Input((1,), name="colour", dtype="string"),
        "size": keras.Input((1,), name="size", dtype="int64"),
    }
    age = layers.Normalization(mean=[40.0], variance=[100.0])(inputs["age"])
    colour = layers.StringLookup(vocabulary=COLOURS, output_mode="one_hot")(inputs["colour"])
    size = layers.IntegerLookup(vocabulary=[1, 2, 3], output_mode="one_hot")(inputs["size"])
    x = layers.Dense(6, activation="relu")(layers.concatenate([age, colour, size]))
    return keras.Model(inputs, layers.Dense(1, activation="sigmoid")(layers.Dropout(0.5)(x)))


@fed(words="red green blue black")
def lookups_into_embeddings() -> Any:
    """Words into embeddings, numbers into bins."""
    colour, price = keras.Input((1,), dtype="string", name="colour"), keras.Input((1,), name="price")
    ids = layers.StringLookup(vocabulary=COLOURS, mask_token=None, num_oov_indices=1)(colour)
    embedded = layers.Flatten()(layers.Embedding(4, 3)(ids))
    bins = layers.Discretization(bin_boundaries=[-0.5, 0.0, 0.5])(price)
    encoded = layers.CategoryEncoding(num_tokens=4, output_mode="one_hot")(bins)
    return keras.Model([colour, price], layers.Dense(1)(layers.concatenate([embedded, encoded])))


@fed(words="red green blue black")
def preprocessing_alone() -> Any:
    """A model that only prepares its features, as a mapping of outputs."""
    colour, size = keras.Input((1,), dtype="string", name="colour"), keras.Input((1,), name="size")
    outputs = {
        "colour": layers.StringLookup(vocabulary=COLOURS, output_mode="multi_hot")(colour),
        "a_size": layers.Rescaling(0.5, offset=1.0)(size),
    }
    return keras.Model({"colour": colour, "size": size}, outputs)


@fed(words="red green blue black")
def preprocessing_inside() -> Any:
    """A model of preprocessing called in a model that is trained."""
    colour, size = keras.Input((1,), dtype="string", name="colour"), keras.Input((1,), name="size")
    lookup = layers.StringLookup(vocabulary=COLOURS, output_mode="one_hot")
    prepared = layers.Concatenate()([lookup(colour), layers.Rescaling(2.0)(size)])
    preprocess = keras.Model([colour, size], prepared, name="preprocessing")
    inputs = [keras.Input((1,), dtype="string", name="c"), keras.Input((1,), name="s")]
    return keras.Model(inputs, layers.Dense(2)(preprocess(inputs)))


@fed(words="red green blue black")
def hashed_features() -> Any:
    """Hashes of words, and of two features crossed."""
    a, b = keras.Input((1,), dtype="string", name="a"), keras.Input((1,), dtype="string", name="b")
    hashed = layers.CategoryEncoding(num_tokens=8, output_mode="one_hot")(layers.Hashing(num_bins=8)(a))
    crossed = layers.HashedCrossing(num_bins=6, output_mode="one_hot")((a, b))
    return keras.Model([a, b], layers.Dense(2)(layers.concatenate([hashed, crossed])))


def dictionary_in_and_out() -> Any:
    """Mappings in an order that is not of the alphabet."""
    inputs = {name: keras.Input((2,), name=name) for name in ("zeta", "alpha", "mid")}
    x = layers.concatenate(list(inputs.values()))
    return keras.Model(inputs, {"second": layers.Dense(3)(x), "first": layers.Dense(2)(x)})


def ticket_router() -> Any:
    """Titles, bodies and tags in; a priority and a department out, by name."""
    title, body = keras.Input((None,), name="title", dtype="int32"), keras.Input((None,), name="body", dtype="int32")
    tags = keras.Input((4,), name="tags")
    a, b = layers.LSTM(4)(layers.Embedding(20, 5)(title)), layers.LSTM(3)(layers.Embedding(20, 5)(body))
    x = layers.concatenate([a, b, tags])
    outputs = {"priority": layers.Dense(1, name="priority")(x), "department": layers.Dense(4, name="department")(x)}
    return keras.Model(inputs=[title, body, tags], outputs=outputs)


def matrix_factorization() -> Any:
    """Users and films, embedded, their product and biases."""
    user, film = keras.Input((1,), dtype="int32", name="user"), keras.Input((1,), dtype="int32", name="film")
    a = layers.Flatten()(layers.Embedding(20, 5, embeddings_regularizer="l2", name="user_embedding")(user))
    b = layers.Flatten()(layers.Embedding(20, 5, embeddings_regularizer="l2", name="film_embedding")(film))
    bias = layers.Flatten()(layers.Embedding(20, 1)(user)) + layers.Flatten()(layers.Embedding(20, 1)(film))
    return keras.Model([user, film], ops.sigmoid(layers.Dot(axes=1)([a, b]) + bias))


def neural_collaborative_filtering() -> Any:
    """A tower of products beside a tower of dense layers; a cosine."""
    user, item = keras.Input((), dtype="int32", name="user"), keras.Input((), dtype="int32", name="item")
    a, b = layers.Embedding(20, 4)(user), layers.Embedding(20, 4)(item)
    x = layers.Dense(4, activation="relu")(layers.concatenate([a, b]))
    cosine = layers.Dot(axes=-1, normalize=True)([a, b])
    return keras.Model([user, item], layers.Dense(1)(layers.concatenate([layers.multiply([a, b]), x, cosine])))


def two_tower_retrieval() -> Any:
    """Two towers of the same making, not shared."""

    def tower(name: str) -> Any:
        return keras.Sequential([layers.Embedding(20, 6), layers.Dense(4)], name=name)

    query, candidate = keras.Input((), dtype="int32", name="q"), keras.Input((), dtype="int32", name="c")
    a, b = tower("query_tower")(query), tower("candidate_tower")(candidate)
    return keras.Model([query, candidate], ops.sum(ops.normalize(a) * ops.normalize(b), axis=-1))


def behaviour_transformer() -> Any:
    """A sequence of films with ratings, and features of the user."""
    films, ratings = keras.Input((4,), dtype="int32", name="films"), keras.Input((4,), name="ratings")
    target, age = keras.Input((), dtype="int32", name="target"), keras.Input((1,), name="age")
    embedding = layers.Embedding(20, 6)
    x = embedding(films) * ops.expand_dims(ratings, axis=-1)
    x = layers.Concatenate(axis=1)([x, ops.expand_dims(embedding(target), axis=1)])
    x = layers.LayerNormalization()(layers.Add()([x, layers.MultiHeadAttention(2, 6, dropout=0.1)(x, x)]))
    x = layers.Concatenate()([layers.Flatten()(x), age])
    return keras.Model([films, ratings, target, age], layers.Dense(1)(layers.LeakyReLU()(layers.Dense(8)(x))))


def tab_transformer() -> Any:
    """Columns as tokens, stacked; embeddings of columns are added."""
    columns = [keras.Input((), dtype="int32", name=f"column_{index}") for index in range(3)]
    number = keras.Input((2,), name="numbers")
    tokens = ops.stack([layers.Embedding(5, 4)(column) for column in columns], axis=1)
    tokens = tokens + layers.Embedding(input_dim=3, output_dim=4)(ops.arange(start=0, stop=3, step=1))
    for block in range(2):
        attended = layers.MultiHeadAttention(2, 4, dropout=0.2, name=f"multihead_attention_{block}")(tokens, tokens)
        x = layers.Add(name=f"skip_connection1_{block}")([attended, tokens])
        x = layers.LayerNormalization(name=f"layer_norm1_{block}", epsilon=1e-6)(x)
        feed = keras.Sequential([layers.Dense(4, activation="gelu"), layers.Dropout(0.2)], name=f"feedforward_{block}")
        x = layers.Add(name=f"skip_connection2_{block}")([feed(x), x])
        tokens = layers.LayerNormalization(name=f"layer_norm2_{block}", epsilon=1e-6)(x)
    x = layers.concatenate([layers.Flatten()(tokens), layers.LayerNormalization(epsilon=1e-6)(number)])
    return keras.Model([*columns, number], layers.Dense(units=1, activation="sigmoid", name="sigmoid")(x))


def neural_decision_tree() -> Any:
    """The routes of a soft tree: decisions doubled level by level."""
    inputs = keras.Input((5,))
    decisions = ops.expand_dims(layers.Dense(units=4, activation="sigmoid", name="decision")(inputs), axis=2)
    decisions = layers.concatenate([decisions, 1 - decisions], axis=2)
    routes = ops.ones_like(inputs[:, :1])[:, :, None]
    begin, end = 1, 2
    for level in range(2):
        routes = ops.tile(ops.reshape(routes, [-1, begin, 1]), (1, 1, 2))
        routes = routes * decisions[:, begin:end, :]
        begin, end = end, end + 2 ** (level + 1)
    return keras.Model(inputs, ops.reshape(routes, [-1, 4]))


def gated_residual_selection() -> Any:
    """A variable of features weighted by softmax over a stack."""
    inputs = [keras.Input((2,), name=f"f{index}") for index in range(3)]
    encoded = [layers.Dense(4, activation="elu")(x) for x in inputs]
    weights = ops.expand_dims(layers.Dense(3, activation="softmax")(layers.concatenate(inputs)), -1)
    return keras.Model(inputs, ops.sum(weights * ops.stack(encoded, axis=1), axis=1))


def mixture_of_experts_multitask() -> Any:
    """Experts shared by two tasks, each with its own gate."""
    inputs = keras.Input((6,))
    experts = ops.stack([layers.Dense(4, activation="relu", name=f"expert_{at}")(inputs) for at in range(3)], axis=1)
    outputs = {}
    for task in ("like", "click"):
        gate = layers.Dense(3, activation="softmax", name=f"{task}_gate")(inputs)
        mixed = ops.einsum("be,bed->bd", gate, experts)
        outputs[task] = layers.Dense(1, activation="sigmoid", name=task)(mixed)
    return keras.Model(inputs, outputs)


def actor_critic() -> Any:
    """One trunk, an actor and a critic."""
    inputs = keras.Input((4,))
    common = layers.Dense(8, activation="relu")(inputs)
    action, critic = layers.Dense(2, activation="softmax")(common), layers.Dense(1)(common)
    return keras.Model(inputs=inputs, outputs=[action, critic])


def deep_deterministic_policy() -> Any:
    """A critic of a state and an action; its scale is Python's."""
    state, action = keras.Input((3,)), keras.Input((1,))
    a = layers.Dense(6, activation="relu")(layers.Dense(4, activation="relu")(state))
    b = layers.Dense(6, activation="relu")(action)
    x = layers.Dense(8, activation="relu")(layers.Concatenate()([a, b]))
    last = keras.initializers.RandomUniform(minval=-0.003, maxval=0.003)
    return keras.Model([state, action], [layers.Dense(1)(x), layers.Dense(1, "tanh", kernel_initializer=last)(a) * 2.0])


def atari_q_network() -> Any:
    """Frames with channels first, transposed by an op."""
    model = keras.Sequential()
    model.add(layers.Input((4, 20, 20)))
    model.add(layers.Permute((2, 3, 1)))
    model.add(layers.Conv2D(4, 8, strides=4, activation="relu"))
    model.add(layers.Conv2D(6, 3, strides=1, activation="relu"))
    model.add(layers.Flatten())
    model.add(layers.Dense(3, activation="linear"))
    return model


def dueling_q_network() -> Any:
    """Value and advantage, the mean taken off."""
    inputs = keras.Input((5,))
    x = layers.Dense(6, "relu")(inputs)
    value, advantage = layers.Dense(1)(x), layers.Dense(3)(x)
    return keras.Model(inputs, value + (advantage - ops.mean(advantage, axis=1, keepdims=True)))


def policy_log_probabilities() -> Any:
    """The log probability of an action that was taken, by one-hot."""
    observation, action = keras.Input((4,)), keras.Input((), dtype="int32")
    x = observation
    for size, activation in ((6, keras.activations.tanh), (3, None)):
        x = layers.Dense(units=size, activation=activation)(x)
    taken = ops.sum(ops.one_hot(action, 3) * ops.log_softmax(x), axis=1)
    return keras.Model([observation, action], [x, taken])


def graph_convolution() -> Any:
    """A graph's adjacency as an input, multiplied into features."""
    features, adjacency = keras.Input((6, 4), name="nodes"), keras.Input((6, 6), name="adjacency")
    degree = ops.sum(ops.abs(adjacency), axis=-1, keepdims=True) + 1.0
    x = features
    for units in (5, 3):
        x = layers.Dense(units, use_bias=False)(ops.matmul(adjacency / degree, x))
        x = layers.ReLU()(x)
    return keras.Model([features, adjacency], layers.Dense(2)(ops.max(x, axis=1)))


def graph_attention() -> Any:
    """Scores of pairs by broadcasting, masked by edges."""
    features, edges = keras.Input((5, 3)), keras.Input((5, 5), dtype="bool")
    x = layers.Dense(4, use_bias=False)(features)
    a, b = layers.Dense(1)(x), layers.Dense(1)(x)
    scores = ops.leaky_relu(a + ops.transpose(b, (0, 2, 1)), 0.2)
    scores = ops.where(edges, scores, -1e9)
    return keras.Model([features, edges], ops.einsum("bij,bjd->bid", ops.softmax(scores, axis=-1), x))


def message_passing() -> Any:
    """Messages by einsum, updates by gates; a sum over nodes."""
    nodes, edges = keras.Input((4, 3), name="atoms"), keras.Input((4, 4, 2), name="bonds")
    messages = ops.einsum("bijk,bjd->bidk", edges, nodes)
    messages = layers.Dense(3)(ops.reshape(messages, (-1, 4, 6)))
    gate = ops.sigmoid(layers.Dense(3)(ops.concatenate([nodes, messages], axis=-1)))
    updated = gate * nodes + (1.0 - gate) * ops.tanh(messages)
    return keras.Model([nodes, edges], layers.Dense(1)(ops.sum(updated, axis=-2)))


def gather_neighbours() -> Any:
    """Rows of a table taken by ids, averaged."""
    table, ids = (
        keras.Input(batch_shape=(6, 3), name="table"),
        keras.Input(batch_shape=(4, 2), dtype="int32", name="ids"),
    )
    return keras.Model([table, ids], layers.Dense(2)(ops.mean(ops.take(table, ids, axis=0), axis=1)))


def point_net() -> Any:
    """Points with a transform that the network learns."""
    inputs = keras.Input(shape=(12, 3))
    x = layers.Activation("relu")(layers.BatchNormalization(momentum=0.0)(layers.Conv1D(6, 1, padding="valid")(inputs)))
    x = layers.GlobalMaxPooling1D()(x)
    x = layers.Dense(9, kernel_initializer="zeros", bias_initializer="zeros")(x)
    transform = layers.Reshape((3, 3))(x)
    return keras.Model(inputs, layers.Dot(axes=(2, 1))([inputs, transform]), name="pointnet")


def nerf() -> Any:
    """Rays, positions encoded by sines of powers of two, a skip in the middle."""
    rays = keras.Input((10, 3))
    encoded = [rays]
    for power in range(2):
        encoded += [ops.sin(2.0**power * rays), ops.cos(2.0**power * rays)]
    x = inputs = ops.concatenate(encoded, axis=-1)
    for layer in range(3):
        x = layers.Dense(units=6, activation="relu")(x)
        if layer == 1:
            x = layers.concatenate([x, inputs], axis=-1)
    return keras.Model(inputs=rays, outputs=layers.Dense(units=4)(x))


def swap_noise_denoiser() -> Any:
    """GaussianNoise and ActivityRegularization in front of an autoencoder."""
    inputs = keras.Input((8,))
    x = layers.ActivityRegularization(l1=1e-4)(
        layers.Dense(4, activation="softplus")(layers.GaussianNoise(0.1)(inputs))
    )
    return keras.Model(inputs, layers.Dense(8)(layers.GaussianDropout(0.2)(x)))


def ensemble() -> Any:
    """Three models of the same making, averaged."""
    inputs = keras.Input((6,))
    members = []
    for index in range(3):
        start = keras.Input((6,))
        members.append(keras.Model(start, layers.Dense(2)(layers.Dense(4)(start)), name=f"member_{index}"))
    return keras.Model(inputs, layers.average([member(inputs) for member in members]), name="ensemble")


def quantile_regression() -> Any:
    """Quantiles that grow by positive steps, summed up."""
    inputs = keras.Input((5,))
    steps = layers.Dense(4, activation="softplus")(inputs)
    return keras.Model(inputs, ops.cumsum(steps, axis=-1) + layers.Dense(1)(inputs))


def top_two_gate() -> Any:
    """The two largest scores, and which they are."""
    inputs = keras.Input((6,))
    values, indices = ops.top_k(layers.Dense(5)(inputs), k=2)
    return keras.Model(inputs, [ops.softmax(values), indices])


@fed(words="red green blue black")
def learnt_vocabularies() -> Any:
    """Lookups that have learnt their words, one of them in a model within; they stand in the archive alone."""
    lookup = layers.StringLookup(output_mode="one_hot")
    lookup.adapt(["red", "green", "red"])
    numbers = layers.IntegerLookup(num_oov_indices=2)
    numbers.adapt([[3, 1, 3]])
    start = keras.Input((1,), dtype="string")
    inner_lookup = layers.StringLookup(mask_token="", name="inner_lookup")
    inner_lookup.adapt(["blue", "black", "blue"])
    inner = keras.Model(start, inner_lookup(start), name="inner")
    colour, size = keras.Input((1,), dtype="string", name="colour"), keras.Input((1,), dtype="int64", name="size")
    x = layers.concatenate([lookup(colour), layers.Flatten()(layers.Embedding(4, 2)(numbers(size)))])
    return keras.Model([colour, size], [layers.Dense(2)(x), inner(colour)])


def learnt_statistics() -> Any:
    """A normalization and bins that were learnt."""
    normalize, bins = layers.Normalization(), layers.Discretization(num_bins=3)
    numbers = np.array([[0.5, 1.0], [1.5, 3.0], [2.0, -1.0], [0.1, 0.2]], "float32")
    normalize.adapt(numbers)
    bins.adapt(numbers)
    inputs = keras.Input((2,))
    return keras.Model(inputs, [layers.Dense(2)(normalize(inputs)), bins(inputs)])


@fed(words="red green blue black")
def feature_space() -> Any:
    """Features that a FeatureSpace prepares: numbers, words, whole numbers and two of them crossed."""
    space = keras.utils.FeatureSpace(
        features={
            "age": keras.utils.FeatureSpace.float_normalized(),
            "weight": keras.utils.FeatureSpace.float(),
            "colour": keras.utils.FeatureSpace.string_categorical(num_oov_indices=1),
            "size": keras.utils.FeatureSpace.integer_categorical(),
        },
        output_mode="concat",
    )
    table = {
        "age": np.array([[1.0], [3.0]], "float32"),
        "weight": np.array([[2.0], [5.0]], "float32"),
        "colour": np.array([["red"], ["blue"]]),
        "size": np.array([[1], [3]], "int64"),
    }
    import tensorflow as tf

    space.adapt(tf.data.Dataset.from_tensor_slices(table).batch(2))
    return keras.Model(space.get_inputs(), layers.Dense(2)(space.get_encoded_features()))
