"""Models measured with numbers put in, one value after the other, and the largest of them within limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from shapecalc.analysis.measured import examine, list_errors
from shapecalc.diagnostics import Diagnostic, Fault

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.analysis.solving.question import Question

NEIGHBOURS = 1_000
"""Most values above an answer that are tried where nothing proves that none of them fits."""
LEAST_NEIGHBOURS = 16
"""Values of them that are tried however large the models are."""
MAX_WORK = 30_000
"""Most layers that are inferred for the values beyond those."""
FIRST = 64
"""Values that are tried one by one from the least on, before steps double."""


class Trials:
    """The counts of models at values of a question's name, multiples of its step. Only counts are kept: a model may be
    large.
    """

    def __init__(self, question: Question, most: int) -> None:
        self.question = question
        self.step = question.step
        self.least = -(-question.least // self.step) * self.step
        self.most = most // self.step * self.step
        self.known: dict[int, dict[str, int] | None] = {}
        self.work = 0
        self.tried = 0

    def measure(self, value: int) -> dict[str, int] | None:
        """The limited quantities at a value, None where it makes no sound model. Raises Fault where one is unknown."""
        if value not in self.known:
            question = self.question
            report = self.read_report(value)
            walk = report.walk
            self.work += 1 if walk is None else len(walk.graph.nodes) + walk.layers
            self.known[value] = question.read_numbers(report) if report.ok else None
        return self.known[value]

    def read_report(self, value: int) -> Report:
        """The model at a value."""
        question = self.question
        return examine(question.spec, *question.put_in(value), question.dtype)[0]

    def list_findings(self, value: int) -> list[Diagnostic]:
        """What is wrong with the model at a value."""
        return list_errors(self.read_report(value))

    def fits(self, value: int) -> bool:
        """Whether a value makes a sound model within the limits."""
        counts = self.measure(value)
        return counts is not None and all(counts[name] <= limit for name, limit in self.question.limits.items())

    def is_sound(self, value: int) -> bool:
        return self.measure(value) is not None

    def list_neighbours(self, value: int) -> Iterator[int]:
        """The values above one that are worth a try: a thousand, fewer where models are large."""
        spent = self.work
        for distance in range(1, min(NEIGHBOURS, (self.most - value) // self.step) + 1):
            if distance > LEAST_NEIGHBOURS and self.work - spent > MAX_WORK:
                return
            yield value + distance * self.step

    def find_largest(self) -> int | None:
        """The largest value that fits, as far as one can tell by trying: none of its neighbours above does.

        Raises Fault where no value makes a sound model, or where there is no end to what fits.
        """
        value = self.find_first()
        step = self.step
        while value is not None:
            value = self.climb(value, step)
            self.tried = 0
            better = None
            for other in self.list_neighbours(value):
                self.tried += 1
                if self.fits(other):
                    better = other
                    break
            if better is None:
                return value
            value, step = better, better - value
        return None

    def find_first(self) -> int | None:
        """A value that fits: among the first ones, among those that double, else close above the least sound one.

        Raises Fault where none makes a sound model.
        """
        near = range(self.least, min(self.least + FIRST * self.step, self.most + 1), self.step)
        doubled = [self.least + (self.step << power) for power in range(60)]
        values: list[int] = [*near, *(value for value in doubled if near.stop <= value <= self.most)]
        sound = None
        for value in values:
            if self.fits(value):
                return value
            if self.is_sound(value):
                # A model that exceeds a limit at the least value hardly keeps it at a larger one, unless close above.
                sound = value
                break
        if sound is None:
            sound = next((value for value in self.list_neighbours(near[-1]) if self.is_sound(value)), None)
        if sound is None:
            raise Fault(*self.list_findings(self.least))
        return next((value for value in self.list_near(sound) if self.fits(value)), None)

    def list_near(self, sound: int) -> Iterator[int]:
        """The values below the first sound one that was met, from the top, then its neighbours above."""
        yield from range(sound, max(self.least, sound - NEIGHBOURS * self.step) - 1, -self.step)
        yield from self.list_neighbours(sound)

    def climb(self, low: int, step: int) -> int:
        """From a value that fits, in equal steps, the last that does before one that does not.

        Raises Fault where there is no end to what fits.
        """
        most = (self.most - low) // step
        high = 1
        while high <= most and self.fits(low + high * step):
            high *= 2
        if high > most:
            if self.fits(low + most * step):
                return self.question.require_bound(low + most * step)
            high = most
        least = high // 2 if high > 1 else 0
        while high - least > 1:
            middle = (least + high) // 2
            least, high = (middle, high) if self.fits(low + middle * step) else (least, middle)
        return low + least * step
