"""What a model takes in memory: weights by dtype, activations, gradients, optimizer state, and a decoder's cache."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from shapecalc.analysis.costs import activation_bytes, greatest, peak_activations, total_activation
from shapecalc.dims import Size, add_up
from shapecalc.layers.values import BYTES, Inferred, Tensor

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report, Row
    from shapecalc.layers.base import Layer

OPTIMIZERS: dict[str, tuple[str, ...]] = {
    "sgd": (),
    "momentum": ("momentum",),
    "rmsprop": ("velocity",),
    "adagrad": ("accumulator",),
    "adadelta": ("accumulated_grad", "accumulated_delta_var"),
    "adam": ("momentum", "velocity"),
    "adamw": ("momentum", "velocity"),
    "adamax": ("momentum", "norm"),
    "nadam": ("momentum", "velocity"),
    "ftrl": ("accumulator", "linear"),
    "lamb": ("momentum", "velocity"),
    "lion": ("momentum",),
}
"""The slots that an optimizer of Keras 3 keeps for each trainable weight, each of its shape and dtype."""


class Memory:
    """The memory of a model in bytes: for one sample where the batch size is unknown.

    `peaks` are the most activation bytes alive at once: several formulas where any may be the most. `training` names
    an optimizer; `cache` holds the bytes per token of each attention layer that keeps keys and values.
    """

    __slots__ = ("activations", "cache", "gradients", "peaks", "state", "training", "weights")

    def __init__(self, report: Report, training: str | None = None) -> None:
        walked = report.walk
        held = [weight for row in report.rows for _, weight in row.weights]
        dtypes = sorted({weight.dtype or "float32" for weight in held})
        self.weights: dict[str, Size] = {
            dtype: add_up(one.bytes for one in held if (one.dtype or "float32") == dtype) for dtype in dtypes
        }
        self.activations: Size = total_activation(walked) if walked is not None else 0
        self.peaks: tuple[Size, ...] = peak_activations(walked) if walked is not None else (0,)
        self.training = training
        self.gradients: Size = add_up(one.bytes for one in held if one.trainable) if training is not None else 0
        self.state: Size = self.gradients * len(OPTIMIZERS[training]) if training is not None else 0
        self.cache: dict[str, Size] = dict(_cached(report.rows))

    @property
    def weights_bytes(self) -> Size:
        """Weights of all dtypes."""
        return add_up(self.weights.values())

    @property
    def needed(self) -> tuple[Size, ...]:
        """The most bytes at once: in training every activation is kept, in inference what is still to be used."""
        if self.training is None:
            return greatest(self.weights_bytes + peak for peak in self.peaks)
        return (add_up((self.weights_bytes, self.gradients, self.state, self.activations)),)

    @property
    def cache_per_token(self) -> Size:
        """Keys and values that each further token of one sample adds."""
        return add_up(self.cache.values())


def row_memory(row: Row, training: str | None = None) -> Size:
    """Bytes of a row's weights and activations, in training of its gradients and optimizer state too."""
    held = [weight for _, weight in row.weights]
    total = add_up(weight.bytes for weight in held) + activation_bytes(row.inferred)
    if training is not None:
        total += add_up(one.bytes for one in held if one.trainable) * (1 + len(OPTIMIZERS[training]))
    return total


def _cached(rows: Iterable[Row]) -> Iterable[tuple[str, Size]]:
    """Bytes per token of attention layers that a causal mask marks as a decoder's, by path."""
    for row in rows:
        size = _cache_bytes(row.node.layer, row.inferred)
        if size is not None:
            yield row.path + row.name, size
        elif row.inferred.inner:
            yield from _cached(row.rows)


def _cache_bytes(layer: Layer | None, inferred: Inferred) -> Size | None:
    """Bytes of the projected key and value of one token; None where a layer keeps none.

    Which layers those are is said by the argument of their call: only a causal layer never looks at later tokens, so
    that what it projected once stays right.
    """
    if layer is None or not getattr(layer, "use_causal_mask", False):
        return None
    projected = {part.name: part.inferred.output for part in inferred.inner}
    if "key" not in projected or "value" not in projected:
        return None
    return _token_bytes(projected["key"]) + _token_bytes(projected["value"])


def _token_bytes(projected: Tensor) -> Size:
    """Bytes of the heads of one token: (batch, ..., heads, size of a head)."""
    heads, size = projected.shape[-2:]
    return heads * size * BYTES[projected.dtype or "float32"]
