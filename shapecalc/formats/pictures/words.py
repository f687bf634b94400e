"""What stands in the box of a layer besides its name: settings that matter, the shapes of its outputs, parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapecalc.diagnostics import shorten
from shapecalc.dims import count_text
from shapecalc.layers.arguments.plain import convert_fraction
from shapecalc.layers.catalogue import CATALOGUE

if TYPE_CHECKING:
    from shapecalc.analysis.report import Row
    from shapecalc.layers.base import Layer

_OPERATORS = {
    "convolution": ("Conv",),
    "pooling": ("Pool",),
    "normalization": ("Normalization",),
    "recurrent": ("LSTM", "GRU", "RNN"),
    "core": ("MatMul", "Gemm"),
}
"""The families of ONNX's operators that are told by a part of their names."""
LONGEST = 48
"""Characters of a text in a picture; `shorten` says what is left out."""


def describe(layer: Layer | None) -> str:
    """The settings of a layer by which one tells it from others of its type: `3 × 3, stride 2, relu`."""
    if layer is None:
        return ""
    held = _list_held(layer)
    if held:
        texts = [text for each in held for text in (getattr(each, "type_name", ""), describe(each)) if text]
        return shorten(", ".join(texts), LONGEST)
    words = [*_describe_windows(layer), *_describe_heads(layer)]
    rate = _setting(layer, "rate")
    if rate is not None:
        words.append(f"rate {convert_fraction(rate)}")
    if isinstance(_setting(layer, "equation"), str):
        words.append(layer.equation)  # type: ignore[attr-defined]
    activation = _setting(layer, "activation")
    if isinstance(activation, str) and (activation != "linear" or layer.args["activation"].required):
        words.append(activation)
    return shorten(", ".join(words), LONGEST)


def _list_held(layer: Layer | None) -> tuple[Any, ...]:
    """The layer that a wrapper applies, the cells that a layer steps."""
    held = getattr(layer, "layer", None) or getattr(layer, "cell", None) or ()
    return held if isinstance(held, tuple) else (held,)


def _setting(layer: Layer, name: str) -> Any:
    """The value of an argument that a layer has and that is not its default; else None."""
    if name not in layer.args:
        return None
    value = getattr(layer, name)
    return None if not layer.args[name].required and value == layer.args[name].default else value


def _describe_windows(layer: Layer) -> list[str]:
    words = []
    for name in ("kernel_size", "kernel_shape", "pool_size", "size"):
        window = getattr(layer, name) if name in layer.args else ()
        if isinstance(window, tuple) and len(window) > 1:
            words.append(_write_window(window))
        elif isinstance(window, (int, tuple)) and window:
            words.append(f"{name.removesuffix('_size')} {_write_window(window)}")
    if "strides" in layer.args and "pool_size" not in layer.args:
        words += _write_factor("stride", layer.strides)  # type: ignore[attr-defined]
    elif _setting(layer, "strides") is not None and layer.strides != layer.pool_size:  # type: ignore[attr-defined]
        words += _write_factor("stride", layer.strides, 0)  # type: ignore[attr-defined]
    if "dilation_rate" in layer.args:
        words += _write_factor("dilation", layer.dilation_rate)  # type: ignore[attr-defined]
    if _setting(layer, "groups") is not None:
        words.append(f"{layer.groups} groups")  # type: ignore[attr-defined]
    return words


def _write_window(window: Any) -> str:
    """`3 × 3`, and `3` along one axis."""
    return " × ".join(map(str, window)) if isinstance(window, tuple) else str(window)


def _write_factor(word: str, factor: Any, usual: int = 1) -> list[str]:
    """`stride 2`; nothing where it is the usual one along every axis."""
    factors = factor if isinstance(factor, tuple) else (factor,)
    if all(part == usual for part in factors):
        return []
    return [f"{word} {factors[0] if len(set(factors)) == 1 else _write_window(factor)}"]


def _describe_heads(layer: Layer) -> list[str]:
    words = []
    if "num_heads" in layer.args:
        words.append(f"{layer.num_heads} heads")  # type: ignore[attr-defined]
    if "num_query_heads" in layer.args:
        words.append(f"{layer.num_query_heads} heads of {layer.num_key_value_heads}")  # type: ignore[attr-defined]
    if _setting(layer, "use_causal_mask"):
        words.append("causal")
    return words


def write_shapes(row: Row) -> tuple[str, ...]:
    """The shape of each output, the first one first; where there are several, with the names of the others."""
    outputs = list(row.inferred.outputs.items())
    return tuple(
        shorten(str(tensor.shape) if position == 0 else f"{port} {tensor.shape}", LONGEST)
        for position, (port, tensor) in enumerate(outputs)
    )


def write_params(row: Row, rounds: int) -> str:
    """`140 params`; of equal rounds those of each; nothing for a layer without any."""
    if row.reused:
        return f"weights of {shorten(row.node.weights_of, LONGEST)}" if row.inferred.params != 0 else ""
    params = row.params
    if params == 0:
        return ""
    word = "param" if params == 1 else "params"
    return shorten(f"{count_text(params)} {word}{' each' if rounds > 1 else ''}", LONGEST)


def find_family(layer: Layer | None) -> str:
    """The family of a layer's type, or of the type it wraps; empty where it is of none."""
    held = _list_held(layer)
    if held:
        return find_family(held[0])
    name = layer.type_name if layer is not None else ""
    if name.startswith("onnx."):
        return next((family for family, words in _OPERATORS.items() if any(word in name for word in words)), "")
    return CATALOGUE.get(name, "")
