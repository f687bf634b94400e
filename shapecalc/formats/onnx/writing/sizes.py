"""Sizes that are no numbers, computed in the graph from the sizes of tensors that have them."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.dims import Dim, Size
from shapecalc.dims.dim import Quotient, from_terms
from shapecalc.formats.onnx.writing.base import Adding, NoForm, Value


class Sizes:
    """Where each size stands: the first tensor and axis that have it."""

    def __init__(self, nodes: Adding) -> None:
        self.nodes = nodes
        self._origins: dict[Dim, tuple[Value, int]] = {}
        self._computed: dict[Dim, Value] = {}

    def note(self, value: Value) -> None:
        """Notes the sizes of a tensor that is there from now on; one within a node's graph is not seen outside."""
        if self.nodes.depth:
            return
        for axis, size in enumerate(value.shape):
            if isinstance(size, Dim):
                self._origins.setdefault(size, (value, axis))

    def vector(self, shape: Sequence[Size]) -> Value:
        """The sizes in a row, int64."""
        parts: list[Value] = []
        run: list[int] = []
        for size in shape:
            if isinstance(size, int):
                run.append(size)
                continue
            if run:
                parts.append(self.nodes.ints(run))
                run = []
            parts.append(self._compute(size))
        if run or not parts:
            parts.append(self.nodes.ints(run))
        return self.nodes.concat(parts, 0)

    def _compute(self, size: Dim) -> Value:
        """One size as (1,), int64."""
        known = self._computed.get(size)
        if known is not None:
            return known
        value = self._evaluate(size)
        if not self.nodes.depth:
            self._computed[size] = value
        return value

    def _evaluate(self, size: Size) -> Value:
        if isinstance(size, int):
            return self.nodes.ints([size])
        origin = self._origins.get(size)
        if origin is not None:
            value, axis = origin
            return self.nodes.op("Shape", value, start=axis, end=axis + 1)
        total: Value | None = None
        for monomial, coefficient in size.terms.items():
            term: Value | None = None
            for atom, power in monomial:
                for _ in range(power):
                    factor = self._evaluate_atom(atom, size)
                    term = factor if term is None else self.nodes.op("Mul", term, factor)
            if term is None:
                term = self.nodes.ints([coefficient])
            elif coefficient != 1:
                term = self.nodes.op("Mul", term, self.nodes.ints([coefficient]))
            total = term if total is None else self.nodes.op("Add", total, term)
        assert total is not None
        return total

    def _evaluate_atom(self, atom: object, size: Dim) -> Value:
        if isinstance(atom, Quotient):
            numerator = self._evaluate(atom.numerator)
            return self.nodes.op("Div", numerator, self.nodes.ints([atom.divisor]))
        alone = from_terms({((atom, 1),): 1})  # type: ignore[dict-item]
        assert isinstance(alone, Dim)
        if alone == size or alone not in self._origins:
            raise NoForm(f"the size {alone} is that of no tensor in the graph", "give the input a size")
        return self._compute(alone)
