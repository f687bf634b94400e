"""Text: classifiers, translation, language models, question answering, retrieval."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from tests.formats.keras.examples import fed

WORDS = ["the", "cat", "sat", "on", "a", "mat"]


def imdb_bidirectional() -> Any:
    """Two bidirectional LSTMs over sequences of any length."""
    inputs = keras.Input(shape=(None,), dtype="int32")
    x = layers.Embedding(20, 8)(inputs)
    x = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(x)
    x = layers.Bidirectional(layers.LSTM(4))(x)
    return keras.Model(inputs, layers.Dense(1, activation="sigmoid")(x))


def imdb_convolution() -> Any:
    """Convolutions over words."""
    inputs = keras.Input(shape=(None,), dtype="int64")
    x = layers.Dropout(0.5)(layers.Embedding(20, 8)(inputs))
    x = layers.Conv1D(6, 3, padding="valid", activation="relu", strides=2)(x)
    x = layers.Conv1D(6, 2, padding="valid", activation="relu", strides=1)(x)
    x = layers.Dropout(0.5)(layers.Dense(6, activation="relu")(layers.GlobalMaxPooling1D()(x)))
    return keras.Model(inputs, layers.Dense(1, activation="sigmoid", name="predictions")(x))


def masked_lstm() -> Any:
    """A Sequential with a mask that travels."""
    return keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            layers.Embedding(20, 6, mask_zero=True),
            layers.LSTM(5, return_sequences=True, dropout=0.2, recurrent_dropout=0.2),
            layers.GRU(4, go_backwards=True),
            layers.Dense(2, activation="softmax"),
        ]
    )


def masked_functional() -> Any:
    """A mask that Keras writes out, through several layers, to pooling."""
    inputs = keras.Input((9,), dtype="int32")
    x = layers.Embedding(20, 6, mask_zero=True)(inputs)
    x = layers.SpatialDropout1D(0.2)(x)
    x = layers.Bidirectional(layers.GRU(3, return_sequences=True), merge_mode="sum")(x)
    x = layers.LayerNormalization()(x)
    return keras.Model(inputs, layers.Dense(2)(layers.GlobalAveragePooling1D()(x)))


def text_cnn() -> Any:
    """Three widths of windows over the same words, joined."""
    inputs = keras.Input((12,), dtype="int32")
    x = layers.Embedding(20, 6, embeddings_initializer="uniform", name="embedding")(inputs)
    towers = []
    for width in (3, 4, 5):
        tower = layers.Conv1D(4, width, activation="relu", name=f"conv_{width}")(x)
        towers.append(layers.GlobalMaxPooling1D(name=f"pool_{width}")(tower))
    x = layers.Dropout(0.5)(layers.concatenate(towers))
    return keras.Model(inputs, layers.Dense(4, activation="softmax")(x), name="text_cnn")


def _transformer_block(x: Any, heads: int, width: int, hidden: int) -> Any:
    attended = layers.MultiHeadAttention(num_heads=heads, key_dim=width)(x, x)
    x = layers.LayerNormalization(epsilon=1e-6)(x + layers.Dropout(0.1)(attended))
    feed_forward = keras.Sequential([layers.Dense(hidden, activation="relu"), layers.Dense(width)])
    return layers.LayerNormalization(epsilon=1e-6)(x + layers.Dropout(0.1)(feed_forward(x)))


def transformer_classifier() -> Any:
    """Tokens and positions, a block whose feed-forward part is a Sequential without a shape."""
    inputs = keras.Input((10,), dtype="int32")
    positions = ops.arange(start=0, stop=10, step=1)
    x = layers.Embedding(20, 8)(inputs) + layers.Embedding(10, 8)(positions)
    x = layers.GlobalAveragePooling1D()(_transformer_block(x, 2, 8, 12))
    x = layers.Dense(6, activation="relu")(layers.Dropout(0.1)(x))
    return keras.Model(inputs, layers.Dense(2, activation="softmax")(x))


def transformer_of_two_blocks() -> Any:
    """Two blocks, each a Sequential called once."""
    inputs = keras.Input((6, 8))
    x = inputs
    for _ in range(2):
        x = _transformer_block(x, 4, 8, 16)
    return keras.Model(inputs, x)


def _sinusoidal(length: int, width: int) -> Any:
    positions, places = np.arange(length)[:, None], np.arange(width)[None, :]
    angles = positions / 10000 ** (2 * (places // 2) / width)
    angles[:, 0::2], angles[:, 1::2] = np.sin(angles[:, 0::2]), np.cos(angles[:, 1::2])
    return angles[None].astype("float32")


def sinusoidal_positions() -> Any:
    """Positions as an array of numbers that is added."""
    inputs = keras.Input((10,), dtype="int32")
    x = layers.Embedding(20, 16)(inputs) * 4.0
    x = x + _sinusoidal(10, 16)
    x = layers.MultiHeadAttention(2, 8)(x, x, use_causal_mask=True)
    return keras.Model(inputs, layers.Dense(20)(x))


def long_constant() -> Any:
    """An array of thousands of numbers."""
    inputs = keras.Input((64, 32))
    return keras.Model(inputs, layers.Dense(2)(ops.add(inputs, _sinusoidal(64, 32))))


def learned_positions_by_where() -> Any:
    """Positions looked up from a constant of whole numbers, words masked by where."""
    inputs = keras.Input((8,), dtype="int32")
    table = layers.Embedding(8, 4, name="positions")(np.arange(8)[None])
    words = layers.Embedding(20, 4, name="words")(inputs)
    x = ops.where(ops.expand_dims(ops.equal(inputs, 1), -1), 0.0, words) + table
    return keras.Model(inputs, layers.Dense(3)(layers.Flatten()(x)))


def causal_language_model() -> Any:
    """A small GPT whose two layers of attention see the past only."""
    inputs = keras.Input((8,), dtype=np.int32)
    x = layers.Embedding(20, 8, name="token_emb")(inputs)
    for _ in range(2):
        attended = layers.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True)
        x = layers.LayerNormalization(epsilon=1e-6)(x + layers.Dropout(0.1)(attended))
        x = layers.LayerNormalization()(x + layers.Dense(8)(layers.Dense(12, "relu")(x)))
    return keras.Model(inputs=inputs, outputs=[layers.Dense(20)(x), x])


def group_query_language_model() -> Any:
    """Fewer keys than queries, RMS normalisation, a gated feed-forward part."""
    inputs = keras.Input((8,), dtype="int32")
    x = layers.Embedding(20, 8)(inputs)
    y = layers.RMSNormalization()(x)
    x = layers.add([x, layers.GroupQueryAttention(4, 4, 2)(y, y, use_causal_mask=True)])
    y = layers.RMSNormalization()(x)
    y = layers.multiply([layers.Dense(12, activation="silu", use_bias=False)(y), layers.Dense(12, use_bias=False)(y)])
    x = layers.add([x, layers.Dense(8, use_bias=False)(y)])
    return keras.Model(inputs, ops.softmax(layers.Dense(20, use_bias=False)(x)))


def tied_embeddings() -> Any:
    """An embedding that leads back to its words."""
    inputs = keras.Input((6,), dtype="int32")
    table = layers.ReversibleEmbedding(20, 6)
    return keras.Model(inputs, table(layers.LSTM(6, return_sequences=True)(table(inputs)), reverse=True))


def seq2seq_characters() -> Any:
    """An encoder hands its states to a decoder."""
    encoder_inputs = keras.Input(shape=(None, 7))
    _, state_h, state_c = layers.LSTM(6, return_state=True)(encoder_inputs)
    decoder_inputs = keras.Input(shape=(None, 9))
    x, _, _ = layers.LSTM(6, return_sequences=True, return_state=True)(decoder_inputs, initial_state=[state_h, state_c])
    return keras.Model([encoder_inputs, decoder_inputs], layers.Dense(9, activation="softmax")(x))


def seq2seq_inference_decoder() -> Any:
    """A decoder that is fed states as inputs, and gives them back."""
    tokens = keras.Input((None, 9))
    states = [keras.Input((6,), name="h"), keras.Input((6,), name="c")]
    x, h, c = layers.LSTM(6, return_sequences=True, return_state=True, name="decoder_lstm")(
        tokens, initial_state=states
    )
    return keras.Model([tokens, *states], [layers.Dense(9, "softmax")(x), h, c])


def inputs_nested_in_a_list() -> Any:
    """Inputs as a tensor and a list of tensors."""
    tokens = keras.Input((None, 5), name="tokens")
    states = [keras.Input((4,), name="h"), keras.Input((4,), name="c")]
    x = layers.LSTM(4)(tokens, initial_state=states)
    return keras.Model([tokens, states], layers.Dense(2)(x))


def luong_attention() -> Any:
    """A decoder that attends over an encoder, by Dot and Softmax."""
    source, target = keras.Input((7,), dtype="int32"), keras.Input((5,), dtype="int32")
    encoded, h, c = layers.LSTM(6, return_sequences=True, return_state=True)(layers.Embedding(20, 6)(source))
    decoded = layers.LSTM(6, return_sequences=True)(layers.Embedding(20, 6)(target), initial_state=[h, c])
    scores = layers.Activation("softmax", name="attention")(layers.Dot(axes=[2, 2])([decoded, encoded]))
    context = layers.Dot(axes=[2, 1])([scores, encoded])
    x = layers.TimeDistributed(layers.Dense(6, activation="tanh"))(layers.concatenate([context, decoded]))
    return keras.Model([source, target], layers.TimeDistributed(layers.Dense(20, activation="softmax"))(x))


def bahdanau_attention() -> Any:
    """AdditiveAttention over an encoder, with its scores as an output."""
    source, target = keras.Input((7,), dtype="int32"), keras.Input((5,), dtype="int32")
    keys = layers.Bidirectional(layers.GRU(3, return_sequences=True))(layers.Embedding(20, 6)(source))
    queries = layers.GRU(6, return_sequences=True)(layers.Embedding(20, 6)(target))
    context, scores = layers.AdditiveAttention()([queries, keys], return_attention_scores=True)
    return keras.Model([source, target], [layers.Dense(20)(layers.Concatenate()([context, queries])), scores])


def _encoder(width: int) -> Any:
    inputs = keras.Input((None,), dtype="int64", name="encoder_inputs")
    x = layers.Embedding(20, width)(inputs)
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, width)(x, x))
    return keras.Model(inputs, x, name="encoder")


def translation_transformer() -> Any:
    """An encoder, and a decoder that is a model of two inputs."""
    width = 6
    encoder = _encoder(width)
    decoder_inputs = keras.Input(shape=(None,), dtype="int64", name="decoder_inputs")
    encoded_inputs = keras.Input(shape=(None, width), name="decoder_state_inputs")
    x = layers.Embedding(20, width)(decoder_inputs)
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, width)(x, x, use_causal_mask=True))
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, width)(x, encoded_inputs))
    outputs = layers.Dense(20, activation="softmax")(layers.Dropout(0.5)(x))
    decoder = keras.Model([decoder_inputs, encoded_inputs], outputs, name="decoder")
    outputs = decoder([decoder_inputs, encoder(encoder.inputs[0])])
    return keras.Model([encoder.inputs[0], decoder_inputs], outputs, name="transformer")


def encoder_outputs_reused() -> Any:
    """A model over the inputs and outputs of another: no nesting at all."""
    encoder = _encoder(4)
    x = layers.GlobalMaxPooling1D()(encoder.output)
    return keras.Model(encoder.input, layers.Dense(3)(x), name="classifier")


def siamese_lstm() -> Any:
    """Two questions through one LSTM, the distance of Manhattan."""
    left, right = keras.Input((8,), dtype="int32"), keras.Input((8,), dtype="int32")
    embedding, lstm = layers.Embedding(20, 6), layers.LSTM(5)
    a, b = lstm(embedding(left)), lstm(embedding(right))
    distance = ops.exp(-ops.sum(ops.abs(a - b), axis=1, keepdims=True))
    return keras.Model(inputs=[left, right], outputs=[distance])


def dual_encoder() -> Any:
    """Images and captions, each through a projection of a model of its own."""

    def projection(x: Any) -> Any:
        projected = layers.Dense(units=6)(x)
        y = layers.Dropout(0.1)(layers.Dense(6)(ops.nn.gelu(projected)))
        return layers.LayerNormalization()(layers.Add()([projected, y]))

    image = keras.Input((8, 8, 3), name="image_input")
    vision = keras.Model(image, projection(layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3)(image))), name="vision")
    caption = keras.Input((6,), dtype="int32", name="caption_input")
    words = layers.GlobalAveragePooling1D()(layers.Embedding(20, 4)(caption))
    text = keras.Model(caption, projection(words), name="text_encoder")
    a, b = vision(image), text(caption)
    return keras.Model([image, caption], ops.matmul(a, ops.transpose(b)), name="dual_encoder")


def natural_language_inference() -> Any:
    """Premise and hypothesis in one model of one encoder, their difference and product."""
    encoder = keras.Sequential(
        [keras.Input((7,), dtype="int32"), layers.Embedding(20, 5), layers.Bidirectional(layers.LSTM(3))],
        name="encoder",
    )
    premise, hypothesis = (
        keras.Input((7,), dtype="int32", name="premise"),
        keras.Input((7,), dtype="int32", name="hypothesis"),
    )
    a, b = encoder(premise), encoder(hypothesis)
    x = layers.Concatenate()([a, b, layers.Subtract()([a, b]), layers.Multiply()([a, b])])
    return keras.Model({"premise": premise, "hypothesis": hypothesis}, layers.Dense(3, "softmax")(x))


def question_answering_spans() -> Any:
    """Two softmaxes over the steps of a text, for its begin and its end."""
    ids = keras.Input((9,), dtype="int32", name="input_ids")
    types = keras.Input((9,), dtype="int32", name="token_type_ids")
    x = layers.Add()([layers.Embedding(20, 6)(ids), layers.Embedding(4, 6)(types)])
    x = layers.MultiHeadAttention(2, 3)(x, x)
    start = layers.Flatten()(layers.Dense(1, name="start_logit", use_bias=False)(x))
    end = layers.Flatten()(layers.Dense(1, name="end_logit", use_bias=False)(x))
    outputs = [layers.Activation(keras.activations.softmax)(each) for each in (start, end)]
    return keras.Model(inputs=[ids, types], outputs=outputs)


def attention_by_hand() -> Any:
    """Heads made by reshape and transpose, a product, a softmax, and a scale that Python computes."""
    inputs = keras.Input((6, 8))

    def heads(x: Any) -> Any:
        return ops.transpose(ops.reshape(x, (-1, 6, 2, 4)), (0, 2, 1, 3))

    q, k, v = (heads(layers.Dense(8, name=name)(inputs)) for name in "qkv")
    scores = ops.matmul(q, ops.transpose(k, (0, 1, 3, 2))) / np.sqrt(4)
    causal = np.tril(np.ones((6, 6), "float32"))
    scores = scores - 1e9 * (1 - causal)
    x = ops.matmul(ops.softmax(scores, axis=-1), v)
    return keras.Model(inputs, layers.Dense(8)(ops.reshape(ops.transpose(x, (0, 2, 1, 3)), (-1, 6, 8))))


def padding_mask_by_hand() -> Any:
    """A mask of padding as an argument of attention."""
    ids = keras.Input((6,), dtype="int32")
    x = layers.Embedding(20, 4)(ids)
    mask = ops.cast(ops.not_equal(ids, 0), "bool")[:, None, :]
    x = layers.MultiHeadAttention(2, 4)(x, x, attention_mask=mask)
    return keras.Model(ids, layers.Dense(2)(x[:, 0]))


def fourier_network() -> Any:
    """FNet: a Fourier transform in place of attention, its real part."""
    inputs = keras.Input((8, 4))
    real, _ = ops.fft2((inputs, ops.zeros_like(inputs)))
    x = layers.LayerNormalization()(inputs + real)
    return keras.Model(inputs, layers.LayerNormalization()(x + layers.Dense(4)(layers.Dense(8, "relu")(x))))


def named_entities() -> Any:
    """A label for each word, through TimeDistributed."""
    inputs = keras.Input((None,), dtype="int32", name="words")
    x = layers.Embedding(20, 6, mask_zero=True)(inputs)
    x = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(x)
    return keras.Model(inputs, layers.TimeDistributed(layers.Dense(5, activation="softmax"))(x))


def hierarchical_attention() -> Any:
    """A model of sentences in TimeDistributed, over documents."""
    sentence = keras.Input((6,), dtype="int32")
    x = layers.Bidirectional(layers.GRU(3))(layers.Embedding(20, 4)(sentence))
    encoder = keras.Model(sentence, x, name="sentence_encoder")
    document = keras.Input((5, 6), dtype="int32")
    x = layers.Bidirectional(layers.GRU(3))(layers.TimeDistributed(encoder)(document))
    return keras.Model(document, layers.Dense(2, activation="softmax")(x))


def recurrent_cells() -> Any:
    """Cells stacked in a RNN."""
    inputs = keras.Input((None, 3))
    x = layers.RNN([layers.LSTMCell(4), layers.GRUCell(5)], return_sequences=True)(inputs)
    return keras.Model(inputs, layers.SimpleRNN(2)(x))


def characters_one_hot() -> Any:
    """Characters as one-hot vectors."""
    inputs = keras.Input((12,), dtype="int32")
    x = layers.LSTM(6)(ops.one_hot(inputs, 20))
    return keras.Model(inputs, layers.Dense(20, activation="softmax")(x))


@fed(words="the cat sat on a mat dog")
def text_in() -> Any:
    """Strings, cut into words and numbered by the model itself."""
    inputs = keras.Input((1,), dtype="string")
    vectorize = layers.TextVectorization(max_tokens=10, output_sequence_length=4, vocabulary=WORDS)
    x = layers.Embedding(10, 4)(vectorize(inputs))
    return keras.Model(inputs, layers.Dense(1)(layers.Flatten()(x)))


@fed(words="the cat sat on a mat dog")
def multi_hot_text() -> Any:
    """Words as one vector, in a Sequential."""
    vectorize = layers.TextVectorization(output_mode="multi_hot", vocabulary=WORDS)
    return keras.Sequential([keras.Input((1,), dtype="string"), vectorize, layers.Dense(3)])


def next_sentence() -> Any:
    """A [CLS] token picked by index, a tanh, and a sum of three embeddings."""
    ids = keras.Input((8,), dtype="int32", name="ids")
    segments = keras.Input((8,), dtype="int32", name="segments")
    x = layers.Embedding(20, 6)(ids) + layers.Embedding(20, 6)(segments)
    x = layers.Dropout(0.1)(layers.LayerNormalization(epsilon=1e-12)(x))
    return keras.Model([ids, segments], layers.Dense(2)(layers.Dense(6, activation="tanh", name="pooler")(x[:, 0, :])))


def masked_language_model() -> Any:
    """A named path for each part, and logits through the table of words transposed."""
    inputs = keras.Input((6,), dtype="int64")
    x = layers.Embedding(20, 8, name="word_embedding")(inputs)
    query = layers.MultiHeadAttention(2, 4, name="encoder_0_multiheadattention")(x, x, x)
    query = layers.Dropout(0.1, name="encoder_0_att_dropout")(query)
    x = layers.LayerNormalization(epsilon=1e-6, name="encoder_0_att_layernormalization")(x + query)
    ffn = keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(8)], name="encoder_0_ffn")
    x = layers.LayerNormalization(epsilon=1e-6, name="encoder_0_ffn_layernormalization")(x + ffn(x))
    return keras.Model(inputs, layers.Dense(20, name="mlm_cls", activation="softmax")(x), name="masked_bert_model")


def switch_gate() -> Any:
    """A mixture of experts with a soft gate: experts are stacked and weighted."""
    inputs = keras.Input((5, 4))
    gate = layers.Dense(3, activation="softmax")(inputs)
    experts = ops.stack([layers.Dense(6, activation="relu")(inputs) for _ in range(3)], axis=-1)
    return keras.Model(inputs, ops.sum(experts * ops.expand_dims(gate, -2), axis=-1))


def bidirectional_with_own_backward() -> Any:
    """Bidirectional with another layer for the way back."""
    inputs = keras.Input((6, 3))
    forward = layers.LSTM(4, return_sequences=True)
    backward = layers.LSTM(4, return_sequences=True, activation="relu", go_backwards=True)
    return keras.Model(inputs, layers.Bidirectional(forward, backward_layer=backward, merge_mode="ave")(inputs))


def last_step_by_getitem() -> Any:
    """Steps picked by slices and negative indices."""
    inputs = keras.Input((8, 3))
    x = layers.GRU(4, return_sequences=True)(inputs)
    return keras.Model(inputs, ops.concatenate([x[:, -1], x[:, 0], ops.mean(x[:, 1:-1:2], axis=1)], axis=-1))


@fed(words="the cat sat on a mat dog")
def learnt_words() -> Any:
    """Text that is cut by a layer that has learnt its words, in a Sequential."""
    vectorize = layers.TextVectorization(max_tokens=8, output_sequence_length=4)
    vectorize.adapt(["the cat sat", "the mat", "a cat"])
    return keras.Sequential(
        [keras.Input((1,), dtype="string"), vectorize, layers.Embedding(8, 3), layers.GlobalMaxPooling1D()]
    )
