"""Whether a model fits a device: what it needs at once, held against the memory; and a decoder's cache beside it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from shapecalc.analysis.kv_cache import count_cache_bytes
from shapecalc.analysis.memory import Memory
from shapecalc.analysis.roofline import find_batch, read_weights
from shapecalc.diagnostics import Diagnostic, error
from shapecalc.dims import Size, binary_text, symbols, unknowns
from shapecalc.layers.arguments.plain import LARGEST

if TYPE_CHECKING:
    from shapecalc.analysis.devices import Device
    from shapecalc.analysis.report import Report
    from shapecalc.training.peak import Training


class Fit:
    """A model on a device: in training with an optimizer, in inference, or as a decoder that adds token by token.

    `needed` are the bytes at once, several formulas where any may be the most. Of a decoder these are its weights and
    the cache of the tokens that it is fed; `tokens` is None where it is not known how many there are.
    """

    def __init__(
        self, report: Report, device: Device, training: Training | None = None, kv_cache: bool = False
    ) -> None:
        self.report = report
        self.device = device
        self.training = training
        self.memory = Memory(report, training)
        self.batch = find_batch(report)
        self.is_decoder = kv_cache and training is None and bool(self.memory.cache)
        self.tokens = self.find_tokens() if self.is_decoder else None

    def find_tokens(self) -> Size | None:
        """The tokens of one sample that a decoder was fed; None where that is not known."""
        tokens = next(cache.tokens for cache in self.memory.caches.values() if not cache.cross)
        return None if unknowns(tokens) else tokens

    @cached_property
    def needed(self) -> tuple[Size, ...]:
        """The most bytes at once; of a decoder whose windows leave the cache open, its weights and the cache of one
        token, or of any number where that fits.
        """
        if not self.is_decoder:
            return self.memory.needed
        cache = self.cache
        if cache is None:
            cache = self.count_cache(LARGEST if self.fits_any_tokens else 1)
        return (self.memory.weights_bytes + cache,)

    @cached_property
    def cache(self) -> Size | None:
        """Bytes of the cache of all tokens; None where there is no formula for them."""
        if self.tokens is None:
            return None
        size = count_cache_bytes(self.memory.caches, self.tokens)
        return None if size is None else size * self.batch

    def count_cache(self, tokens: int) -> Size:
        """Bytes of the cache of all samples once each has so many tokens."""
        size = count_cache_bytes(self.memory.caches, tokens)
        assert size is not None  # windows are compared with a number
        return size * self.batch

    @property
    def fits(self) -> bool | None:
        """Whether all of it fits; None where that depends on sizes."""
        numbers = [size for size in self.needed if isinstance(size, int)]
        if any(number > self.device.memory for number in numbers):
            return False
        is_known = not self.is_decoder or self.cache is not None or self.fits_any_tokens
        return True if is_known and len(numbers) == len(self.needed) else None

    @property
    def excess(self) -> int:
        """Bytes that are needed beyond the memory."""
        return max(size for size in self.needed if isinstance(size, int)) - self.device.memory

    def find_largest(self) -> tuple[str, int] | None:
        """The one size that decides, and its largest value that fits: 0 where none does, None where several decide."""
        if self.is_decoder and self.cache is None:
            most, name = self.most_tokens, str(self.tokens)
            is_symbol = self.tokens is not None and symbols(self.tokens) == {name}
            return (name, most) if is_symbol and most is not None else None
        from shapecalc.analysis.solving.candidates import Candidates

        names = frozenset[str]().union(*map(symbols, self.needed))
        if len(names) != 1 or any(not _is_formula(size, names) for size in self.needed):
            return None
        (name,) = names
        candidates = Candidates(name, (), 1, LARGEST)
        candidates.add_limit(self.needed, self.device.memory)
        value, endless = next(candidates.list_admitted(), (0, False))
        return None if candidates.given_up or endless else (name, value)

    @cached_property
    def most_tokens(self) -> int | None:
        """The tokens of each sample whose cache fits beside the weights; None where sizes are no numbers, or where
        windows let any number fit.
        """
        weights = self.memory.weights_bytes
        if not isinstance(weights, int) or not isinstance(self.count_cache(1), int) or self.fits_any_tokens:
            return None
        low, high = 0, LARGEST
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._fits_with(middle, weights) else (low, middle)
        return low

    @property
    def fits_any_tokens(self) -> bool:
        """Whether windows bound the cache, and it fits whatever the number of tokens is."""
        return self._fits_with(LARGEST, self.memory.weights_bytes)

    def _fits_with(self, tokens: int, weights: Size) -> bool:
        """Whether a cache of so many tokens fits beside weights of so many bytes."""
        needed = weights + self.count_cache(tokens)
        return isinstance(needed, int) and needed <= self.device.memory

    def find_token_rate(self, tokens: int) -> float | None:
        """The most tokens a second, of all samples together, while the cache holds so many of each; None where sizes
        are no numbers. What is read at least: the weights that a token needs, and the cache.
        """
        read = read_weights(self.report) + self.count_cache(tokens)
        if not isinstance(read, int) or not isinstance(self.batch, int) or read == 0:
            return None
        return self.batch * self.device.bandwidth / read


def _is_formula(size: Size, names: frozenset[str]) -> bool:
    """Whether a size depends on nothing else than these symbols."""
    from shapecalc.dims.dim import leaves

    return leaves(size) <= names


def report_excess(fit: Fit) -> Diagnostic | None:
    """The finding of a model that does not fit its device; None of one that does, or may."""
    from shapecalc.analysis.budgets import find_span

    memory = f"{binary_text(fit.device.memory)} of {fit.device.name}"
    if fit.fits is False:
        needed = max(size for size in fit.needed if isinstance(size, int))
        purpose = f" in training with {fit.training}" if fit.training is not None else ""
        message = f"{binary_text(needed)} of memory{purpose}: {binary_text(fit.excess)} over the {memory}"
    else:
        largest = fit.find_largest() if fit.fits is None else None
        if largest is None or largest[1] > 0:
            return None
        message = f"whatever `{largest[0]}` is, the {memory} are exceeded"
    help = "set a smaller batch or size, or take another device: `shapecalc devices` lists them"
    return error("SC512", message, find_span(fit.report), help=help)
