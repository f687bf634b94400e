"""Golden cases of the preprocessing layers for numbers, categories and text."""

from __future__ import annotations

from itertools import product
from typing import Any

from tests.golden.cases import Case, tensor

VECTOR = {"inputs": tensor(3, 4)}
SEQUENCE = {"inputs": tensor(2, 3, 4)}
IDS = {"inputs": tensor(3, 4, kind="ids", high=6)}
COLUMN = {"inputs": tensor(3, 1, kind="ids", high=6)}
FLAT = {"inputs": tensor(4, kind="ids", high=6)}
DEEP = {"inputs": tensor(2, 3, 4, kind="ids", high=6)}
WORDS = {"inputs": {"value": [["b", "a", "zebra"], ["c", "", "a"]], "dtype": "string"}}
WORD_COLUMN = {"inputs": {"value": [["b"], ["zebra"]], "dtype": "string"}}
NUMBERS = {"inputs": {"value": [[12, 36, 7], [0, 1138, 12]], "dtype": "int64"}}
VOCABULARY = ["a", "b", "c"]
INTEGERS = [12, 36, 1138]


def each(configs: list[dict[str, Any]], inputs: Any) -> list[Case]:
    return [{"config": config, "inputs": inputs} for config in configs]


def refused(configs: list[dict[str, Any]], inputs: Any) -> list[Case]:
    return [{"config": config, "inputs": inputs, "error": True} for config in configs]


RESCALING: list[Case] = [
    *each(
        [{"scale": 0.5}, {"scale": 2, "offset": -1}, {"scale": 0.1, "offset": 0.3}, {"scale": 0.5, "dtype": "float16"}],
        SEQUENCE,
    ),
    *each([{"scale": [0.1, 0.2, 0.3, 0.4]}, {"scale": [1.0, 2.0, 3.0, 4.0], "offset": [4.0, 3.0, 2.0, 1.0]}], SEQUENCE),
    *each([{"scale": 0.5}, {"scale": [1.0, 2.0, 3.0, 4.0]}], IDS),
    {"config": {"scale": 1 / 255}, "inputs": {"inputs": tensor(2, 4, 4, 3, kind="image")}},
    {"config": {"scale": 1 / 255}, "inputs": {"inputs": tensor(2, 4, 4, 3, kind="image", dtype="uint8")}},
    {"config": {"scale": 0.5}, "inputs": {"inputs": tensor(2)}},
    {"config": {"scale": 0.5}, "inputs": SEQUENCE, "mask": {"inputs": [1, 3]}},
    *refused([{}, {"scale": [1.0, 2.0, 3.0]}], SEQUENCE),
]

NORMALIZATION: list[Case] = [
    *each(
        [
            {"mean": 3.0, "variance": 2.0},
            {"mean": [1.0, 2.0, 3.0, 4.0], "variance": [4.0, 3.0, 2.0, 1.0]},
            {"mean": [1.0, 2.0, 3.0, 4.0], "variance": [4.0, 3.0, 2.0, 1.0], "invert": True},
            {"axis": None, "mean": 1.0, "variance": 4.0},
            {"axis": None, "mean": 1.0, "variance": 0.0},
            {"axis": 1, "mean": [1.0, 2.0, 3.0], "variance": [3.0, 2.0, 1.0]},
            {"axis": [1, 2], "mean": 1.0, "variance": 2.0},
            {"axis": [-1, 1], "mean": [1.0, 2.0, 3.0, 4.0], "variance": [4.0, 3.0, 2.0, 1.0]},
            {"axis": [1, 2], "mean": [[1.0, 2.0, 3.0, 4.0]], "variance": [[4.0, 3.0, 2.0, 1.0]]},
            {"mean": 1.0, "variance": 2.0, "dtype": "float16"},
        ],
        SEQUENCE,
    ),
    {"config": {"mean": 2.0, "variance": 4.0}, "inputs": IDS},
    {"config": {"mean": 2.0, "variance": 4.0}, "inputs": SEQUENCE, "mask": {"inputs": [1, 3]}},
    {"config": {"axis": None, "mean": 2.0, "variance": 4.0}, "inputs": {"inputs": tensor(3)}},
    *refused(
        [
            {"mean": 1.0},
            {"variance": 1.0},
            {"axis": 3, "mean": 1.0, "variance": 1.0},
            {"mean": [1.0, 2.0], "variance": [1.0, 2.0]},
            {"mean": [1.0, 2.0, 3.0, 4.0], "variance": 1.0},
            {"axis": None, "mean": [1.0, 2.0, 3.0, 4.0], "variance": [1.0, 2.0, 3.0, 4.0]},
        ],
        SEQUENCE,
    ),
]

BINS = {"bin_boundaries": [-0.5, 0.0, 1.0]}
MODES = ["int", "one_hot", "multi_hot", "count"]

DISCRETIZATION: list[Case] = [
    *(
        {"config": {**BINS, "output_mode": mode}, "inputs": {"inputs": tensor(*shape)}}
        for mode, shape in product(MODES, [(3, 4), (3, 1)])
    ),
    *({"config": {**BINS, "output_mode": mode}, "inputs": {"inputs": tensor(4)}} for mode in MODES[:2]),
    *({"config": {**BINS, "output_mode": mode}, "inputs": SEQUENCE} for mode in MODES[2:]),
    *({"config": {**BINS, "output_mode": mode}, "inputs": SEQUENCE} for mode in ["int", "one_hot"]),
    {"config": BINS, "inputs": {"inputs": {"value": [[-0.5, 0.0, 1.0, 1.5]]}}},
    {"config": {"bin_boundaries": [1, 3]}, "inputs": IDS},
    {"config": {**BINS, "output_mode": "one_hot", "dtype": "float16"}, "inputs": VECTOR},
    {"config": BINS, "inputs": SEQUENCE, "mask": {"inputs": [1, 3]}},
    *refused(
        [{}, {**BINS, "num_bins": 4}, {"num_bins": -1}, {**BINS, "output_mode": "nope"}, {**BINS, "sparse": True}],
        VECTOR,
    ),
]

CATEGORY_ENCODING: list[Case] = [
    *(
        {"config": {"num_tokens": 6, "output_mode": mode}, "inputs": inputs}
        for mode, inputs in product(MODES[1:], [IDS, COLUMN, DEEP])
    ),
    {"config": {"num_tokens": 6, "output_mode": "one_hot"}, "inputs": FLAT},
    {"config": {"num_tokens": 6}, "inputs": IDS},
    {"config": {"num_tokens": 6, "dtype": "int32"}, "inputs": IDS},
    {"config": {"num_tokens": 6, "output_mode": "count"}, "inputs": {**IDS, "count_weights": tensor(3, 4)}},
    *refused([{}, {"num_tokens": 0}, {"num_tokens": 6, "output_mode": "nope"}], IDS),
    {"config": {"num_tokens": 6}, "inputs": {**IDS, "count_weights": tensor(3, 4)}, "error": True},
]

LONG_TEXT = "The quick brown fox jumps over the lazy dog; " * 5
LENGTHS = [
    [LONG_TEXT[:length]] for length in (0, 1, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 200)
]
TEXT_LENGTHS = {"inputs": {"value": LENGTHS, "dtype": "string"}}

HASHING: list[Case] = [
    *(
        {"config": {"num_bins": 5, "output_mode": mode}, "inputs": inputs}
        for mode, inputs in product(MODES, [IDS, COLUMN, WORDS])
    ),
    *({"config": {"num_bins": 5, "output_mode": mode}, "inputs": FLAT} for mode in MODES[:2]),
    *(
        {"config": {"num_bins": 5, "salt": salt}, "inputs": inputs}
        for salt, inputs in product([7, [3, 11]], [IDS, WORDS])
    ),
    {"config": {"num_bins": 5, "mask_value": ""}, "inputs": WORDS},
    {"config": {"num_bins": 5, "mask_value": 3}, "inputs": IDS},
    {"config": {"num_bins": 1}, "inputs": WORDS},
    {"config": {"num_bins": 1_000_003}, "inputs": TEXT_LENGTHS},
    {"config": {"num_bins": 1_000_003, "salt": [9, 2**40]}, "inputs": TEXT_LENGTHS},
    {"config": {"num_bins": 5, "dtype": "int32"}, "inputs": IDS},
    *refused([{}, {"num_bins": 0}, {"num_bins": 5, "output_mode": "nope"}, {"num_bins": 5, "dtype": "float32"}], IDS),
    *refused([{"num_bins": 5, "sparse": True}, {"num_bins": 5, "salt": "x"}, {"num_bins": 5, "salt": [1, 2, 3]}], IDS),
]

CROSSED = {"value": [["a"], ["b"], ["longer than sixteen bytes"]], "dtype": "string"}

HASHED_CROSSING: list[Case] = [
    *(
        {
            "config": {"num_bins": 7, "output_mode": mode},
            "inputs": {"inputs": [tensor(*shape, kind="ids"), tensor(*shape, kind="ids")]},
        }
        for mode, shape in product(["int", "one_hot"], [(3, 1), (3,)])
    ),
    {"config": {"num_bins": 7}, "inputs": {"inputs": [CROSSED, CROSSED]}},
    {
        "config": {"num_bins": 1_000_003},
        "inputs": {"inputs": [tensor(3, 1, kind="ids"), CROSSED, tensor(3, 1, kind="ids", high=1000)]},
    },
    *refused(
        [{}, {"num_bins": 7, "output_mode": "count"}], {"inputs": [tensor(3, 1, kind="ids"), tensor(3, 1, kind="ids")]}
    ),
    *refused([{"num_bins": 7}], {"inputs": [tensor(3, 2, kind="ids"), tensor(3, 2, kind="ids")]}),
    *refused([{"num_bins": 7}], {"inputs": [tensor(3, 1), tensor(3, 1)]}),
    *refused([{"num_bins": 7}], {"inputs": [tensor(3, 1, kind="ids")]}),
    {"config": {"num_bins": 1}, "inputs": {"inputs": [tensor(5, 1, kind="ids"), tensor(5, 1, kind="ids", high=3)]}},
]

LOOKUPS: list[dict[str, Any]] = [
    {},
    {"mask_token": True},
    {"num_oov_indices": 3},
    {"num_oov_indices": 2, "mask_token": True},
    *({"output_mode": mode} for mode in MODES[1:]),
    {"output_mode": "multi_hot", "num_oov_indices": 2},
    {"output_mode": "count", "mask_token": True},
    {"output_mode": "multi_hot", "max_tokens": 8, "pad_to_max_tokens": True},
    {"output_mode": "tf_idf", "idf_weights": [0.25, 0.5, 0.75]},
]
BAD_LOOKUPS: list[dict[str, Any]] = [
    {"max_tokens": 1},
    {"max_tokens": 3},
    {"num_oov_indices": -1},
    {"pad_to_max_tokens": True},
    {"output_mode": "nope"},
    {"output_mode": "one_hot", "invert": True},
    {"sparse": True},
    {"idf_weights": [0.25, 0.5, 0.75]},
    {"output_mode": "tf_idf"},
    {"salt": "x"},
]


def lookups(vocabulary: list[Any], mask: Any, inputs: Any, column: Any) -> list[Case]:
    def filled(config: dict[str, Any]) -> dict[str, Any]:
        token = {"mask_token": mask} if config.get("mask_token") else {}
        return {"vocabulary": vocabulary, **config, **token}

    return [
        *each([filled(config) for config in LOOKUPS], inputs),
        *each([filled({"output_mode": "one_hot"}), filled({"output_mode": "count"})], column),
        *refused([filled(config) for config in BAD_LOOKUPS], inputs),
        *refused([{"vocabulary": [*vocabulary, vocabulary[0]]}, {"vocabulary": []}], inputs),
    ]


INTEGER_LOOKUP = [
    *lookups(INTEGERS, 0, NUMBERS, {"inputs": {"value": [[12], [5]], "dtype": "int64"}}),
    *each([{"vocabulary": INTEGERS, "invert": True}], {"inputs": {"value": [[0, 1, 2, 3]], "dtype": "int64"}}),
    *each(
        [{"vocabulary": INTEGERS, "invert": True, "mask_token": 0}],
        {"inputs": {"value": [[0, 1, 2, 3, 4]], "dtype": "int64"}},
    ),
    *each([{"vocabulary": INTEGERS, "num_oov_indices": 3, "oov_method": "farmhash"}], NUMBERS),
    *each([{"vocabulary": INTEGERS, "num_oov_indices": 3, "oov_method": "farmhash", "salt": 5}], NUMBERS),
    *each([{"vocabulary": [-1, *INTEGERS]}, {"vocabulary": [0, -1, *INTEGERS], "mask_token": 0}], NUMBERS),
    *each([{"vocabulary": INTEGERS}], {"inputs": tensor(3, kind="ids", high=20)}),
    *refused([{"vocabulary": INTEGERS, "vocabulary_dtype": "int32"}], NUMBERS),
    *refused([{"vocabulary": INTEGERS, "oov_method": "nope"}, {"vocabulary": INTEGERS, "salt": 5}], NUMBERS),
]

STRING_LOOKUP = [
    *lookups(VOCABULARY, "", WORDS, WORD_COLUMN),
    *each([{"vocabulary": VOCABULARY, "num_oov_indices": 3, "salt": [1, 2]}], WORDS),
    *each(
        [{"vocabulary": ["[UNK]", *VOCABULARY]}, {"vocabulary": ["", "[UNK]", *VOCABULARY], "mask_token": ""}], WORDS
    ),
    *each([{"vocabulary": VOCABULARY}], {"inputs": {"value": ["c", "q"], "dtype": "string"}}),
]

TEXTS = {"inputs": {"value": [["The cat sat, on the mat."], ["a DOG  barked!"]], "dtype": "string"}}
FLAT_TEXTS = {"inputs": {"value": ["The cat sat, on the mat.", "a DOG  barked!"], "dtype": "string"}}
SPOKEN = {"vocabulary": ["the", "cat", "dog", "a"]}

TEXT_VECTORIZATION: list[Case] = [
    *each(
        [
            {**SPOKEN, "output_sequence_length": 4},
            {**SPOKEN, "output_sequence_length": 9},
            {**SPOKEN, "standardize": "lower", "output_sequence_length": 4},
            {**SPOKEN, "standardize": "strip_punctuation", "output_sequence_length": 4},
            {**SPOKEN, "standardize": None, "output_sequence_length": 4},
            {**SPOKEN, "split": "character", "output_sequence_length": 5},
            {**SPOKEN, "split": None, "output_sequence_length": 2},
            {"vocabulary": ["the", "the cat", "a dog"], "ngrams": 2, "output_sequence_length": 8},
            {**SPOKEN, "output_mode": "multi_hot"},
            {**SPOKEN, "output_mode": "count"},
            {**SPOKEN, "output_mode": "count", "max_tokens": 9, "pad_to_max_tokens": True},
            {**SPOKEN, "output_mode": "tf_idf", "idf_weights": [0.1, 0.2, 0.3, 0.4]},
        ],
        TEXTS,
    ),
    *each([{**SPOKEN, "output_sequence_length": 4}, {**SPOKEN, "output_mode": "multi_hot"}], FLAT_TEXTS),
    *refused(
        [{**SPOKEN, "standardize": "nope"}, {**SPOKEN, "split": "nope"}, {**SPOKEN, "output_mode": "nope"}], TEXTS
    ),
    *refused([{**SPOKEN, "output_mode": "count", "output_sequence_length": 4}], TEXTS),
    *refused([{**SPOKEN, "output_sequence_length": 4}], WORDS),
]

CASES: dict[str, list[Case]] = {
    "Rescaling": RESCALING,
    "Normalization": NORMALIZATION,
    "Discretization": DISCRETIZATION,
    "CategoryEncoding": CATEGORY_ENCODING,
    "Hashing": HASHING,
    "HashedCrossing": HASHED_CROSSING,
    "IntegerLookup": INTEGER_LOOKUP,
    "StringLookup": STRING_LOOKUP,
    "TextVectorization": TEXT_VECTORIZATION,
}

CHAINS: list[Case] = [
    {
        "name": "normalised_columns",
        "input": tensor(3, 4),
        "layers": [
            {"Rescaling": {"scale": 2.0}},
            {"Normalization": {"mean": 1.0, "variance": 4.0}},
            {"Dense": {"units": 2}},
        ],
    },
]
