"""The layout of pictures: laws that hold for any graph, and what makes a picture good to look at."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapecalc.formats.pictures.layout import place
from shapecalc.formats.pictures.layout.graph import OUTSIDE, Box, Edge, Graph, Layout, Node
from shapecalc.formats.pictures.layout.layers import Budget, TooWide
from shapecalc.formats.pictures.layout.place import lay_out
from shapecalc.formats.pictures.layout.scene import Inside, Scene
from tests.formats.pictures.layouts import edges, require_sound
from tests.work import at_most


@st.composite
def graphs(draw: st.DrawFn, prefix: str = "", levels: int = 2) -> Graph:
    """Graphs with frames in them, of nodes with up to three outputs that are fed to any of those below."""
    inner = bool(prefix)
    inputs, outputs = (draw(st.integers(0, 3)), draw(st.integers(0, 3))) if inner else (0, 0)
    nodes: list[Node] = []
    found: list[Edge] = []
    sources = [(OUTSIDE, port) for port in range(inputs)]
    for number in range(draw(st.integers(0, 4 if inner else 12))):
        key = f"{prefix}{number}"
        inside = None
        if levels and draw(st.integers(0, 5)) == 0:
            inside = draw(graphs(f"{key}/", levels - 1))
        nodes.append(Node(key, 2 * draw(st.integers(20, 120)), draw(st.integers(20, 90)), inside))
        slots = inside.inputs if inside is not None else draw(st.integers(0, 4))
        for slot in range(slots):
            if sources:
                source = sources[draw(st.integers(0, len(sources) - 1))]
                found.append(Edge(*source, key, slot if inside is not None else 0))
        ports = inside.outputs if inside is not None else draw(st.integers(1, 3))
        sources += [(key, port) for port in range(ports)]
    for slot in range(outputs):
        found += [Edge(*sources[draw(st.integers(0, len(sources) - 1))], OUTSIDE, slot)] if sources else []
    return Graph(nodes, list(dict.fromkeys(found)), inputs, outputs)


@given(graphs())
@settings(max_examples=300, deadline=None)
def test_nothing_overlaps_and_no_edge_can_be_taken_for_another(graph: Graph) -> None:
    require_sound(graph, lay_out(graph))


@given(graphs())
@settings(max_examples=150, deadline=None)
def test_nor_in_one_column(graph: Graph) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place, "lay_out_in_layers", refuse)
        require_sound(graph, lay_out(graph))


def refuse(scene: Scene, entries: set[str], budget: Budget) -> Inside:
    raise TooWide


def boxes_of(graph: Graph, layout: Layout | None = None) -> dict[str, Box]:
    layout = layout or lay_out(graph)
    require_sound(graph, layout)
    return {box.key: box for box in layout.boxes}


def nodes(names: str, width: int = 100) -> list[Node]:
    return [Node(name, width, 40) for name in names]


def middle(box: Box) -> int:
    return box.x + box.width // 2


def test_branches_stand_beside_each_other_and_what_joins_them_in_their_midst() -> None:
    graph = Graph(nodes("abcdj"), edges("ab", "ac", "ad", "bj", "cj", "dj"))
    boxes = boxes_of(graph)
    assert boxes["b"].y == boxes["c"].y == boxes["d"].y
    assert boxes["b"].x < boxes["c"].x < boxes["d"].x
    assert middle(boxes["a"]) == middle(boxes["c"]) == middle(boxes["j"])


def test_a_chain_stays_straight_where_it_is_skipped() -> None:
    pairs = ("ab", "bc", "cd", "de", "bd", "ae")
    boxes = boxes_of(Graph([Node(key, 80 + 20 * at, 40) for at, key in enumerate("abcde")], edges(*pairs)))
    assert len({middle(box) for box in boxes.values()}) == 1


def test_two_towers_begin_together() -> None:
    graph = Graph(nodes("abcdeyx"), edges("ac", "cd", "de", "by", "ex", "yx"))
    layout = lay_out(graph, "ab")
    boxes = boxes_of(graph, layout)
    assert boxes["a"].y == boxes["b"].y
    assert boxes["c"].y == boxes["y"].y


def test_what_one_layer_alone_needs_stands_right_above_it() -> None:
    graph = Graph(nodes("abcwd"), edges("ab", "bc", "cd", "wd"))
    boxes = boxes_of(graph)
    assert boxes["w"].y == boxes["c"].y
    assert middle(boxes["c"]) == middle(boxes["d"])


def test_edges_that_need_not_cross_do_not() -> None:
    """Four long edges that begin in one order and end in the other are nested, each around the next one."""
    names = "abcdefgh"
    pairs = [*map("".join, pairwise(names)), "ah", "bg", "cf"]
    layout = lay_out(Graph(nodes(names), edges(*pairs)))
    around = [line.points for line in layout.lines if len(line.points) > 2]
    assert len(around) == 3
    far = [max(x for x, _ in points) for points in around]
    assert sorted(far, reverse=True) == far


def number_nodes(count: int, pairs: list[tuple[int, int]]) -> Graph:
    return Graph([Node(str(at), 120, 40) for at in range(count)], [Edge(str(a), 0, str(b), 0) for a, b in pairs])


def draw_wild(count: int) -> Graph:
    """Each node is fed by any two above it: hardly an edge leads to the next layer."""
    random = Random(1)
    return number_nodes(count, [(random.randrange(at), at) for at in range(1, count) for _ in range(2)])


COUNT = 2_000
CHAIN = [(at, at + 1) for at in range(COUNT - 1)]
BIG = {
    "a chain": number_nodes(COUNT, CHAIN),
    "each is fed to the next two": number_nodes(COUNT, CHAIN + [(at, at + 2) for at in range(COUNT - 2)]),
    "the first is fed to all": number_nodes(COUNT, CHAIN + [(0, at) for at in range(2, COUNT)]),
    "side by side": number_nodes(COUNT, [pair for at in range(1, COUNT - 1) for pair in ((0, at), (at, COUNT - 1))]),
    "each to all below": number_nodes(100, [(at, below) for below in range(100) for at in range(below)]),
    "any to any": draw_wild(COUNT),
}


@pytest.mark.parametrize("name", BIG)
def test_graphs_that_nobody_looks_at_take_no_long_time(name: str) -> None:
    with at_most(2_500_000):
        layout = lay_out(BIG[name])
    assert len(layout.boxes) == len(BIG[name].nodes)


def test_twice_the_nodes_take_twice_the_work() -> None:
    calls = []
    for count in (250, 500, 1_000):
        pairs = [(at, at + 1) for at in range(count - 1)] + [(at, at + 5) for at in range(0, count - 5, 5)]
        with at_most(10_000_000) as work:
            lay_out(number_nodes(count, pairs))
        calls.append(work.calls)
    assert calls[1] < 2.2 * calls[0]
    assert calls[2] < 2.2 * calls[1]


def test_frames_share_one_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is spent, what comes next is set in one column."""
    monkeypatch.setattr(place, "Budget", lambda: Budget(pairs=5))  # as many as one fork and what joins it
    inner = [Graph(nodes(names), edges(*pairs)) for names, pairs in (("abcd", FORK), ("efgh", OTHER_FORK))]
    graph = Graph([Node("1", 100, 40, inner[0]), Node("2", 100, 40, inner[1])], [])
    boxes = boxes_of(graph)
    assert boxes["b"].y == boxes["c"].y
    assert boxes["f"].y < boxes["g"].y


FORK, OTHER_FORK = ("ab", "ac", "bd", "cd"), ("ef", "eg", "fh", "gh")
