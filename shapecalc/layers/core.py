"""Dense layers, embeddings, and what stands at the edges of a model. https://keras.io/api/layers/core_layers/"""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.diagnostics.errors import ShapeError
from shapecalc.dims import Shape, Size, exact, require_same
from shapecalc.layers.arguments import arg
from shapecalc.layers.arguments.names import FLOATS, NUMBERS
from shapecalc.layers.arguments.plain import as_yaml
from shapecalc.layers.base import Layer, rule
from shapecalc.layers.dtypes import find_result_type, pass_dtype, require_numbers
from shapecalc.layers.equations import Equation, parse_equation
from shapecalc.layers.lookups import require_rows
from shapecalc.layers.values import Inferred, Tensor, weights
from shapecalc.layers.values import Weight as LayerWeight


def infer_activation(shape: Shape, activation: str | None, *, arg: str = "activation") -> Shape:
    """The shape after an activation: `glu` halves the last axis, the others keep it."""
    if activation == "threshold":
        message = "the activation `threshold` needs two numbers, which its name cannot give"
        raise ShapeError(message, arg=arg, code="SC206", help="use `ReLU: {threshold: ...}`")
    if activation != "glu":
        return shape
    batch, middle, features = shape.axes("batch", ..., "features")
    message = f"the activation `glu` halves the last axis, which cannot be done to {shape}"
    return Shape((batch, *middle, exact(features, 2, message, arg=arg, help="make the last axis even")))


class InputLayer(Layer):
    """Where a model is fed; its shape is the input's. https://keras.io/api/layers/core_layers/input/"""

    ports = ()
    shape = arg.shape(doc="Shape without the batch axis.")


@rule(InputLayer)
def input_layer(cfg: InputLayer) -> Inferred:
    message = "is no entry: a model's input stands above its layers"
    above = f"input: [{', '.join(map(str, cfg.shape))}]"
    help = f"write `{above}` above `layers`, or several inputs under `inputs`"
    raise ShapeError(message, code="SC206", help=help, above=above)


class Weight(Layer):
    """A learned tensor that every sample shares: class tokens, position tables.

    Output (batch, *shape). Its one input only gives it the batch axis; the graph feeds it.
    """

    dtypes = FLOATS
    ports = ("like",)
    masking = "stop"
    is_source = True
    shape = arg.shape(doc="Shape without the batch axis.")
    initializer = arg.initializer("glorot_uniform")


@rule(Weight)
def weight(cfg: Weight, like: Tensor) -> Inferred:
    batch, _ = like.shape.axes("batch", ...)
    return Inferred(outputs={"output": Tensor(Shape((batch, *cfg.shape)))}, weights=weights(weight=cfg.shape))


_LORA_RANK = arg.optional(arg.count(doc="Freeze the matrix and train two narrow ones, of this rank, beside it."))
_UNUSED_ALPHA = arg.optional(arg.number(doc="Weight of their product, over the rank; Keras 3 ignores it here."))
_QUANTIZATION = arg.value(None, "Only null: quantized weights are not modelled.")


def make_matrix(
    cfg: Dense | EinsumDense | Embedding, name: str, shape: tuple[Size, ...], constraint: object
) -> tuple[LayerWeight, ...]:
    """The weight called `name`, and with LoRA the two beside it; frozen itself in that case.

    Low-rank adaptation: Hu et al., 2021, https://arxiv.org/abs/2106.09685
    """
    if cfg.quantization_config is not None:
        message = "quantized weights are not modelled"
        raise ShapeError(
            message,
            arg="quantization_config",
            code="SC206",
            change=("quantization_config", None),
            help="leave it out to get the layer unquantized",
        )
    if cfg.lora_rank is None:
        return (LayerWeight(name, shape),)
    if constraint is not None:
        message = f"LoRA freezes the {name}, so a constraint on it cannot act"
        raise ShapeError(
            message,
            arg="lora_rank",
            code="SC206",
            change=("lora_rank", None),
            help=f"leave out `lora_rank` or `{name}_constraint`",
        )
    return (
        LayerWeight(name, shape, False),
        LayerWeight(f"lora_{name}_a", (*shape[:-1], cfg.lora_rank)),
        LayerWeight(f"lora_{name}_b", (cfg.lora_rank, shape[-1])),
    )


def count_adaptation(parts: tuple[LayerWeight, ...]) -> dict[str, tuple[Size, ...]]:
    """The MACs, by the name of the product, of adding LoRA's correction to a frozen matrix; none without LoRA."""
    return {parts[1].name: (*parts[1].shape, parts[-1].shape[-1])} if len(parts) > 1 else {}


class Dense(Layer):
    """output = activation(input @ kernel + bias) on the last axis of any rank. https://keras.io/api/layers/core_layers/dense/

    Input (batch, ..., features), output (batch, ..., units).
    """

    dtypes = FLOATS
    units = arg.size(doc="Size of the last axis of the output.")
    activation = arg.activation(None)
    use_bias = arg.flag(True, doc="Add a bias to each unit.")
    kernel_initializer = arg.initializer("glorot_uniform")
    bias_initializer = arg.initializer("zeros")
    kernel_regularizer = arg.regularizer()
    bias_regularizer = arg.regularizer()
    activity_regularizer = arg.regularizer()
    kernel_constraint = arg.constraint()
    bias_constraint = arg.constraint()
    lora_rank = _LORA_RANK
    lora_alpha = _UNUSED_ALPHA
    quantization_config = _QUANTIZATION


@rule(Dense)
def dense(cfg: Dense, inputs: Tensor) -> Inferred:
    require_numbers(inputs)
    batch, middle, features = inputs.shape.axes("batch", ..., "features")
    units = cfg.units
    parts = make_matrix(cfg, "kernel", (features, units), cfg.kernel_constraint)
    return Inferred(
        outputs={"output": Tensor(infer_activation(Shape((batch, *middle, units)), cfg.activation))},
        weights=parts[:1] + weights(bias=(units,) if cfg.use_bias else None) + parts[1:],
        macs={"kernel": (*middle, features, units), **count_adaptation(parts)},
    )


class EinsumDense(Layer):
    """output = activation(einsum(equation, input, kernel) + bias). https://keras.io/api/layers/core_layers/einsum_dense/

    Input and output as the equation names their axes, the batch axis first: with `abc,cd->abd` from (batch, b, c) to
    (batch, b, d). `...` on the left or right stands for any number of axes that stay as they are.
    """

    dtypes = FLOATS
    masking = "lose"
    equation = arg.text(doc="Einsum equation of input, kernel and output, such as `ab,bc->ac` or `...a,ab->...b`.")
    output_shape = arg.partial_shape(
        doc="The output's sizes but for batch and `...`; null where the input has the size."
    )
    activation = arg.activation(None)
    bias_axes = arg.value(None, "Letters of the output axes that a bias is added along; null for no bias.")
    kernel_initializer = arg.initializer("glorot_uniform")
    bias_initializer = arg.initializer("zeros")
    kernel_regularizer = arg.regularizer()
    bias_regularizer = arg.regularizer()
    kernel_constraint = arg.constraint()
    bias_constraint = arg.constraint()
    lora_rank = _LORA_RANK
    lora_alpha = arg.optional(arg.number(doc="Weight of their product, over the rank; without it, the rank."))
    gptq_unpacked_column_size = arg.value(None, "Only null: quantized weights are not modelled.")
    quantization_config = _QUANTIZATION


@rule(EinsumDense)
def einsum_dense(cfg: EinsumDense, inputs: Tensor) -> Inferred:
    require_numbers(inputs)
    if cfg.gptq_unpacked_column_size is not None:
        message = "quantized weights are not modelled"
        raise ShapeError(message, arg="gptq_unpacked_column_size", code="SC206", help="leave it out")
    equation = parse_equation(cfg.equation)
    inputs.shape.axes(*equation.demands)
    names = equation.axis_names(inputs.shape.ndim)
    sizes: dict[str, Size] = {}
    for name, size in zip(names, inputs.shape, strict=True):
        sizes[name] = require_same(sizes.get(name, size), size, input="inputs")
    stated = _read_stated_sizes(cfg, equation, sizes)
    output = Shape(sizes[name] for name in equation.output_names(inputs.shape.ndim))
    known = sizes | stated
    kernel, *lora = parts = make_matrix(
        cfg, "kernel", tuple(known[name] for name in equation.kernel), cfg.kernel_constraint
    )
    bias = None if cfg.bias_axes is None else _find_bias_shape(cfg.bias_axes, equation, known, len(names))
    return Inferred(
        outputs={"output": Tensor(infer_activation(output, cfg.activation))},
        weights=(kernel, *weights(bias=bias), *lora),
        macs={
            "kernel": tuple(known[name] for name in dict.fromkeys((*names[1:], *equation.kernel))),
            **count_adaptation(parts),
        },
    )


def _read_stated_sizes(cfg: EinsumDense, equation: Equation, sizes: dict[str, Size]) -> dict[str, Size]:
    """The sizes that `output_shape` states, by letter; `sizes` is completed with them."""
    letters, given = equation.stated, cfg.output_shape
    if len(letters) != len(given):
        message = f"the equation's output has {len(letters)} axes to size ({', '.join(letters)}), got {len(given)}"
        raise ShapeError(
            message,
            arg="output_shape",
            help="state one size for each, without the batch axis; null for one the input has",
        )
    for letter, size in zip(letters, given, strict=True):
        if size is None and letter not in sizes:
            message = f"the size of `{letter}` is left open, and the input has no such axis"
            raise ShapeError(message, arg="output_shape", help=f"put a number where `{letter}` stands")
        if size is not None:
            known = sizes.get(letter, size)
            message = f"the input's axis `{letter}` has the size {known}, `output_shape` says {size}"
            sizes[letter] = require_same(
                known, size, message, arg="output_shape", help="put null there to take the input's size"
            )
    return {letter: size for letter, size in zip(letters, given, strict=True) if size is not None}


def _find_bias_shape(axes: object, equation: Equation, sizes: dict[str, Size], rank: int) -> tuple[Size, ...]:
    """From the first axis named to the last: the sizes of those named, 1 for the others."""
    if not isinstance(axes, str) or not axes or not set(axes).issubset(equation.stated):
        message = f"the bias can lie along {', '.join(equation.stated) or 'no axis'}, got {as_yaml(axes)}"
        raise ShapeError(
            message, arg="bias_axes", code="SC206", help="name letters of the output, the batch axis apart"
        )
    first = min(equation.outputs.index(letter) for letter in axes)
    after = (1,) * (rank - len(equation.inputs)) if equation.ellipsis == "right" else ()
    return (*(sizes[letter] if letter in axes else 1 for letter in equation.outputs[first:]), *after)


class Embedding(Layer):
    """A row of a table for each whole number. https://keras.io/api/layers/core_layers/embedding/

    Input (batch, ...) of numbers below `input_dim`, output (batch, ..., output_dim).
    """

    dtypes = FLOATS
    masking = "lose"
    input_dim = arg.size(doc="Rows of the table: the largest number plus one.")
    output_dim = arg.size(doc="Size of a row.")
    embeddings_initializer = arg.initializer("random_uniform")
    embeddings_regularizer = arg.regularizer()
    embeddings_constraint = arg.constraint()
    mask_zero = arg.flag(False, doc="Mask the steps whose number is 0.", off="starts no mask")
    weights = arg.value(None, "Only null: starting values come from `run --weights`.")
    lora_rank = _LORA_RANK
    lora_alpha = _UNUSED_ALPHA
    quantization_config = _QUANTIZATION


@rule(Embedding)
def embedding(cfg: Embedding, inputs: Tensor) -> Inferred:
    help = "make `input_dim` {} or more, or feed it fewer positions"
    require_rows(inputs, cfg.input_dim, "the table", help, input="inputs", arg="input_dim")
    return Inferred(
        outputs={
            "output": Tensor(Shape((*inputs.shape, cfg.output_dim)), masked=inputs.shape if cfg.mask_zero else False)
        },
        weights=_make_table(cfg, inputs),
    )


def _make_table(cfg: Embedding, inputs: Tensor) -> tuple[LayerWeight, ...]:
    if cfg.weights is not None:
        message = "starting values are no part of a spec"
        raise ShapeError(
            message,
            arg="weights",
            code="SC206",
            change=("weights", None),
            help="leave it out and give the values to `run --weights FILE`",
        )
    if inputs.dtype == "string":
        message = "takes whole numbers, got text"
        raise ShapeError(message, input="inputs", code="SC407", help="put a `StringLookup` in front")
    return make_matrix(cfg, "embeddings", (cfg.input_dim, cfg.output_dim), cfg.embeddings_constraint)


class ReversibleEmbedding(Embedding):
    """An embedding that, called with `reverse`, leads back to one logit for each row of its table.

    Input (batch, ...), output (batch, ..., output_dim); in reverse (batch, ..., output_dim) to (batch, ..., input_dim).
    Press & Wolf, 2017, https://arxiv.org/abs/1608.05859. https://keras.io/api/layers/core_layers/reversible_embedding/
    """

    tie_weights = arg.flag(True, doc="Use the table itself in reverse, not a matrix of its own.")
    reverse_dtype = arg.dtype(None, doc="Dtype of the computation in reverse; that of input and table by default.")
    logit_soft_cap = arg.optional(arg.number(doc="Keep logits within plus and minus this, by a tanh."))
    reverse = arg.flag(False, doc="Lead back from rows to numbers.", call=True)


@rule(ReversibleEmbedding)
def reversible_embedding(cfg: ReversibleEmbedding, inputs: Tensor) -> Inferred:
    if not cfg.tie_weights and cfg.lora_rank is not None:
        message = "LoRA freezes the one table that both directions share, so they have to be tied"
        raise ShapeError(
            message,
            arg="lora_rank",
            code="SC206",
            change=("lora_rank", None),
            help="leave out `lora_rank` or `tie_weights: false`",
        )
    backward = weights(reverse_embeddings=None if cfg.tie_weights else (cfg.output_dim, cfg.input_dim))
    if not cfg.reverse:
        forward = embedding(cfg, inputs)
        return Inferred(forward.outputs, (*forward.weights, *backward))
    parts = _make_table(cfg, inputs)
    batch, middle, features = inputs.shape.axes("batch", ..., "features")
    message = f"in reverse the last axis has to be output_dim = {cfg.output_dim}, got {inputs.shape}"
    require_same(features, cfg.output_dim, message, input="inputs", help="feed it what has the size of a row")
    dtype = cfg.reverse_dtype or find_result_type(inputs.dtype or cfg.compute_dtype, cfg.compute_dtype)
    product = "embeddings" if cfg.tie_weights else "reverse_embeddings"
    return Inferred(
        outputs={"output": Tensor(Shape((batch, *middle, cfg.input_dim)), dtype, masked=False)},
        weights=(*parts, *backward),
        macs={product: (*middle, cfg.output_dim, cfg.input_dim), **count_adaptation(parts)},
    )


class Identity(Layer):
    """Hands on what it is fed: a name for a place in the model. https://keras.io/api/layers/core_layers/identity/

    Input one tensor or several of any shape, output the same.
    """

    ports = ("inputs+",)
    keeps_values = True


@rule(Identity)
def identity(cfg: Identity, inputs: Tensor | tuple[Tensor, ...]) -> Inferred:
    tensors = (inputs,) if isinstance(inputs, Tensor) else inputs
    outputs = {
        str(position) if position else "output": Tensor(tensor.shape, pass_dtype(tensor.dtype), tensor.mask or False)
        for position, tensor in enumerate(tensors)
    }
    return Inferred(outputs)


class Masking(Layer):
    """Masks the steps whose every feature equals `mask_value`, and sets them to zero.

    Input and output (batch, ..., features); the mask is (batch, ...). https://keras.io/api/layers/core_layers/masking/
    """

    dtypes = NUMBERS
    masking = "make"
    mask_value = arg.number(0.0, "A step whose features all have this value is masked.")


@rule(Masking)
def masking(cfg: Masking, inputs: Tensor) -> Inferred:
    require_numbers(inputs)
    inputs.shape.axes("batch", ..., "features")
    dtype = "int32" if inputs.dtype == "bool" else pass_dtype(inputs.dtype)
    return Inferred({"output": Tensor(inputs.shape, dtype, Shape(inputs.shape[:-1]))})


class Lambda(Layer):
    """Python code as a layer: never run, since a spec is data. https://keras.io/api/layers/core_layers/lambda/"""

    ports = ("inputs*",)
    masking = "lose"
    refused = True
    function = arg.value(doc="Python code, which is refused.")
    output_shape = arg.value(None, "What Keras would take for the output's shape.")
    mask = arg.value(None, "What Keras would take for the output's mask.")
    arguments = arg.value(None, "What Keras would pass to the function.")


@rule(Lambda)
def lambda_layer(cfg: Lambda, inputs: Sequence[Tensor] = ()) -> Inferred:
    raise ShapeError(
        "runs Python code, which a spec never does",
        arg="function",
        code="SC212",
        help="write its steps as entries: layers, or `ops.NAME` for a function of keras.ops; a block names them",
    )
