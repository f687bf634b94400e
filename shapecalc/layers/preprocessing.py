"""Numbers, categories and text made ready for a network. https://keras.io/api/layers/preprocessing_layers/

Nothing here is adapted to data: what Keras would learn by `adapt` is given in the spec, or refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, Size, axis_from_front, require_same, unknown
from shapecalc.layers.arguments import arg
from shapecalc.layers.arguments.names import FLOATS
from shapecalc.layers.base import Layer, rule
from shapecalc.layers.categories import encode_shape, measure_nested, refuse_sparse
from shapecalc.layers.dtypes import is_float, require_numbers
from shapecalc.layers.lookups import require_rows
from shapecalc.layers.values import Inferred, Tensor, fixed
from shapecalc.layers.values import Weight as LayerWeight
from shapecalc.layers.vocabularies import check_size

_SPARSE = "Only false: sparse tensors are not modelled."


class Rescaling(Layer):
    """inputs * scale + offset. https://keras.io/api/layers/preprocessing_layers/image_preprocessing/rescaling/

    Input and output have the same shape of any rank; lists of scales and offsets lie along the last axes.
    """

    scale = arg.numbers(doc="What the input is multiplied with: a number, or a list with one for each channel.")
    offset = arg.numbers(0.0, "What is added then: a number or a list.")


@rule(Rescaling)
def rescaling(cfg: Rescaling, inputs: Tensor) -> Inferred:
    require_numbers(inputs)
    for name, value in (("scale", cfg.scale), ("offset", cfg.offset)):
        sizes = measure_nested(value, name)
        message = f"{Shape(sizes)} numbers do not fit {inputs.shape}"
        if len(sizes) not in range(inputs.shape.ndim):
            raise ShapeError(message, arg=name, help="give one number, or one for each entry of the last axis")
        for size, wanted in zip(reversed(sizes), reversed(inputs.shape), strict=False):
            if size != 1:
                require_same(
                    wanted, size, message, arg=name, help="give one number, or one for each entry of the last axis"
                )
    return Inferred({"output": Tensor(inputs.shape, cfg.compute_dtype)})


class Normalization(Layer):
    """(inputs - mean) / sqrt(variance). https://keras.io/api/layers/preprocessing_layers/numerical/normalization/

    Input and output have the same shape; mean and variance one number for each entry of the axes kept apart. Without
    them they are weights, as is the count of samples they come from.
    """

    dtypes = FLOATS
    axis = arg.optional(arg.axes(-1, "Axes with a mean and a variance for each of their entries; null for one of all."))
    mean = arg.value(None, "The mean, or a list of them.")
    variance = arg.value(None, "The variance, or a list of them.")
    invert = arg.flag(False, doc="Undo the normalization.")


@rule(Normalization)
def normalization(cfg: Normalization, inputs: Tensor) -> Inferred:
    require_numbers(inputs)
    shape, output = inputs.shape, {"output": Tensor(inputs.shape, cfg.compute_dtype)}
    axes = () if cfg.axis is None else (cfg.axis,) if isinstance(cfg.axis, int) else cfg.axis
    positions = set()
    for axis in axes:
        position = axis_from_front(axis, shape.ndim)
        if position is None:
            message = f"there is no axis {axis} in {shape}"
            raise ShapeError(message, arg="axis", code="SC205", help="-1 is the last axis")
        positions.add(position)
    kept = sorted(positions)
    if len(kept) != len(axes):
        raise ShapeError("names an axis twice", arg="axis", code="SC205", help="name each axis once")
    if cfg.mean is None and cfg.variance is None:
        moments = tuple(shape[axis] for axis in kept)
        count = LayerWeight("count", (), False, "int32")
        return Inferred(output, weights=(*fixed(mean=moments, variance=moments), count))
    for name, other in (("mean", "variance"), ("variance", "mean")):
        if getattr(cfg, name) is None:
            message = f"{other} is given, {name} is not"
            raise ShapeError(message, arg=other, code="SC203", help="give both, or neither to have them as weights")
    sizes = measure_nested(cfg.mean, "mean")
    if sizes != measure_nested(cfg.variance, "variance"):
        raise ShapeError(
            "mean and variance have different shapes", arg="variance", help="give as many variances as means"
        )
    if len(sizes) not in range(len(kept) + 1):
        raise ShapeError(
            f"{Shape(sizes)} means do not fit {len(kept)} axes", arg="mean", help="name the axes in `axis`"
        )
    for size, axis in zip(reversed(sizes), reversed(kept), strict=False):
        if size != 1:
            message = f"{size} means do not fit an axis of {shape[axis]}"
            require_same(shape[axis], size, message, arg="mean", help="give one for each entry of the axis")
    return Inferred(output)


class Discretization(Layer):
    """The number of the bin that a value falls in. https://keras.io/api/layers/preprocessing_layers/numerical/discretization/

    Input of any shape; output of the same, or with `output_mode` (batch, ..., bins).
    """

    masking = "lose"
    bin_boundaries = arg.value(None, "Where bins end, in rising order; one bin more than there are boundaries.")
    num_bins = arg.optional(arg.count(doc="How many bins there are, whose boundaries Keras learns from data.", low=0))
    epsilon = arg.number(0.01, "Error allowed in learning boundaries.", inert=True)
    output_mode = arg.choice(
        "int", "one_hot", "multi_hot", "count", default="int", doc="How the number of a bin is put out."
    )
    sparse = arg.flag(False, doc=_SPARSE)
    trainable = None  # type: ignore[assignment]


@rule(Discretization)
def discretization(cfg: Discretization, inputs: Tensor) -> Inferred:
    require_numbers(inputs)
    refuse_sparse(cfg.sparse)
    bins = cfg.num_bins
    if bins is not None and cfg.bin_boundaries is not None:
        help = "leave one of the two out"
        raise ShapeError("takes `bin_boundaries` or `num_bins`, not both", arg="num_bins", code="SC206", help=help)
    if bins is None:
        bins = len(check_boundaries(cfg.bin_boundaries)) + 1
    dtype = "int32" if cfg.output_mode == "int" else cfg.compute_dtype
    return Inferred({"output": Tensor(encode_shape(inputs.shape, cfg.output_mode, bins), dtype, False)})


def check_boundaries(boundaries: Any) -> tuple[Any, ...]:
    """The boundaries of bins. Raises ShapeError where they are no list of rising numbers."""
    if boundaries is None:
        help = "write `bin_boundaries: [0, 1]`, or `num_bins: 3`"
        message, example = "needs its boundaries, or their number", ("bin_boundaries", "[0, 1]")
        raise ShapeError(message, arg="bin_boundaries", code="SC203", example=example, help=help)
    if not isinstance(boundaries, tuple) or (boundaries and len(measure_nested(boundaries, "bin_boundaries")) != 1):
        message, example = "`bin_boundaries` must be a list of numbers", ("bin_boundaries", "[0, 1]")
        help = "write `bin_boundaries: [0, 1]`"
        raise ShapeError(message, arg="bin_boundaries", code="SC204", example=example, help=help)
    if list(boundaries) != sorted(boundaries):
        raise ShapeError("boundaries have to rise", arg="bin_boundaries", code="SC205", help="sort them")
    return boundaries


class CategoryEncoding(Layer):
    """Whole numbers as vectors. https://keras.io/api/layers/preprocessing_layers/categorical/category_encoding/

    Input (batch, values); output (batch, num_tokens), or with `one_hot` (batch, values, num_tokens).
    """

    ports = ("inputs", "count_weights?")
    masking = "lose"
    num_tokens = arg.optional(arg.size(doc="How many different numbers there are, from 0; has to be given."))
    output_mode = arg.choice(
        "multi_hot",
        "one_hot",
        "count",
        "binary",
        default="multi_hot",
        doc="multi_hot: 1 where a number occurs; one_hot: a vector each; count: how often.",
    )
    sparse = arg.flag(False, doc=_SPARSE)


@rule(CategoryEncoding)
def category_encoding(cfg: CategoryEncoding, inputs: Tensor, count_weights: Tensor | None = None) -> Inferred:
    require_numbers(inputs)
    refuse_sparse(cfg.sparse)
    if cfg.num_tokens is None:
        message, example = "needs the number of tokens", ("num_tokens", "10")
        raise ShapeError(message, arg="num_tokens", code="SC203", example=example, help="write `num_tokens: 10`")
    help = "make `num_tokens` {} or more, or feed it fewer numbers"
    require_rows(inputs, cfg.num_tokens, "the vector", help, input="inputs", arg="num_tokens")
    if count_weights is not None:
        if cfg.output_mode != "count":
            help = "set `output_mode: count`, or leave the weights out"
            raise ShapeError("weights are for counts only", input="count_weights", code="SC306", help=help)
        for size, weight in zip(inputs.shape, count_weights.shape, strict=False):
            require_same(size, weight, "needs one weight for each value", input="count_weights")
    return Inferred(
        {"output": Tensor(encode_shape(inputs.shape, cfg.output_mode, cfg.num_tokens), cfg.variable_dtype, False)}
    )


class Hashed(Layer):
    """Values that a hash puts into bins. Numbers of bins are int64, vectors float32, unless `dtype` says otherwise."""

    masking = "lose"
    num_bins = arg.size(doc="How many bins there are.")
    output_mode = arg.choice(
        "int", "one_hot", "multi_hot", "count", default="int", doc="How the number of a bin is put out."
    )
    sparse = arg.flag(False, doc=_SPARSE)
    dtype = arg.dtype(None, doc="Dtype of the output; int64 for numbers of bins, else float32.")
    compute_dtype = "float32"
    variable_dtype = "float32"

    @property
    def result_dtype(self) -> str:
        """The dtype of the output."""
        return self.dtype or ("int64" if self.output_mode == "int" else "float32")


class Hashing(Hashed):
    """The bin of a value's hash. https://keras.io/api/layers/preprocessing_layers/categorical/hashing/

    Input of whole numbers or text of any shape; output of the same, or with `output_mode` (batch, ..., num_bins).
    The hash is FarmHash, or SipHash with a `salt`.
    """

    mask_value = arg.value(None, "The value that goes to bin 0, which is kept for it.")
    salt = arg.value(None, "Key of the hash: a number or two.")


@rule(Hashing)
def hashing(cfg: Hashing, inputs: Tensor) -> Inferred:
    refuse_sparse(cfg.sparse)
    check_salt(cfg.salt)
    if cfg.output_mode == "int" and cfg.result_dtype not in ("int32", "int64"):
        message = f"numbers of bins are int32 or int64, not {cfg.result_dtype}"
        raise ShapeError(message, arg="dtype", code="SC407", change=("dtype", None), help="leave `dtype` out")
    return Inferred(
        {"output": Tensor(encode_shape(inputs.shape, cfg.output_mode, cfg.num_bins), cfg.result_dtype, False)}
    )


def check_salt(salt: Any) -> None:
    """Refuses a salt that is neither a whole number nor two."""
    numbers = salt if isinstance(salt, tuple) else (salt, salt)
    if salt is not None and (len(numbers) != 2 or any(type(number) is not int for number in numbers)):
        message, help = "`salt` must be a whole number or two", "write `salt: 7` or `salt: [7, 11]`"
        raise ShapeError(message, arg="salt", code="SC204", example=("salt", "7"), help=help)


class HashedCrossing(Hashed):
    """The bin of several features taken together. https://keras.io/api/layers/preprocessing_layers/categorical/hashed_crossing/

    Inputs of whole numbers or text, each (batch,) or (batch, 1); output of the same shape, or (batch, num_bins).
    """

    ports = ("inputs+",)
    output_mode = arg.choice("int", "one_hot", default="int", doc="How the number of a bin is put out.")


@rule(HashedCrossing)
def hashed_crossing(cfg: HashedCrossing, inputs: Sequence[Tensor]) -> Inferred:
    refuse_sparse(cfg.sparse)
    if len(inputs) == 1:
        raise ShapeError("crosses at least two inputs, got 1", input="inputs", code="SC306", help="name two in `from`")
    shape = inputs[0].shape
    message = (
        f"needs inputs (batch,) or (batch, 1), all alike, got {' and '.join(str(tensor.shape) for tensor in inputs)}"
    )
    blame: dict[str, Any] = {"input": "inputs", "help": "cross single columns: slice them apart first"}
    for tensor in inputs:
        if is_float(tensor.dtype) and tensor.dtype is not None:
            raise ShapeError(
                f"crosses whole numbers or text, got {tensor.dtype}",
                input="inputs",
                code="SC407",
                help="give the inputs a dtype: `{shape: [1], dtype: int64}`, or `string`",
            )
        if tensor.shape.ndim not in (1, 2) or tensor.shape.ndim != shape.ndim:
            raise ShapeError(message, **blame)
        require_same(shape[0], tensor.shape[0], message, **blame)
        if tensor.shape.ndim == 2:
            require_same(tensor.shape[1], 1, message, **blame)
    output = shape if cfg.output_mode == "int" else Shape((shape[0], cfg.num_bins))
    return Inferred({"output": Tensor(output, cfg.result_dtype, False)})


class Lookup(Layer):
    """The arguments of both lookups: a vocabulary, and what becomes of an entry that is not in it."""

    masking = "lose"
    tokens: ClassVar[str] = "int64"
    max_tokens = arg.optional(arg.count(doc="Largest size of the vocabulary, special entries included.", low=2))
    num_oov_indices = arg.count(1, "Entries for what is not in the vocabulary.", low=0)
    vocabulary = arg.value(None, "List of the entries, in order.")
    idf_weights = arg.value(None, "Inverse document frequency of each entry, for `tf_idf`.")
    invert = arg.flag(False, doc="Map numbers to entries.")
    output_mode = arg.choice(
        "int",
        "one_hot",
        "multi_hot",
        "count",
        "tf_idf",
        "binary",
        "tf-idf",
        default="int",
        doc="How the number of an entry is put out.",
    )
    sparse = arg.flag(False, doc=_SPARSE)
    pad_to_max_tokens = arg.flag(False, doc="Make vectors as long as `max_tokens`.")
    salt = arg.value(None, "Key of the hash that spreads what is not in the vocabulary over several entries.")
    oov_method = arg.choice(
        "floormod", "farmhash", default="floormod", doc="How whole numbers share several entries; texts are hashed."
    )


class StringLookup(Lookup):
    """The place of a text in a vocabulary. https://keras.io/api/layers/preprocessing_layers/categorical/string_lookup/

    Input of text of any shape; output of the same, or with `output_mode` (batch, ..., size of the vocabulary).
    """

    tokens = "string"
    mask_token = arg.value(None, "The text that becomes 0 or is left out of counts.")
    oov_token = arg.value("[UNK]", "What stands for texts that are not in the vocabulary.")
    encoding = arg.choice("utf-8", default="utf-8", doc="Encoding of the texts.")


class IntegerLookup(Lookup):
    """The place of a number in a vocabulary. https://keras.io/api/layers/preprocessing_layers/categorical/integer_lookup/

    Input of whole numbers of any shape; output of the same, or with `output_mode` (batch, ..., size of the vocabulary).
    """

    mask_token = arg.value(None, "The number that becomes 0 or is left out of counts.")
    oov_token = arg.value(-1, "What stands for numbers that are not in the vocabulary.")
    vocabulary_dtype = arg.choice("int64", default="int64", doc="Dtype of the entries.")


@rule(StringLookup, IntegerLookup)
def lookup(cfg: StringLookup | IntegerLookup, inputs: Tensor) -> Inferred:
    refuse_sparse(cfg.sparse)
    check_salt(cfg.salt)
    if isinstance(cfg, IntegerLookup) and cfg.salt is not None and cfg.oov_method != "farmhash":
        change, help = ("oov_method", "farmhash"), "set `oov_method: farmhash`"
        raise ShapeError("a salt needs a hash", arg="salt", code="SC206", change=change, help=help)
    depth = check_size(cfg, cfg.mask_token, cfg.oov_token)
    wanted = "int64" if cfg.invert else cfg.tokens
    if inputs.dtype is not None and (inputs.dtype == "string") != (wanted == "string"):
        kind = "text" if wanted == "string" else "whole numbers"
        raise ShapeError(f"looks up {kind}, got {inputs.dtype}", input="inputs", code="SC407", help=f"feed it {kind}")
    dtype = "float32" if cfg.output_mode in ("tf_idf", "tf-idf") else cfg.tokens if cfg.invert else "int64"
    return Inferred({"output": Tensor(encode_shape(inputs.shape, cfg.output_mode, depth), dtype, False)})


class TextVectorization(Layer):
    """Text cut into tokens, and these into numbers. https://keras.io/api/layers/preprocessing_layers/text/text_vectorization/

    Input of text (batch,) or (batch, 1); output (batch, output_sequence_length), as long as the longest text without
    it, or with `output_mode` (batch, size of the vocabulary).
    """

    masking = "lose"
    max_tokens = arg.optional(arg.count(doc="Largest size of the vocabulary, special entries included.", low=2))
    standardize = arg.optional(
        arg.choice(
            "lower_and_strip_punctuation",
            "lower",
            "strip_punctuation",
            default="lower_and_strip_punctuation",
            doc="What is done to the text first.",
        )
    )
    split = arg.optional(arg.choice("whitespace", "character", default="whitespace", doc="Where texts are cut."))
    ngrams = arg.value(None, "Longest run of tokens to count as one, or a list of the lengths.")
    output_mode = arg.choice(
        "int",
        "multi_hot",
        "count",
        "tf_idf",
        "binary",
        "tf-idf",
        default="int",
        doc="Numbers in order, or one vector a text.",
    )
    output_sequence_length = arg.optional(
        arg.count(doc="Numbers a text: longer ones are cut, shorter ones end in zeros.")
    )
    pad_to_max_tokens = arg.flag(False, doc="Make vectors as long as `max_tokens`.")
    vocabulary = arg.value(None, "List of the tokens, in order.")
    idf_weights = arg.value(None, "Inverse document frequency of each token, for `tf_idf`.")
    sparse = arg.flag(False, doc=_SPARSE)
    ragged = arg.flag(False, doc="Only false: ragged tensors are not modelled.")
    encoding = arg.choice("utf-8", default="utf-8", doc="Encoding of the texts.")
    num_oov_indices: ClassVar[int] = 1
    invert: ClassVar[bool] = False
    tokens: ClassVar[str] = "string"


@rule(TextVectorization)
def text_vectorization(cfg: TextVectorization, inputs: Tensor) -> Inferred:
    refuse_sparse(cfg.sparse)
    refuse_sparse(cfg.ragged, "ragged")
    widths = cfg.ngrams if isinstance(cfg.ngrams, tuple) else (cfg.ngrams,)
    if cfg.ngrams is not None and any(type(width) is not int or width not in range(1, 1000) for width in widths):
        message = "`ngrams` must be a whole number or a list of them, from 1"
        help = "write `ngrams: 2`, or `ngrams: [1, 3]`"
        raise ShapeError(message, arg="ngrams", code="SC204", example=("ngrams", "2"), help=help)
    if cfg.output_mode != "int" and cfg.output_sequence_length is not None:
        message = "a vector a text has no sequence to cut"
        name = "output_sequence_length"
        raise ShapeError(message, arg=name, code="SC206", change=(name, None), help="leave it out, or `output_mode`")
    if inputs.dtype not in (None, "string"):
        raise ShapeError(
            f"takes text, got {inputs.dtype}", input="inputs", code="SC407", help="make the input's dtype string"
        )
    depth = check_size(cfg, "", "[UNK]")
    tokens = _count_tokens(cfg, inputs.shape)
    if cfg.output_mode == "int":
        time = cfg.output_sequence_length if cfg.output_sequence_length is not None else tokens
        return Inferred({"output": Tensor(Shape((inputs.shape[0], time)), "int64", False)})
    dtype = "float32" if cfg.output_mode in ("tf_idf", "tf-idf") else "int64"
    return Inferred({"output": Tensor(Shape((inputs.shape[0], depth)), dtype, False)})


def _count_tokens(cfg: TextVectorization, shape: Shape) -> Size:
    """How many tokens the longest text has: unknown, unless the texts come as lists of tokens."""
    help = "feed it one text a sample"
    if cfg.split is None:
        _, tokens = shape.axes("batch", "tokens")
        return tokens if cfg.ngrams is None else unknown("the tokens of the longest text")
    if shape.ndim != 1:
        _, texts = shape.axes("batch", "texts")
        require_same(texts, 1, f"cuts one text a sample, got {shape}", input="inputs", help=help)
    return unknown("the tokens of the longest text")
