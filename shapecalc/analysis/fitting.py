"""Whether a model fits a device: what it needs at once, held against the memory; and a decoder's cache beside it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from shapecalc.analysis.memory import Memory
from shapecalc.analysis.roofline import find_batch, read_weights
from shapecalc.diagnostics import Diagnostic, error
from shapecalc.dims import Size, binary_text, symbols

if TYPE_CHECKING:
    from shapecalc.analysis.devices import Device
    from shapecalc.analysis.report import Report
    from shapecalc.training.peak import Training


class Fit:
    """A model on a device: in training with an optimizer, in inference, or as a decoder that adds token by token.

    `needed` are the bytes at once, several formulas where any may be the most. Of a decoder these are its weights and
    the cache of as many tokens as leave it; `tokens` is None where its outputs have no such axis.
    """

    def __init__(
        self, report: Report, device: Device, training: Training | None = None, kv_cache: bool = False
    ) -> None:
        self.report = report
        self.device = device
        self.training = training
        self.memory = Memory(report, training)
        self.batch = find_batch(report)
        self.cache_per_token: Size = self.memory.cache_per_token * self.batch
        self.is_decoder = kv_cache and training is None and bool(self.memory.cache)
        self.tokens = find_tokens(report) if self.is_decoder else None

    @cached_property
    def needed(self) -> tuple[Size, ...]:
        """The most bytes at once."""
        if not self.is_decoder:
            return self.memory.needed
        return (self.memory.weights_bytes + self.cache,)

    @property
    def cache(self) -> Size:
        """Bytes of the cache of all tokens; of one token where it is not known how many there are."""
        return self.cache_per_token * (1 if self.tokens is None else self.tokens)

    @property
    def fits(self) -> bool | None:
        """Whether all of it fits; None where that depends on sizes."""
        numbers = [size for size in self.needed if isinstance(size, int)]
        if any(number > self.device.memory for number in numbers):
            return False
        return True if len(numbers) == len(self.needed) else None

    @property
    def excess(self) -> int:
        """Bytes that are needed beyond the memory."""
        return max(size for size in self.needed if isinstance(size, int)) - self.device.memory

    def find_largest(self) -> tuple[str, int] | None:
        """The one size that decides, and its largest value that fits: 0 where none does, None where several decide."""
        from shapecalc.analysis.solving.candidates import Candidates
        from shapecalc.layers.arguments.numbers import LARGEST

        names = frozenset[str]().union(*map(symbols, self.needed))
        if len(names) != 1 or any(not _is_formula(size, names) for size in self.needed):
            return None
        (name,) = names
        candidates = Candidates(name, (), 1, LARGEST)
        candidates.add_limit(self.needed, self.device.memory)
        value, endless = next(candidates.list_admitted(), (0, False))
        return None if candidates.given_up or endless else (name, value)

    @property
    def most_tokens(self) -> int | None:
        """The tokens of each sample whose cache fits beside the weights; None where sizes are no numbers."""
        weights, cache = self.memory.weights_bytes, self.cache_per_token
        if not isinstance(weights, int) or not isinstance(cache, int) or cache == 0:
            return None
        return max(0, self.device.memory - weights) // cache

    def find_token_rate(self, tokens: int) -> float | None:
        """The most tokens a second, of all samples together, while the cache holds so many of each; None where sizes
        are no numbers. What is read at least: weights, of a table of embeddings next to nothing, and the cache.
        """
        read = read_weights(self.report.rows) + self.cache_per_token * tokens
        if not isinstance(read, int) or not isinstance(self.batch, int) or read == 0:
            return None
        return self.batch * self.device.bandwidth / read


def _is_formula(size: Size, names: frozenset[str]) -> bool:
    """Whether a size depends on nothing else than these symbols."""
    from shapecalc.dims.dim import leaves

    return leaves(size) <= names


def find_tokens(report: Report) -> Size | None:
    """The tokens of one sample: the axis behind the batch of what a decoder gives; None where it gives no sequence."""
    first = next(iter(report.outputs.values()), None)
    return first.shape[1] if first is not None and len(first.shape) == 3 else None


def report_excess(fit: Fit) -> Diagnostic | None:
    """The finding of a model that does not fit its device; None of one that does, or may."""
    if fit.fits is not False:
        return None
    from shapecalc.analysis.budgets import find_span

    device = fit.device
    needed = max(size for size in fit.needed if isinstance(size, int))
    purpose = f" in training with {fit.training}" if fit.training is not None else ""
    message = (
        f"{binary_text(needed)} of memory{purpose}: {binary_text(fit.excess)} over the {binary_text(device.memory)} "
        f"of {device.name}"
    )
    help = "set a smaller batch or size, or take another device: `shapecalc devices` lists them"
    return error("SC512", message, find_span(fit.report), help=help)
