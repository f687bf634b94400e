"""How each layer type is tested: whether it has a rule and a forward, and how many cases were recorded from Keras."""

from __future__ import annotations

import json
import os
from typing import NamedTuple

from shapecalc import layers
from shapecalc.layers.catalogue import CATALOGUE, family_of, find

COUNTS = os.path.join(os.path.dirname(os.path.abspath(layers.__file__)), "coverage.json")


class Covered(NamedTuple):
    """One layer type: `cases` of its own, and the `chains` of layers that it takes part in."""

    type_name: str
    family: str
    rule: bool
    forward: bool
    cases: int
    chains: int


class Coverage(NamedTuple):
    """All layer types, and the number of chains, each counted once."""

    rows: tuple[Covered, ...]
    chains: int


def count_coverage() -> Coverage:
    """The coverage of the catalogue; imports every family, and NumPy."""
    from shapecalc.analysis.verify import has_forward

    with open(COUNTS, encoding="utf-8") as file:
        counts = json.load(file)
    rows = []
    for name in CATALOGUE:
        layer_type = find(name)
        if layer_type is not None:
            # A new type has no counts until coverage.json is generated anew.
            cases, chains = counts["types"].get(name, (0, 0))
            rows.append(
                Covered(name, family_of(name), hasattr(layer_type, "rule"), has_forward(layer_type), cases, chains)
            )
    return Coverage(tuple(rows), counts["chains"])
