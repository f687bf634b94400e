"""The bytes that a model takes: weights by dtype, activations, gradients, optimizer state, a decoder's cache."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from shapecalc.analysis.costs import (
    activation_bytes,
    has_workspace,
    list_peak_activations,
    select_greatest,
    sum_activations,
    workspace_bytes,
)
from shapecalc.analysis.kv_cache import KVCache, find_kv_caches
from shapecalc.dims import Size, add_up

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report, Row
    from shapecalc.layers.values import Inferred

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


SCALARS = {"nadam": 3}
"""The single numbers that an optimizer keeps besides; two, its step and its learning rate, if it is not here."""


class Memory:
    """The memory of a model in bytes: for `batch` samples where the batch size is unknown.

    `peaks` are the most activation bytes alive at once: several formulas where any may be the most. `workspace` is what
    layers hold only while they run, all together, and `training` names an optimizer, whose variables
    hold `state_params` numbers; `caches` hold what each attention keeps of keys and values.
    """

    __slots__ = (
        "activations", "caches", "gradients", "peaks", "state", "state_params", "training", "weights", "workspace",
    )  # fmt: skip

    def __init__(self, report: Report, training: str | None = None, batch: Size = 1) -> None:
        walked = report.walk
        held = [weight for row in report.rows for _, weight in row.weights]
        dtypes = sorted({weight.dtype or "float32" for weight in held})
        self.weights: dict[str, Size] = {
            dtype: add_up(weight.bytes for weight in held if (weight.dtype or "float32") == dtype) for dtype in dtypes
        }
        self.activations: Size = sum_activations(walked, batch) if walked is not None else 0
        self.peaks: tuple[Size, ...] = list_peak_activations(walked, batch) if walked is not None else (0,)
        self.workspace: Size = workspace_of((row.inferred for row in report.rows), batch)
        self.training = training
        self.gradients: Size = (
            add_up(weight.bytes for weight in held if weight.trainable) if training is not None else 0
        )
        self.state: Size = self.gradients * len(OPTIMIZERS[training]) if training is not None else 0
        trainable = add_up(weight.params for weight in held if weight.trainable)
        self.state_params: Size = 0
        if training is not None:
            self.state_params = trainable * len(OPTIMIZERS[training]) + SCALARS.get(training, 2)
        self.caches: dict[str, KVCache] = find_kv_caches(walked) if walked is not None else {}

    @property
    def weights_bytes(self) -> Size:
        """Bytes of the weights of all dtypes."""
        return add_up(self.weights.values())

    @property
    def needed(self) -> tuple[Size, ...]:
        """The most bytes at once: in training every activation is kept, what layers hold while they run as well; in
        inference what is still to be used.
        """
        if self.training is None:
            return select_greatest(self.weights_bytes + peak for peak in self.peaks)
        return (add_up((self.weights_bytes, self.gradients, self.state, self.activations, self.workspace)),)

    @property
    def cache(self) -> dict[str, Size]:
        """Bytes per token of each attention that keeps keys and values of what is decoded."""
        return {path: cache.token for path, cache in self.caches.items() if not cache.cross}

    @property
    def cache_of_encoder(self) -> dict[str, Size]:
        """Bytes of each attention that keeps keys and values of an encoder's output, to which no token adds."""
        return {path: cache.token * cache.tokens for path, cache in self.caches.items() if cache.cross}

    @property
    def cache_windows(self) -> dict[str, int]:
        """The tokens that each attention with a window keeps at most."""
        return {path: cache.window for path, cache in self.caches.items() if cache.window is not None}

    @property
    def cache_bytes(self) -> Size | None:
        """Bytes of all caches for the tokens that the model is fed; None where a window hides the sum."""
        sizes = [cache.count_bytes(cache.tokens) for cache in self.caches.values()]
        return None if None in sizes else add_up(size for size in sizes if size is not None)

    @property
    def cache_per_token(self) -> Size:
        """Bytes of keys and values that each further token of one sample adds."""
        return add_up(self.cache.values())


def workspace_of(calls: Iterable[Inferred], batch: Size = 1) -> Size:
    """Bytes of what these calls hold while they run, all together."""
    return add_up(workspace_bytes(inferred, batch) for inferred in calls if has_workspace(inferred))


def row_memory(row: Row, training: str | None = None, batch: Size = 1) -> Size:
    """Bytes of a row's weights, activations and workspace, in training of its gradients and optimizer state too."""
    held = [weight for _, weight in row.weights]
    total = add_up(weight.bytes for weight in held) + activations_of(row, batch)
    if training is not None:
        total += add_up(weight.bytes for weight in held if weight.trainable) * (1 + len(OPTIMIZERS[training]))
    return total


def activations_of(row: Row, batch: Size = 1) -> Size:
    """Bytes of a row's activations and workspace."""
    return activation_bytes(row.inferred, batch) + workspace_of([row.inferred], batch)
