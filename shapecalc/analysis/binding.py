"""Small values for the symbols of a model's inputs, of which all that it assumes holds."""

from __future__ import annotations

from collections.abc import Sequence

from shapecalc.analysis.report import Report
from shapecalc.dims import Relation, is_unknown, symbols
from shapecalc.inference.assumptions import list_relations

SIZES = (*range(1, 129), *range(160, 1025, 32))
"""The values that are tried."""
MOST_TRIES = 20_000
"""Values that are tried for all symbols together: with many symbols there are too many ways."""


def find_binding(report: Report) -> dict[str, int] | None:
    """A value for each symbol, by its name; None where none was found, or nothing is assumed of symbols."""
    if report.walk is None:
        return None
    sizes = [size for tensor in report.inputs.values() for size in tensor.shape if not isinstance(size, int)]
    names = list(dict.fromkeys(str(size) for size in sizes if not is_unknown(size)))
    relations = [
        relation for result in report.walk.results if result is not None for relation in list_relations(result)
    ]
    search = _Search(names, [relation for relation in dict.fromkeys(relations) if _list_names(relation) <= {*names}])
    return dict(search.values) if names and search.relations and search.go_on(0) else None


def _list_names(relation: Relation) -> set[str]:
    return {*symbols(relation.left), *symbols(relation.right)}


class _Search:
    """Gives one symbol after the other a value, and goes back to the one before where none is left."""

    def __init__(self, names: Sequence[str], relations: Sequence[Relation]) -> None:
        self.names = names
        self.relations = relations
        self.values: dict[str, int] = {}
        self.left = MOST_TRIES

    def go_on(self, position: int) -> bool:
        """Whether the symbols from a position on have values with which all relations hold."""
        if position == len(self.names):
            return True
        name = self.names[position]
        known = {*self.names[: position + 1]}
        decided = [one for one in self.relations if name in _list_names(one) and _list_names(one) <= known]
        for value in SIZES:
            self.left -= 1
            if self.left < 0:
                break
            self.values[name] = value
            if all(relation.holds(self.values) is not False for relation in decided) and self.go_on(position + 1):
                return True
        self.values.pop(name, None)
        return False
