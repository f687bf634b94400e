"""The bytes that a model takes: weights by dtype, activations, what training needs, a decoder's cache."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
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
    from shapecalc.analysis.trained import Trained
    from shapecalc.layers.values import Inferred
    from shapecalc.training.peak import Training


class Memory:
    """The memory of a model in bytes: for `batch` samples where the batch size is unknown.

    `peaks` are the most activation bytes alive at once: several formulas where any may be the most. `workspace` is what
    layers hold only while they run, all together. `caches` hold what each attention keeps of keys and values. `trained`
    says what training takes, where it is asked for.
    """

    def __init__(self, report: Report, training: Training | None = None, batch: Size = 1) -> None:
        walked = report.walk
        self.report = report
        self.batch = batch
        self.training = training
        held = [weight for row in report.rows for _, weight in row.weights]
        dtypes = sorted({weight.dtype or "float32" for weight in held})
        self.weights: dict[str, Size] = {
            dtype: add_up(weight.bytes for weight in held if (weight.dtype or "float32") == dtype) for dtype in dtypes
        }
        self.activations: Size = sum_activations(walked, batch) if walked is not None else 0
        self.peaks: tuple[Size, ...] = list_peak_activations(walked, batch) if walked is not None else (0,)
        self.workspace: Size = workspace_of((row.inferred for row in report.rows), batch)
        self.caches: dict[str, KVCache] = find_kv_caches(walked) if walked is not None else {}

    @property
    def weights_bytes(self) -> Size:
        """Bytes of the weights of all dtypes."""
        return add_up(self.weights.values())

    @cached_property
    def trained(self) -> Trained | None:
        """What training takes; None where it is not asked for, or there is nothing to train."""
        if self.training is None or self.report.walk is None:
            return None
        from shapecalc.analysis.trained import find_trained

        return find_trained(self.report.walk, self.training, self.batch)

    @property
    def needed(self) -> tuple[Size, ...]:
        """The most bytes at once: in inference weights and what is still to be used, in training the peak of a step."""
        if self.trained is not None:
            return self.trained.peaks
        return select_greatest(self.weights_bytes + peak for peak in self.peaks)

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


def activations_of(row: Row, batch: Size = 1) -> Size:
    """Bytes of a row's activations and workspace."""
    return activation_bytes(row.inferred, batch) + workspace_of([row.inferred], batch)


def row_memory(row: Row, training: Training | None = None, batch: Size = 1) -> Size:
    """Bytes of a row: its weights, and its activations and workspace.

    In training its weights, their gradients and the optimizer's state, and what it keeps for the backward pass.
    """
    held = add_up(weight.bytes for _, weight in row.weights)
    if training is None:
        return held + activations_of(row, batch)
    from shapecalc.analysis.trained import find_trained

    trained = find_trained(row.root, training, batch)
    return held + trained.measure_weights(row) + trained.count_kept(row)
