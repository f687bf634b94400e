"""What is known of a flat model's tensors and layers once it has been analysed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from shapecalc.formats.flat_model import Call, FlatModel, Source, known_sizes
from shapecalc.inference.walk import walk_within

if TYPE_CHECKING:
    from shapecalc.analysis.report import Report
    from shapecalc.inference.walk import Walk


class Facts(NamedTuple):
    """Shapes of tensors, the batch axis first and None for sizes that are no numbers; the layers that have weights.

    `blocks` holds the facts of the models within, by the names of their blocks.
    """

    shapes: dict[Source, list[int | None]]
    weighted: frozenset[str]
    blocks: dict[str, Facts]

    def shape_fed(self, call: Call) -> list[int | None] | None:
        """The shape of the first tensor that a call is fed; None where it is fed none or nothing is known of it."""
        source = call.first_source()
        return None if source is None else self.shapes.get(source)


def no_facts(flat: FlatModel) -> Facts:
    """The facts of a flat model of which nothing is known: every layer may have weights."""
    return Facts({}, frozenset(flat.layers), {})


def facts_of(flat: FlatModel, report: Report) -> Facts:
    """The facts of a flat model, out of the report of a spec that has one entry for each of its calls, in order."""
    return _facts_of_walk(flat, flat.blocks, report.walk)


def _facts_of_walk(flat: FlatModel, blocks: dict[str, FlatModel], walk: Walk | None) -> Facts:
    """The facts of a model or a block; of a block that is called several times, those of the first call."""
    if walk is None or len(walk.results) != len(flat.inputs) + len(flat.calls):
        return no_facts(flat)
    facts = Facts({}, frozenset(), {})
    weighted: set[str] = set()
    numbers: dict[str, int] = {}
    names = [declared.name for declared in flat.inputs] + [call.layer for call in flat.calls]
    for name, inferred in zip(names, walk.results, strict=True):
        number = numbers[name] = numbers.get(name, -1) + 1
        if inferred is None:
            continue
        for port, tensor in enumerate(inferred.outputs.values()):
            facts.shapes[name, number, port] = known_sizes(tensor)
        if any(True for _ in inferred.all_weights()):
            weighted.add(name)
        within = walk_within(inferred)
        if within is not None:
            block_name = within[1].graph.spec.name
            if block_name in blocks and block_name not in facts.blocks:
                inner = _facts_of_walk(blocks[block_name], blocks, within[1])
                facts.blocks.update({**inner.blocks, block_name: inner})
    return facts._replace(weighted=frozenset(weighted))
