"""What is known of a flat model's tensors and layers once it has been analysed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from shapecalc.formats.flat_model import Call, FlatModel, Source

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report


class Facts(NamedTuple):
    """Shapes of tensors, the batch axis first and None for sizes that are no numbers; the layers that have weights."""

    shapes: dict[Source, list[int | None]]
    weighted: frozenset[str]

    def shape_fed(self, call: Call) -> list[int | None] | None:
        """The shape of the first tensor that a call is fed; None where it is fed none or nothing is known of it."""
        for fed in call.feed.values():
            origin = fed[0] if isinstance(fed, list) and fed else fed
            return self.shapes.get(origin) if isinstance(origin, tuple) else None
        return None


def facts_of(flat: FlatModel, report: Report) -> Facts:
    """The facts of a flat model, out of the report of a spec that has one entry for each of its calls, in order."""
    shapes: dict[Source, list[int | None]] = {}
    weighted: set[str] = set()
    walk = report.walk
    if walk is None or len(walk.results) != len(flat.inputs) + len(flat.calls):
        return Facts(shapes, frozenset(name for name in flat.layers))
    numbers: dict[str, int] = {}
    names = [declared.name for declared in flat.inputs] + [call.layer for call in flat.calls]
    for name, inferred in zip(names, walk.results, strict=True):
        number = numbers[name] = numbers.get(name, -1) + 1
        if inferred is None:
            continue
        for port, tensor in enumerate(inferred.outputs.values()):
            shapes[name, number, port] = [size if isinstance(size, int) else None for size in tensor.shape]
        if any(True for _ in inferred.all_weights()):
            weighted.add(name)
    return Facts(shapes, frozenset(weighted))
