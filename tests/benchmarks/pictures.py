"""Pictures: an SVG image of a model beside its table, and what the layout alone takes."""

from __future__ import annotations

import random
import sys

from shapecalc.formats.pictures.layout.graph import Edge, Graph, Node
from shapecalc.formats.pictures.layout.place import lay_out
from tests.benchmarks.pairs import ROOT, environment, in_turns, process_seconds, timed

RESNET = str(ROOT / "specs" / "models" / "resnet50.yaml")
DENSENET = str(ROOT / "specs" / "models" / "densenet121.yaml")


def main(rounds: int = 20) -> None:
    env = environment()
    for name, path in (("ResNet-50", RESNET), ("DenseNet-121", DENSENET)):
        drawn = ["-m", "shapecalc", "convert", path, "--to", "svg", "--depth", "9"]
        table = ["-m", "shapecalc", "summary", path, "--depth", "9"]
        found = in_turns(lambda: process_seconds(drawn, env), lambda: process_seconds(table, env), rounds)  # noqa: B023
        print(
            f"{name}, all blocks open: image / table {found.ours:.2f} s  {found.other:.2f} s  ratio {found.ratio:.2f}"
        )
    for name, graph in GRAPHS.items():
        print(f"{name:45} {timed(lambda: lay_out(graph))():.2f} s")  # noqa: B023


def build(count: int, pairs: list[tuple[int, int]]) -> Graph:
    return Graph([Node(str(at), 150, 48) for at in range(count)], [Edge(str(a), 0, str(b), 0) for a, b in pairs])


def chain(count: int) -> list[tuple[int, int]]:
    return [(at, at + 1) for at in range(count - 1)]


def wild(count: int, reach: int) -> list[tuple[int, int]]:
    """Each node is fed by two of the `reach` nodes above it."""
    choice = random.Random(1)
    return [(choice.randrange(max(0, at - reach), at), at) for at in range(1, count) for _ in range(2)]


GRAPHS = {
    "1,000 nodes, a chain": build(1_000, chain(1_000)),
    "10,000 nodes, a chain": build(10_000, chain(10_000)),
    "10,000 nodes, the first fed to all": build(10_000, chain(10_000) + [(0, at) for at in range(2, 10_000)]),
    "10,000 nodes, fed by any two of 20": build(10_000, wild(10_000, 20)),
    "10,000 nodes, fed by any two (in one column)": build(10_000, wild(10_000, 10_000)),
    "60 nodes, each fed to all below": build(60, [(at, below) for below in range(60) for at in range(below)]),
}


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
