"""Stretches of plain lines: the same nodes, places and findings as libyaml's way gives."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapecalc.analysis.analyse import analyse
from shapecalc.diagnostics import Diagnostic
from shapecalc.model import document as documents
from shapecalc.model import plain_lines
from shapecalc.model.document import Document, Mapping, Node, Sequence, read
from shapecalc.model.load import Library


def seen(node: Node | None, document: Document) -> Any:
    """A node with everything it says of itself: kind, texts, style and place."""
    if node is None:
        return None
    place = document.span(node)
    if isinstance(node, Mapping):
        keys = [seen(key, document) for key in node.keys]
        return "mapping", place, keys, {key: seen(value, document) for key, value in node.fields.items()}
    if isinstance(node, Sequence):
        return "sequence", place, [seen(item, document) for item in node.items]
    return "scalar", place, node.value, node.style


def both_ways(text: str) -> tuple[bool, Document, Document]:
    """Whether stretches of three lines and more were used, and the document read with them and without."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "MANY_LINES", 0)
        patch.setattr(plain_lines, "FEWEST", 2)
        used = plain_lines.read_stretches(Document("m.yaml", text)) is not None
        return used, read(text, "m.yaml"), by_libyaml(text)


def by_libyaml(text: str) -> Document:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "MANY_LINES", len(text) + 1)
        return read(text, "m.yaml")


def same(text: str) -> bool:
    """Whether stretches were used; what was read is compared in any case."""
    used, ours, other = both_ways(text)
    assert ours.diagnostics == other.diagnostics
    assert seen(ours.root, ours) == seen(other.root, other)
    return used


PLAIN = "  - Dense: {units: 5, activation: relu}\n"
HEAD = "input: [5]\nlayers:\n"


@pytest.mark.parametrize(
    "text",
    [
        HEAD + PLAIN * 5,
        HEAD + PLAIN * 5 + "outputs: [dense]\n",
        HEAD + "  - Dense: { units: 5, use_bias: true }\n  - ReLU\n" * 5,
        HEAD + "  - Dense:\n" * 5,
        HEAD + "  - Conv2D: {filters: 2, kernel_size: [3, -1], padding: same, strides: [1]}\n" * 5,
        HEAD + "  - Conv2D:\n      filters: 2\n      kernel_size: [3, a.b]\n      padding: same\n" * 5,
        HEAD + "  - Dense: {units: 5}\n    from: -5\n" * 5,
        HEAD + "  - Dense:\n      units: 5\n    from: prev\n" * 5,
        HEAD + "  - Dense: {units: 5}\n    from: $a*2\n" * 5 + PLAIN * 5,
        HEAD + "  - Add:\n    from: [a.*, b/0]\n  - Add: {name: a}\n    from: [a]\n" * 5 + "    if: $more\n",
        HEAD + "  - Dense:\n      units: 5\n      use_bias: true\n" * 5 + PLAIN * 5,
        "layers:\n" + "- Dense:\n    units: 5\n- ReLU\n" * 5 + "name: m\n",
        HEAD + "  - Dense:\n      units: 5\n" * 5 + "      use_bias: true\n" + PLAIN * 5,
        HEAD + "  - Flatten\n" * 4 + PLAIN * 3 + "  - ops.Add\n" * 4,
        HEAD + PLAIN * 4 + "    from: prev\n" + PLAIN * 4,
        HEAD + PLAIN * 4 + "  # a remark\n" + PLAIN * 4 + "\n\n" + PLAIN * 4,
        HEAD + PLAIN * 4 + "  - {Add: {}, from: [a, b]}\n" + PLAIN * 4 + "  - Dense:\n      units: 3\n",
        "blocks:\n  A:\n    layers:\n" + "    - ReLU\n" * 4 + "    - Dense: {units: $n}\n" * 5 + HEAD + PLAIN * 4,
        "".join(f"- Dense: {{units: {place}, name: d{place}}}\n" for place in range(9)),
        HEAD + "  - Dense: {units: -5, rate: .5, eps: 1e-3, kernel: a/b+c}\n" * 4,
        HEAD.replace("input", "name: Größe\ninput") + PLAIN * 4,
    ],
)  # fmt: skip
def test_stretches_are_read_as_libyaml_reads_them(text: str) -> None:
    assert same(text)


@pytest.mark.parametrize(
    "text",
    [
        HEAD + PLAIN * 2,
        HEAD + "  - Dense: {units: 5 , use_bias: true}\n" * 5,
        HEAD + "  - Dense: {units: 5, units: 6}\n" * 5,
        HEAD + "  - Dense:\n      units: 5\n      units: 6\n" * 5,
        HEAD + "  - Dense:\n      units: 5\n     use_bias: true\n" * 5,
        HEAD + "  - Dense:\n    units: 5\n" * 5,
        HEAD + "  - Dense:\n      units: 5\n    from: {inputs: prev}\n" * 5,
        HEAD + "  - Dense: {units: 5}\n    if: $more\n" * 5,
        HEAD + "  - Dense: {units: 5}\n     from: prev\n" * 2 + PLAIN * 2,
        HEAD + "  - from: {units: 5}\n    from: prev\n" * 5,
        HEAD + "  - from:\n    from: prev\n" * 5,
        HEAD + "  - Dense\n    from: prev\n" * 5,
        HEAD + "  - Dense: {units: (1, 2)}\n" * 5,
        HEAD + "  - Dense: {units: [1, [2]]}\n" * 5,
        HEAD + "  - Dense: {units: [1,2]}\n" * 5,
        HEAD + "  - Dense: {units: []}\n" * 5,
        HEAD + "  - Dense: {units: [1, a: 2]}\n" * 5,
        HEAD + "  - Dense: {units: [5], units: [6]}\n" * 5,
        HEAD + PLAIN * 5 + "      units: 3\n",
        HEAD + PLAIN * 5 + "   - Dense: {units: 5}\n",
        HEAD + PLAIN * 5 + " - Dense: {units: 5}\n",
        HEAD + PLAIN * 2 + "   - ReLU\n" * 2 + PLAIN * 2,
        HEAD + PLAIN * 2 + " - ReLU\n" * 2 + PLAIN * 2,
        HEAD + PLAIN * 5 + "  - Dense: [\n",
        HEAD + PLAIN * 5 + "description: *nothing\n",
        "description: |\n" + PLAIN * 5 + HEAD + PLAIN,
        "description: >\n  text\n" + PLAIN * 5,
        'description: "\n' + PLAIN * 5 + '  "\n' + HEAD + PLAIN,
        "description: text\n" + PLAIN * 5,
        "layers: [\n" + PLAIN * 5 + "]\n",
        "layers: &a\n" + PLAIN * 5 + "more: *a\n",
        "layers: !!seq\n" + PLAIN * 5,
        "layers: x\n---\n" + HEAD + PLAIN * 5,
        "a: 1\n...\n" + HEAD + PLAIN * 5,
        "name: a\x85b\n" + HEAD + PLAIN * 5,
        "name: 'a\u2028 b'\n" + HEAD + PLAIN * 5,
        HEAD + f'  - "{plain_lines._SIGN}"\n' + PLAIN * 5,
        HEAD + PLAIN.replace("\n", "\r\n") * 5,
        HEAD + PLAIN * 5 + "\t- x\n",
        "\0" + HEAD + PLAIN * 5,
        HEAD + f"  - {'D' * 101}: {{units: 5}}\n" * 5,
    ],
)  # fmt: skip
def test_where_the_two_views_could_differ_libyaml_reads_it_all(text: str) -> None:
    assert not same(text)


WORDS = st.text("aB9$._/+-*", min_size=1, max_size=3)
LINES = st.one_of(
    st.just(PLAIN),
    st.builds(lambda word, key, value: f"  - {word}: {{{key}: {value}}}\n", WORDS, WORDS, WORDS),
    st.builds(lambda word: f"  - {word}\n", WORDS),
    st.builds(lambda word, key, value: f"  - {word}:\n      {key}: {value}\n", WORDS, WORDS, WORDS),
    st.builds(lambda word, value: f"  - {word}:\n    from: {value}\n", WORDS, WORDS),
    st.builds(lambda word, one, other: f"  - {word}: {{a: [{one}, {other}], b: {one}}}\n", WORDS, WORDS, WORDS),
    st.builds(lambda word, pair, value: f"  - {word}: {{{pair}: 1}}\n    from: [{value}]\n", WORDS, WORDS, WORDS),
    st.sampled_from(
        [
            "\n",
            "      b: c\n",
            "    from: a\n",
            "    from: [a, b/*]\n",
            "     b: c\n",
            "    more: 5\n",
            "- a\n",
            "  - |\n",
            "  - 'open\n",
            "  closed'\n",
            "outputs: x\n",
            "  - [a,\n",
            "    b]\n",
            "# no\n",
            "  - a: {b: c, b: d}\n",
            "---\n",
            "  - a: {b: c} # d\n",
            "  - \n",
            "  - a:\n",
            "   - a: {b: c}\n",
        ]
    ),
)


@given(st.lists(st.tuples(LINES, st.integers(1, 5)), max_size=8))
def test_no_mixture_of_lines_is_read_otherwise(lines: list[tuple[str, int]]) -> None:
    same("layers:\n" + "".join(line * count for line, count in lines))


def test_every_stretch_counts_once_and_more_of_them_than_the_limit_go_the_long_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = HEAD + PLAIN * 5 + "  - {Add: {}}\n" + PLAIN * 5
    monkeypatch.setattr(plain_lines, "MOST", 8)
    assert same(text)
    monkeypatch.setattr(plain_lines, "MOST", 7)
    assert not same(text)


def test_the_limits_of_libyamls_way_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = "".join(f"{' ' * level}a:\n" for level in range(39)) + (" " * 39 + PLAIN.strip() + "\n") * 5
    assert same(deep)
    assert not same("".join(f"{' ' * level}a:\n" for level in range(60)) + (" " * 60 + PLAIN.strip() + "\n") * 5)
    text = HEAD + PLAIN * 5
    monkeypatch.setattr(plain_lines, "MAX_EVENTS", 2 * text.count(":"))
    assert same(text)
    monkeypatch.setattr(plain_lines, "MAX_EVENTS", 2 * text.count(":") - 1)
    assert not same(text)


def findings(text: str) -> list[Diagnostic]:
    return analyse(Library().parse(text, "m.yaml")).diagnostics


@pytest.mark.parametrize(
    "line",
    [
        "  - Dense: {units: zero}\n",
        "  - Dense: {unit: 5}\n",
        "  - Dense: {activation: relu}\n",
        "  - Dense: {units: $n}\n",
        "  - Dense: {units: 5, name: prev}\n",
        "  - Dense: {name: dense, units: 5}\n",
        "  - Dense: { units: 5, name: [a] }\n",
        "  - Dense: {units: 5, naming: a}\n",
        "  - Dence: {units: 5}\n",
        "  - TimeDistributed: {layer: Dense}\n",
        "  - LSTM: {units: 5}\n",
        "  - LSTM: {units: 5, mask: x}\n",
    ],
)
def test_findings_in_a_stretch_stand_where_libyaml_puts_them(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = HEAD + PLAIN * 150 + line + PLAIN * 150
    found = findings(text)
    assert [one.span and one.span.line for one in found if one.span] == [153] * len(found) != []
    monkeypatch.setattr(documents, "MANY_LINES", len(text))
    assert found == findings(text)


def test_a_long_model_of_plain_lines_has_the_rows_of_any_other() -> None:
    lines = [f"  - Dense: {{units: {place % 7 + 1}, name: d{place}}}\n" for place in range(300)]
    with_stretches = analyse(Library().parse(HEAD + "".join(lines), "m.yaml"))
    spaced = analyse(Library().parse(HEAD + "".join(lines).replace("{", "{  "), "m.yaml"))
    rows = [[(row.name, row.type, row.line, row.params) for row in report.rows] for report in (with_stretches, spaced)]
    assert rows[0] == rows[1]
    assert rows[0][300] == ("d299", "Dense", 302, 36)
    assert with_stretches.params == spaced.params
