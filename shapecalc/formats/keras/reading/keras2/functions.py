"""Functions of TensorFlow that compute element by element, along axes, or products, in keras.ops.

Each is called as TensorFlow's of the same parameters. https://www.tensorflow.org/api_docs/python/tf
"""

from __future__ import annotations

from typing import Any

from shapecalc.formats.keras.reading.keras2.writer import Function, Json, Size, Writer, function, is_tensor

_UNARY = """
absolute: math.abs abs
arccos: math.acos acos
arccosh: math.acosh acosh
arcsin: math.asin asin
arcsinh: math.asinh asinh
arctan: math.atan atan
arctanh: math.atanh atanh
ceil: math.ceil
cos: math.cos cos
cosh: math.cosh cosh
erf: math.erf
exp: math.exp exp
expm1: math.expm1
floor: math.floor floor
isfinite: math.is_finite
isinf: math.is_inf
isnan: math.is_nan
log: math.log
log1p: math.log1p
log_sigmoid: math.log_sigmoid
logical_not: math.logical_not
negative: math.negative negative
reciprocal: math.reciprocal
relu: nn.relu
relu6: nn.relu6
round: math.round round math.rint
rsqrt: math.rsqrt
selu: nn.selu
elu: nn.elu
sigmoid: math.sigmoid sigmoid nn.sigmoid
sign: math.sign sign
sin: math.sin sin
sinh: math.sinh sinh
softplus: math.softplus nn.softplus
softsign: nn.softsign
sqrt: math.sqrt sqrt
square: math.square square
stop_gradient: stop_gradient
tan: math.tan tan
tanh: math.tanh tanh nn.tanh
"""
_BINARY = """
add: math.add add __operators__.add
divide_no_nan: math.divide_no_nan
equal: math.equal equal
floor_divide: math.floordiv compat.v1.floor_div
greater: math.greater greater
greater_equal: math.greater_equal greater_equal
less: math.less less
less_equal: math.less_equal less_equal
logical_and: math.logical_and logical_and
logical_or: math.logical_or logical_or
logical_xor: math.logical_xor
maximum: math.maximum maximum
minimum: math.minimum minimum
mod: math.floormod math.mod
multiply: math.multiply multiply
not_equal: math.not_equal not_equal
power: math.pow pow
subtract: math.subtract subtract
true_divide: math.truediv math.divide divide compat.v1.div
"""
_REDUCTIONS = """
all: math.reduce_all reduce_all
any: math.reduce_any reduce_any
logsumexp: math.reduce_logsumexp reduce_logsumexp
max: math.reduce_max reduce_max
mean: math.reduce_mean reduce_mean
min: math.reduce_min reduce_min
prod: math.reduce_prod reduce_prod
std: math.reduce_std
sum: math.reduce_sum reduce_sum
var: math.reduce_variance
"""


def _register(table: str, made: Any) -> None:
    for line in table.strip().split("\n"):
        name, _, symbols = line.partition(": ")
        function(*symbols.split())(made(name))


def _unary(name: str) -> Function:
    return lambda writer, x: writer.op(name, x)


def _binary(name: str) -> Function:
    return lambda writer, x, y: _arithmetic(writer, name, x, y)


def _reduction(name: str) -> Function:
    return lambda writer, x, axis=None, keepdims=False: writer.op(name, x, axis=axis, keepdims=keepdims)


_register(_UNARY, _unary)
_register(_BINARY, _binary)
_register(_REDUCTIONS, _reduction)


def _arithmetic(writer: Writer, name: str, x: Any, y: Any) -> Any:
    """Of tensors, or of sizes that are known."""
    if is_tensor(x) or is_tensor(y):
        return writer.op(name, x, y)
    if type(x) is int and type(y) is int:
        known = {"add": x + y, "subtract": x - y, "multiply": x * y, "floor_divide": x // y if y else None}
        if known.get(name) is not None:
            return known[name]
    raise writer.refusal("it computes with the size of a tensor, which a spec cannot")


@function("__operators__.eq", "__operators__.ne")
def compare(writer: Writer, x: Any) -> Any:
    """Keras 2 leaves out with what it is compared."""
    raise writer.refusal("the file does not say what it is compared with", "write `tf.equal(x, y)` in Keras 2")


@function("identity", "convert_to_tensor")
def identity(writer: Writer, x: Any) -> Any:
    return x


@function("ensure_shape")
def ensure_shape(writer: Writer, x: Any, shape: Any) -> Any:
    return x


@function("cast")
def cast(writer: Writer, x: Any, dtype: Any) -> Any:
    return writer.op("cast", x, dtype=dtype) if is_tensor(x) else x


@function("zeros_like")
def zeros_like(writer: Writer, input: Any, dtype: Any = None) -> Any:
    return writer.op("zeros_like", input, dtype=dtype)


@function("ones_like")
def ones_like(writer: Writer, input: Any, dtype: Any = None) -> Any:
    return writer.op("ones_like", input, dtype=dtype)


@function("clip_by_value")
def clip_by_value(writer: Writer, t: Any, clip_value_min: Any, clip_value_max: Any) -> Any:
    return writer.op("clip", t, x_min=clip_value_min, x_max=clip_value_max)


@function("math.squared_difference")
def squared_difference(writer: Writer, x: Any, y: Any) -> Any:
    return writer.op("square", writer.op("subtract", x, y))


@function("math.add_n", "math.accumulate_n", "add_n")
def add_n(writer: Writer, inputs: Any) -> Any:
    terms = inputs if isinstance(inputs, list) and inputs else [inputs]
    total = terms[0]
    for term in terms[1:]:
        total = writer.op("add", total, term)
    return total


@function("compat.v1.math.scalar_mul", "math.scalar_mul")
def scalar_mul(writer: Writer, scalar: Any, x: Any) -> Any:
    return writer.op("multiply", scalar, x)


@function("where", "compat.v1.where")
def where(writer: Writer, condition: Any, x: Any, y: Any) -> Any:
    return writer.op("where", condition, x, y)


@function("nn.bias_add")
def bias_add(writer: Writer, value: Any, bias: Any) -> Any:
    return writer.op("add", value, bias)


@function("nn.leaky_relu")
def leaky_relu(writer: Writer, features: Any, alpha: Any = 0.2) -> Any:
    return writer.op("leaky_relu", features, negative_slope=alpha)


@function("nn.gelu")
def gelu(writer: Writer, features: Any, approximate: Any = False) -> Any:
    return writer.op("gelu", features, approximate=approximate)


@function("nn.silu")
def silu(writer: Writer, features: Any, beta: Any = 1.0) -> Any:
    gate = features if beta == 1 else writer.op("multiply", features, beta)
    return writer.op("silu", features) if beta == 1 else writer.op("multiply", features, writer.op("sigmoid", gate))


@function("compat.v1.nn.crelu", "nn.crelu")
def crelu(writer: Writer, features: Any, axis: Any = -1) -> Any:
    sides = [writer.op("relu", features), writer.op("relu", writer.op("negative", features))]
    return writer.op("concatenate", sides, axis=axis)


@function("nn.softmax", "compat.v1.nn.softmax")
def softmax(writer: Writer, logits: Any, axis: Any = -1) -> Any:
    return writer.op("softmax", logits, axis=axis)


@function("nn.log_softmax", "compat.v1.nn.log_softmax")
def log_softmax(writer: Writer, logits: Any, axis: Any = -1) -> Any:
    return writer.op("log_softmax", logits, axis=axis)


@function("nn.dropout", "compat.v1.nn.dropout")
def dropout(writer: Writer, x: Any, **arguments: Any) -> Any:
    """It knows nothing of training."""
    raise writer.refusal("tf.nn.dropout drops values in every run", "use a Dropout layer in its place")


@function("math.l2_normalize", "nn.l2_normalize", "linalg.l2_normalize")
def l2_normalize(writer: Writer, x: Any, axis: Any = None, epsilon: Any = 1e-12) -> Any:
    sums = writer.op("sum", writer.op("square", x), axis=axis, keepdims=True)
    return writer.op("multiply", x, writer.op("rsqrt", writer.op("maximum", sums, epsilon)))


@function("compat.v1.norm", "norm", "linalg.norm")
def norm(writer: Writer, x: Any, ord: Any = "euclidean", axis: Any = None, keepdims: Any = False) -> Any:  # noqa: A002
    if ord == 1 and not isinstance(axis, list):
        return writer.op("sum", writer.op("absolute", x), axis=axis, keepdims=keepdims)
    if ord == "euclidean" or (ord == 2 and not isinstance(axis, list)):
        return euclidean_norm(writer, x, axis, keepdims)
    raise writer.refusal(f"tf.norm of order {ord} is none that a spec knows")


@function("math.reduce_euclidean_norm")
def euclidean_norm(writer: Writer, x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    return writer.op("sqrt", writer.op("sum", writer.op("square", x), axis=axis, keepdims=keepdims))


@function("math.argmax", "argmax")
def argmax(writer: Writer, x: Any, axis: Any = 0, output_type: Any = None) -> Any:
    return writer.op("argmax", x, axis=axis, keepdims=False)


@function("math.argmin", "argmin")
def argmin(writer: Writer, x: Any, axis: Any = 0, output_type: Any = None) -> Any:
    return writer.op("argmin", x, axis=axis, keepdims=False)


@function("math.count_nonzero")
def count_nonzero(writer: Writer, x: Any, axis: Any = None) -> Any:
    return writer.op("count_nonzero", x, axis=axis)


@function("math.cumsum", "cumsum")
def cumsum(writer: Writer, x: Any, axis: Any = 0, exclusive: Any = False, reverse: Any = False) -> Any:
    total = _along(writer, "cumsum", x, axis, reverse)
    return writer.op("subtract", total, x) if exclusive else total


@function("math.cumprod")
def cumprod(writer: Writer, x: Any, axis: Any = 0, reverse: Any = False) -> Any:
    return _along(writer, "cumprod", x, axis, reverse)


def _along(writer: Writer, name: str, x: Any, axis: Any, reverse: Any) -> Json:
    """One after another along an axis, from its start or its end."""
    if not reverse:
        return writer.op(name, x, axis=axis)
    return writer.op("flip", writer.op(name, writer.op("flip", x, axis=axis), axis=axis), axis=axis)


@function("math.top_k", "nn.top_k")
def top_k(writer: Writer, input: Any, k: Any = 1, sorted: Any = True) -> Any:  # noqa: A002
    return writer.several("top_k", input, k=k, sorted=sorted)


@function("sort")
def sort(writer: Writer, values: Any, axis: Any = -1, direction: Any = "ASCENDING") -> Any:
    ascending = writer.op("sort", values, axis=axis)
    return ascending if direction == "ASCENDING" else writer.op("flip", ascending, axis=axis)


@function("argsort")
def argsort(writer: Writer, values: Any, axis: Any = -1) -> Any:
    return writer.op("argsort", values, axis=axis)


@function("linalg.matmul", "matmul")
def matmul(writer: Writer, a: Any, b: Any, transpose_a: Any = False, transpose_b: Any = False) -> Any:
    left = writer.op("swapaxes", a, axis1=-2, axis2=-1) if transpose_a else a
    return writer.op("matmul", left, writer.op("swapaxes", b, axis1=-2, axis2=-1) if transpose_b else b)


@function("einsum", "meshgrid")
def operands_left_out(writer: Writer, first: Any, **arguments: Any) -> Any:
    """Keras 2 saves no more than the first of what it is called with."""
    raise writer.refusal("the file does not say what it is called with", "write it as products, in Keras 2")


@function("linalg.band_part")
def band_part(writer: Writer, input: Any, num_lower: Any, num_upper: Any) -> Any:
    lower, upper = (_whole(writer, number) for number in (num_lower, num_upper))
    below = input if lower < 0 else writer.op("triu", input, k=-lower)
    return below if upper < 0 else writer.op("tril", below, k=upper)


def _whole(writer: Writer, value: Any) -> int:
    """A whole number. Raises Fault."""
    if type(value) is int:
        return value
    what = "the size of a tensor" if isinstance(value, Size) else "no whole number"
    raise writer.refusal(f"it is called with {what} where a spec takes a whole number")
