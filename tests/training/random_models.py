"""Specs of random models: chains and graphs of layers whose shapes fit, with skips, merges, views and frozen layers."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import yaml

from shapecalc.analysis.analyse import Settings, analyse
from shapecalc.analysis.report import Report
from shapecalc.training.keeping import find_keeping
from tests.layering import parse

Entry = dict[str, Any]
Random = random.Random

ACTIVATIONS = (
    *("relu", "tanh", "sigmoid", "softmax", "gelu", "silu", "elu", "selu", "softplus", "softsign", "exponential"),
    *("linear", "hard_sigmoid", "hard_silu", "mish", "leaky_relu", "relu6", "celu", "log_softmax", "squareplus"),
    *("hard_tanh", "tanh_shrink", "log_sigmoid", "soft_shrink", "hard_shrink", "sparse_plus", "sparse_sigmoid", "glu"),
)
SIZES = (1, 2, 3, 4, 6, 8)


def _some(chosen: Random, **arguments: Any) -> dict[str, Any]:
    """Some of these arguments, each with one of the values that are listed for it."""
    return {name: chosen.choice(values) for name, values in arguments.items() if chosen.random() < 0.6}


def _activation(chosen: Random) -> dict[str, Any]:
    return _some(chosen, activation=ACTIVATIONS) if chosen.random() < 0.6 else {}


def _dense(chosen: Random) -> dict[str, Any]:
    return {"units": chosen.choice(SIZES), **_activation(chosen), **_some(chosen, use_bias=[True, False])}


def _window(rank: int, **more: Any) -> Callable[[Random], dict[str, Any]]:
    """The arguments of a convolution."""

    def make(chosen: Random) -> dict[str, Any]:
        arguments = {"kernel_size": chosen.choice([1, 2, 3]), **_activation(chosen)}
        if arguments.get("activation") == "glu":  # Keras says a shape that it does not give
            del arguments["activation"]
        arguments |= _some(chosen, padding=["same", "valid"], use_bias=[True, False], **more)
        key = chosen.choice(["strides", "dilation_rate", ""])
        return arguments | ({key: chosen.choice([1, 2])} if key else {})

    return make


def _filters(rank: int, **more: Any) -> Callable[[Random], dict[str, Any]]:
    window = _window(rank, **more)
    return lambda chosen: {"filters": chosen.choice(SIZES), **window(chosen)}


def _pool(chosen: Random) -> dict[str, Any]:
    return {
        "pool_size": chosen.choice([1, 2, 3]),
        **_some(chosen, strides=[1, 2, 3], padding=["same", "valid"]),
    }


def _recurrent(chosen: Random) -> dict[str, Any]:
    return {
        "units": chosen.choice(SIZES),
        **_some(
            chosen,
            return_sequences=[True, True, False],
            go_backwards=[True, False, False],
            use_bias=[True, True, False],
        ),
    }


def _gated(chosen: Random) -> dict[str, Any]:
    return {
        **_recurrent(chosen),
        **(_some(chosen, reset_after=[True, False], dropout=[0.3], recurrent_dropout=[0.3]) if _rarely(chosen) else {}),
        **(_some(chosen, activation=["relu", "tanh"], unroll=[True]) if _rarely(chosen) else {}),
    }


def _unroll_windows(chosen: Random) -> dict[str, Any]:
    return {"filters": chosen.choice(SIZES), "kernel_size": 2, **_some(chosen, return_sequences=[True])}


def _rarely(chosen: Random) -> bool:
    return chosen.random() < 0.2


def _rate(chosen: Random) -> dict[str, Any]:
    return {"rate": chosen.choice([0.0, 0.1, 0.5, 1.0] if _rarely(chosen) else [0.5]), **_some(chosen, seed=[None, 3])}


def _cut(chosen: Random) -> dict[str, Any]:
    return {"cropping": chosen.choice([0, 1, 1])}


def _grow(chosen: Random) -> dict[str, Any]:
    return {"size": chosen.choice([1, 2, 3])}


def _heads(chosen: Random) -> dict[str, Any]:
    return {
        "num_heads": chosen.choice([1, 2, 4]),
        "key_dim": chosen.choice([1, 2, 4]),
        **(
            _some(chosen, value_dim=[2, 3], dropout=[0.2], use_bias=[False], output_shape=[5])
            if _rarely(chosen)
            else {}
        ),
    }


def _within(chosen: Random) -> dict[str, Any]:
    """A wrapper over a layer of its own."""
    kind = chosen.choice(
        ["Dense", "Dense", "Conv1D", "Conv2D", "Dropout", "LSTM", "Flatten", "LayerNormalization", "MaxPooling1D"]
    )
    return {"layer": {kind: LAYERS[kind](chosen)}}


WRAPPED = (
    *("Dense", "Dense", "Conv1D", "Conv2D", "Dropout", "LSTM", "Flatten", "LayerNormalization", "MaxPooling1D"),
    *("BatchNormalization", "Activation", "DepthwiseConv2D", "GlobalAveragePooling1D"),
)


def _both_ways(chosen: Random) -> dict[str, Any]:
    kind = chosen.choice(["LSTM", "GRU", "SimpleRNN"])
    return {
        "layer": {kind: _recurrent(chosen)},
        **_some(chosen, merge_mode=["concat", "sum", "mul", "ave"]),
    }


def _axes(chosen: Random) -> dict[str, Any]:
    order = list(range(1, chosen.choice([2, 3, 3, 4]) + 1))
    chosen.shuffle(order)
    return {"dims": order}


def _shape(chosen: Random) -> dict[str, Any]:
    return {"target_shape": [chosen.choice([-1, *SIZES]) for _ in range(chosen.choice([1, 2, 3, 4]))]}


def _grouped(chosen: Random) -> dict[str, Any]:
    return {"head_dim": 2, "num_query_heads": 4, "num_key_value_heads": chosen.choice([1, 2, 4])}


def _nothing(chosen: Random) -> dict[str, Any]:
    return {}


LAYERS: dict[str, Callable[[Random], dict[str, Any]]] = {
    "Dense": lambda chosen: {
        "units": chosen.choice(SIZES),
        **_activation(chosen),
        **_some(chosen, use_bias=[True, False]),
    },
    "EinsumDense": lambda chosen: chosen.choice(
        [
            {"equation": "abc,cd->abd", "output_shape": [None, chosen.choice(SIZES)], "bias_axes": "d"},
            {"equation": "abc,cde->abde", "output_shape": [None, 2, chosen.choice(SIZES)], "bias_axes": "de"},
            {"equation": "abcd,cde->abe", "output_shape": [None, chosen.choice(SIZES)]},
            {"equation": "abc,bd->adc", "output_shape": [chosen.choice(SIZES), None]},
            {"equation": "...a,ab->...b", "output_shape": [chosen.choice(SIZES)]},
        ]
    ),
    "Activation": lambda chosen: {"activation": chosen.choice(ACTIVATIONS)},
    "ReLU": lambda chosen: _some(chosen, max_value=[6, 2], negative_slope=[0.1], threshold=[0.5]),
    "LeakyReLU": _nothing,
    "PReLU": lambda chosen: _some(chosen, shared_axes=[[1], [1, 2]]),
    "ELU": _nothing,
    "Softmax": lambda chosen: _some(chosen, axis=[-1, 1, [1, 2]]),
    "Identity": _nothing,
    "Masking": _nothing,
    "Conv1D": _filters(1, groups=[1, 1, 2]),
    "Conv2D": _filters(2, groups=[1, 1, 2]),
    "Conv3D": _filters(3),
    "DepthwiseConv1D": _window(1, depth_multiplier=[1, 2]),
    "DepthwiseConv2D": _window(2, depth_multiplier=[1, 2]),
    "SeparableConv1D": _filters(1, depth_multiplier=[1, 2]),
    "SeparableConv2D": _filters(2, depth_multiplier=[1, 2]),
    "Conv1DTranspose": _filters(1),
    "Conv2DTranspose": _filters(2),
    "MaxPooling1D": _pool,
    "MaxPooling2D": _pool,
    "MaxPooling3D": _pool,
    "AveragePooling1D": _pool,
    "AveragePooling2D": _pool,
    "AveragePooling3D": _pool,
    "GlobalAveragePooling1D": lambda chosen: _some(chosen, keepdims=[True, False]),
    "GlobalAveragePooling2D": lambda chosen: _some(chosen, keepdims=[True, False]),
    "GlobalMaxPooling1D": lambda chosen: _some(chosen, keepdims=[True, False]),
    "GlobalMaxPooling2D": lambda chosen: _some(chosen, keepdims=[True, False]),
    "AdaptiveAveragePooling1D": lambda chosen: {"output_size": chosen.choice([1, 2])},
    "AdaptiveMaxPooling2D": lambda chosen: {"output_size": chosen.choice([1, 2])},
    "LSTM": _gated,
    "GRU": _gated,
    "SimpleRNN": _recurrent,
    "Bidirectional": _both_ways,
    "TimeDistributed": _within,
    "ConvLSTM1D": lambda chosen: {
        "filters": chosen.choice(SIZES),
        "kernel_size": 2,
        **_some(chosen, return_sequences=[True]),
    },
    "ConvLSTM2D": lambda chosen: {
        "filters": chosen.choice(SIZES),
        "kernel_size": 2,
        **_some(chosen, return_sequences=[True]),
    },
    "BatchNormalization": lambda chosen: _some(chosen, axis=[-1, 1], scale=[True, False], center=[True, False]),
    "LayerNormalization": lambda chosen: _some(chosen, axis=[-1, [1, 2]], scale=[True, False], center=[True, False]),
    "GroupNormalization": lambda chosen: {"groups": chosen.choice([-1, 1, 2])},
    "RMSNormalization": _nothing,
    "UnitNormalization": _nothing,
    "Flatten": _nothing,
    "Reshape": lambda chosen: {
        "target_shape": [chosen.choice([-1, *SIZES]) for _ in range(chosen.choice([1, 2, 3, 4]))]
    },
    "Permute": _axes,
    "RepeatVector": lambda chosen: {"n": chosen.choice(SIZES)},
    "Cropping1D": _cut,
    "Cropping2D": _cut,
    "Cropping3D": _cut,
    "ZeroPadding1D": lambda chosen: {"padding": chosen.choice([1, 2])},
    "ZeroPadding2D": lambda chosen: {"padding": chosen.choice([1, 2])},
    "ZeroPadding3D": lambda chosen: {"padding": chosen.choice([1, 2])},
    "UpSampling1D": _grow,
    "UpSampling2D": lambda chosen: {**_grow(chosen), **_some(chosen, interpolation=["nearest", "bilinear"])},
    "UpSampling3D": _grow,
    "Dropout": _rate,
    "SpatialDropout1D": _rate,
    "SpatialDropout2D": _rate,
    "GaussianDropout": lambda chosen: {"rate": 0.5},
    "GaussianNoise": lambda chosen: {"stddev": 0.5},
    "AlphaDropout": lambda chosen: {"rate": 0.5},
    "ActivityRegularization": lambda chosen: _some(chosen, l1=[0.1], l2=[0.1]),
    "Rescaling": lambda chosen: {"scale": 0.5, **_some(chosen, offset=[1.0])},
    "MultiHeadAttention": _heads,
    "GroupQueryAttention": lambda chosen: {
        "head_dim": 2,
        "num_query_heads": 4,
        "num_key_value_heads": chosen.choice([1, 2, 4]),
    },
    "Attention": lambda chosen: _some(chosen, use_scale=[True], score_mode=["dot", "concat"], dropout=[0.1]),
    "AdditiveAttention": lambda chosen: _some(chosen, use_scale=[True, False]),
    "Add": _nothing,
    "Subtract": _nothing,
    "Multiply": _nothing,
    "Average": _nothing,
    "Maximum": _nothing,
    "Minimum": _nothing,
    "Concatenate": lambda chosen: _some(chosen, axis=[-1, 1]),
    "Dot": lambda chosen: {"axes": chosen.choice([-1, 1, 2, [2, 1]]), **_some(chosen, normalize=[True, False])},
}
"""The arguments of each type, drawn at random; those that do not fit are drawn again."""

_UNARY = (
    *("abs", "copy", "square", "negative", "sign", "relu", "exp", "log1p", "sqrt", "sin", "tanh", "floor", "sigmoid"),
    *("silu", "softplus", "erf", "rsqrt", "reciprocal", "gelu", "hard_sigmoid", "log_sigmoid", "stop_gradient"),
)
_BINARY = ("add", "subtract", "multiply", "divide", "maximum", "minimum", "power", "mod", "divide_no_nan")
_REDUCTIONS = ("sum", "mean", "max", "min", "prod", "std", "var", "logsumexp")


def _constant(chosen: Random) -> dict[str, Any]:
    return {chosen.choice(["x1", "x2"]): chosen.choice([2.0, 1.0, 3])}


def _reduction(chosen: Random) -> dict[str, Any]:
    return {"axis": chosen.choice([-1, 1, [1, 2]]), **_some(chosen, keepdims=[True])}


def _key(chosen: Random) -> dict[str, Any]:
    entries = [chosen.choice([":", "1:", ":-1", "0", "::2", "null"]) for _ in range(chosen.choice([1, 2, 3]))]
    return {"key": ", ".join([":", *entries])}


def _borders(chosen: Random) -> dict[str, Any]:
    pairs = [[chosen.choice([0, 1]), chosen.choice([0, 1])] for _ in range(chosen.choice([1, 2, 3]))]
    return {"pad_width": [[0, 0], *pairs], "mode": chosen.choice(["constant", "constant", "reflect", "symmetric"])}


def _axis(chosen: Random) -> dict[str, Any]:
    return {"axis": chosen.choice([-1, 1, 2])}


def _order(chosen: Random) -> dict[str, Any]:
    dims = list(range(1, chosen.choice([3, 3, 4, 5])))
    chosen.shuffle(dims)
    return {"axes": [0, *dims]}


OPERATIONS: dict[str, Callable[[Random], dict[str, Any]]] = {
    **{f"ops.{name}": _nothing for name in _UNARY},
    **{f"ops.{name}": lambda chosen: _constant(chosen) if _rarely(chosen) else {} for name in _BINARY},
    **{f"ops.{name}": _reduction for name in _REDUCTIONS},
    "ops.clip": lambda chosen: {"x_min": 0.0, "x_max": chosen.choice([1.0, 0.5])},
    "ops.transpose": _order,
    "ops.swapaxes": lambda chosen: {"axis1": 1, "axis2": chosen.choice([2, -1])},
    "ops.expand_dims": _axis,
    "ops.squeeze": lambda chosen: _axis(chosen) if _rarely(chosen) else {},
    "ops.get_item": _key,
    "ops.pad": _borders,
    "ops.repeat": lambda chosen: {"repeats": chosen.choice([1, 2]), **_axis(chosen)},
    "ops.flip": _axis,
    "ops.roll": lambda chosen: {"shift": 1, **_axis(chosen)},
    "ops.softmax": lambda chosen: {"axis": chosen.choice([-1, 1, [1, 2]])},
    "ops.log_softmax": _axis,
    "ops.cumsum": _axis,
    "ops.cumprod": _axis,
    "ops.sort": _axis,
    "ops.normalize": lambda chosen: {**_axis(chosen), **_some(chosen, order=[1, 2, 3])},
    "ops.norm": _axis,
    "ops.tril": _nothing,
    "ops.take": lambda chosen: {"indices": chosen.choice([0, [0, 0], [[0]]]), **_axis(chosen)},
    "ops.matmul": _nothing,
    "ops.einsum": lambda chosen: {
        "subscripts": chosen.choice(["abc,adc->abd", "abc,abd->acd", "ab,ab->a", "abc,ac->ab"])
    },
    "ops.concatenate": _axis,
    "ops.stack": lambda chosen: {"axis": chosen.choice([1, -1])},
    "ops.image.resize": lambda chosen: {"size": [chosen.choice([2, 5]), 3]},
}
"""The same of functions of keras.ops."""

LAYERS |= OPERATIONS

MANY = ("Add", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "ops.concatenate", "ops.stack")
TWO = (
    *("Subtract", "Dot", "MultiHeadAttention", "GroupQueryAttention", "Attention", "AdditiveAttention"),
    *("ops.matmul", "ops.einsum"),
)

INPUTS = (
    *([6], [8], [5, 4], [8, 3], [7, 1], [1, 5], [6, 5, 3], [8, 8, 1], [4, 6, 2], [1, 5, 4], [4, 4, 4, 2], [2, 5, 5, 3]),
)


class RandomModel:
    """A random spec: `text`, and its `report`."""

    def __init__(self, seed: int, types: tuple[str, ...] = ()) -> None:
        self.seed = seed
        self.random = Random(seed)
        self.types = types or tuple(LAYERS)
        self.batch = self.random.choice([1, 2, 2, 3, 5])
        self.dtype = self.random.choice(["mixed_bfloat16", "bfloat16", "float64"]) if self.random.random() < 0.1 else ""
        self.inputs: dict[str, Any] = {}
        self.blocks: dict[str, Any] = {}
        self.entries: list[Entry] = []
        self.names: list[str] = []
        self.used: set[str] = set()
        for place in range(self.random.choice([1, 1, 1, 2])):
            self.inputs[f"in{place}"] = self.random.choice(INPUTS)
            self.names.append(f"in{place}")
        if self.random.random() < 0.3:
            self.add_embedding()
        steps = self.random.randint(2, 9)
        for _ in range(200):
            if len(self.entries) >= steps:
                break
            chance = self.random.random()
            if chance < 0.05:
                self.add_block()
            elif chance < 0.1:
                self.add_reuse()
            else:
                self.add_entry()

    def add_embedding(self) -> None:
        """Begins with indices instead of numbers."""
        self.inputs["in0"] = {"shape": [self.random.choice([1, 4, 7])], "dtype": "int32"}
        arguments = {"input_dim": 11, "output_dim": self.random.choice(SIZES), **_some(self.random, mask_zero=[True])}
        self.try_entry({"Embedding": {**arguments, "name": "n0"}, "from": "in0"}, ["in0"])

    def draw_layer(self) -> tuple[str, dict[str, Any]]:
        """A type with arguments, frozen now and then."""
        kind = self.random.choice(self.types)
        if kind in OPERATIONS and self.random.random() < 0.5:
            kind = self.random.choice(self.types)
        arguments = LAYERS[kind](self.random)
        if not kind.startswith("ops."):
            if self.random.random() < 0.04:
                arguments["trainable"] = False
            if self.dtype:
                arguments["dtype"] = self.dtype
        return kind, arguments

    def draw_source(self) -> str:
        """Most often what was given last."""
        return self.names[-1] if self.random.random() < 0.85 else self.random.choice(self.names)

    def add_entry(self) -> None:
        """Adds a random layer, if it fits."""
        kind, arguments = self.draw_layer()
        if kind in ("LSTM", "GRU", "SimpleRNN") and _rarely(self.random):
            arguments["return_state"] = True
        count = 1
        binary = kind.removeprefix("ops.") in _BINARY and not {"x1", "x2"} & set(arguments)
        if kind in MANY or kind in TWO or binary:
            count = self.random.choice([2, 2, 3]) if kind in MANY else 2
        fed = [self.draw_source(), *(self.random.choice(self.names) for _ in range(count - 1))]
        self.random.shuffle(fed)
        if "Attention" in kind and self.random.random() < 0.5:
            fed = [self.names[-1]] * 2
        named = {**arguments, "name": f"n{len(self.entries)}"}
        self.try_entry({kind: named, "from": fed if len(fed) > 1 else fed[0]}, fed)

    def add_block(self) -> None:
        """Adds a block of some layers in a chain, if it fits."""
        name = f"Block{len(self.blocks)}"
        drawn = [self.draw_layer() for _ in range(self.random.choice([2, 3]))]
        self.blocks[name] = {"layers": [{kind: arguments} for kind, arguments in drawn]}
        fed = self.draw_source()
        arguments = {"name": f"n{len(self.entries)}", **({"trainable": False} if _rarely(self.random) else {})}
        if not self.try_entry({name: arguments, "from": fed}, [fed]):
            del self.blocks[name]

    def add_reuse(self) -> None:
        """Calls a layer again, if it fits."""
        known = [next(iter(entry.values()))["name"] for entry in self.entries if "reuse" not in entry]
        if not known:
            return
        fed = self.draw_source()
        reuse = {"layer": self.random.choice(known), "name": f"n{len(self.entries)}"}
        self.try_entry({"reuse": reuse, "from": fed}, [fed])

    def try_entry(self, entry: Entry, fed: list[str]) -> bool:
        """Adds an entry, if the model with it is sound, small, and of layers whose keeping is stated."""
        before = set(self.used)
        self.entries.append(entry)
        self.used.update(fed)
        report = analyse(parse(self.text), Settings(batch=self.batch))
        if report.ok and report.walk is not None and self.report.ok:
            node = report.walk.graph.nodes[-1]
            inferred = report.walk.results[node.index]
            assert inferred is not None
            sizes = inferred.output.shape[1:]
            small = all(isinstance(size, int) and size <= 40 for size in sizes)
            within = [node] if inferred.walk is None else inferred.walk.graph.nodes[len(inferred.walk.graph.inputs) :]
            layers = [] if "reuse" in entry else [each.layer for each in within]
            if small and len(sizes) <= 4 and all(layer and find_keeping(layer) is not None for layer in layers):
                name = f"n{len(self.entries) - 1}"
                self.names += [f"{name}.{port}" for port in list(inferred.outputs)[1:] if "reuse" not in entry]
                self.names.append(name)
                return True
        self.entries.pop()
        self.used = before
        return False

    @property
    def text(self) -> str:
        """The spec. What no layer uses leaves the model."""
        left = [name for name in self.names if name not in self.used and name.startswith("n") and "." not in name]
        inputs = {name: given for name, given in self.inputs.items() if name in self.used}
        spec: dict[str, Any] = {"inputs": inputs}
        if self.blocks:
            spec["blocks"] = self.blocks
        spec["layers"] = self.entries
        if len(left) > 1:
            spec["outputs"] = left
        return yaml.safe_dump(spec, sort_keys=False)

    @property
    def report(self) -> Report:
        return analyse(parse(self.text))
